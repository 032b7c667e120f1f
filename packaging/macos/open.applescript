-- What the Finder starts: takes the files that it names by Apple events, and hands them to the window's program inside this bundle.
-- That program, as everywhere, gives them to the window that is open already, where they become tabs. Built by bundle.sh.
-- Two bundles, because a program that is running already is told of further files by events alone, which this one, ending
-- at once, is never: it is started afresh for each.

on run
	showWindow({})
end run

on open theFiles
	showWindow(theFiles)
end open

on showWindow(theFiles)
	set theCommand to "/usr/bin/open -n " & quoted form of POSIX path of (path to resource "picklescope.app") & " --args"
	repeat with aFile in theFiles
		set theCommand to theCommand & space & quoted form of POSIX path of aFile
	end repeat
	do shell script theCommand
end showWindow
