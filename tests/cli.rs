//! The command line as scripts rely on it, by the built binary: exit status, messages, files that are whole or not there.

mod common;

use common::{json, path, read};
use serde_json::Value;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

fn run(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_picklescope")).args(args).stdin(Stdio::null()).output().unwrap()
}

fn fed(args: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_picklescope"))
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // a command that stops early closes its end
    child.stdin.take().unwrap().write_all(input).ok();
    child.wait_with_output().unwrap()
}

fn fixture(name: &str) -> String {
    path(name).to_str().unwrap().to_owned()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// It could not be done: status 2, nothing on stdout, one line on stderr that names every word of `says`.
#[track_caller]
fn refused(args: &[&str], says: &[&str]) {
    let o = run(args);
    let err = text(&o.stderr);
    assert_eq!((o.status.code(), text(&o.stdout).as_str()), (Some(2), ""), "{args:?}: {err}");
    assert!(err.starts_with("picklescope: ") && err.lines().count() == 1, "{args:?}: {err:?}");
    for word in says {
        assert!(err.contains(word), "{args:?} says {err:?}, without {word:?}");
    }
}

/// The names in a folder.
fn names(folder: &Path) -> Vec<String> {
    let mut v: Vec<String> =
        std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    v.sort();
    v
}

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }
    fn file(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
    fn at(&self, name: &str) -> String {
        self.file(name).to_str().unwrap().to_owned()
    }
    fn names(&self) -> Vec<String> {
        names(self.0.path())
    }
}

#[test]
fn usage_and_version() {
    refused(&["export", "a.pkl"], &["--to"]);
    refused(&["dis"], &["FILE", "--help"]);
    refused(&["frobnicate", "--loudly"], &["--loudly"]);
    let o = run(&["--version"]);
    let want = concat!("picklescope ", env!("CARGO_PKG_VERSION"), "\n");
    assert_eq!((o.status.code(), text(&o.stdout).as_str()), (Some(0), want));
    let help = run(&["export", "--help"]);
    assert!(help.status.success() && help.stderr.is_empty() && text(&help.stdout).contains("--select"));
}

#[test]
fn what_is_no_pickle_or_not_there_is_refused() {
    let folder = Folder::new();
    let out = folder.at("x.json");
    for command in [vec!["dis"], vec!["report"], vec!["report", "--json"], vec!["export", "--to", &out]] {
        let on = |file: &str| {
            let mut args = command.clone();
            args.insert(1, file);
            args.into_iter().map(str::to_owned).collect::<Vec<_>>()
        };
        let with = |file: &str, says: &[&str]| {
            let args = on(file);
            let args: Vec<&str> = args.iter().map(String::as_str).collect();
            if command[0] == "report" && file != "/no/such/file.pkl" {
                // the report of what the file is stands on stdout all the same
                let o = run(&args);
                assert_eq!((o.status.code(), text(&o.stderr).lines().count()), (Some(2), 1), "{args:?}");
            } else {
                refused(&args, says);
            }
        };
        with("/no/such/file.pkl", &["/no/such/file.pkl", "no file"]);
        with(&fixture("damage/html.pkl"), &[]);
    }
    refused(&["report", path("damage").to_str().unwrap()], &["folder"]);
    assert_eq!(folder.names(), Vec::<String>::new());
}

#[test]
fn dis_prints_what_pickletools_prints() {
    let whole = fixture("numpy/np2_p4_f8.pkl");
    let (plain, all) = (run(&["dis", &whole]), run(&["dis", "--all", &whole]));
    assert_eq!((plain.status.code(), all.status.code()), (Some(0), Some(0)));
    let (plain, all) = (text(&plain.stdout), text(&all.stdout));
    assert!(
        plain.starts_with("    0: \\x80 PROTO      4\n") && plain.ends_with("highest protocol among opcodes = 4\n")
    );
    assert_eq!(all, format!("# {whole} at 0\n{plain}"));
    assert_eq!(text(&fed(&["dis", "-"], &read("numpy/np2_p4_f8.pkl")).stdout), plain);
    let annotated = text(&run(&["dis", "--annotate", &whole]).stdout);
    assert!(annotated.lines().next().unwrap().ends_with("Protocol version indicator."), "{annotated}");
    // damage: what precedes it, a line that says what, status 1
    let cut = run(&["dis", &fixture("damage/cut_p0.pkl")]);
    assert_eq!((cut.status.code(), text(&cut.stderr).lines().count()), (Some(1), 1));
    assert!(text(&cut.stdout).lines().count() > 3);
    // containers are opened first
    assert_eq!(run(&["dis", &fixture("damage/named_gzip.pkl")]).status.code(), Some(0));
}

#[test]
fn report_tells_both_people_and_scripts() {
    let file = fixture("numpy/np2_p4_f8.pkl");
    let o = run(&["report", "--json", "--hash", &file]);
    let r: Value = serde_json::from_slice(&o.stdout).unwrap();
    assert_eq!((o.status.code(), &r["schema"]), (Some(0), &Value::from(1)));
    let p = &r["pickles"][0];
    assert_eq!((&p["protocol"], &p["complete"], &p["python"]), (&4.into(), &true.into(), &Value::Null));
    let want = &json("numpy/expected.json")["np2_p4_f8.pkl"]["arrays"][0];
    for key in ["path", "dtype", "shape", "order", "offset", "bytes", "sha256"] {
        assert_eq!(p["arrays"][0][key], want[key], "{key}");
    }
    let people = run(&["report", &file]);
    assert!(people.status.success() && text(&people.stdout).contains("float64"));
    // damage: status 1, complete false, a problem with a place and a hint
    let o = run(&["report", "--json", &fixture("damage/cut_array_p4.pkl")]);
    let r: Value = serde_json::from_slice(&o.stdout).unwrap();
    let (p, problem) = (&r["pickles"][0], &r["pickles"][0]["problems"][0]);
    assert_eq!((o.status.code(), &p["complete"]), (Some(1), &false.into()));
    assert_eq!(p["python"]["type"], "UnpicklingError");
    assert!(problem["offset"].is_u64() && problem["hint"].as_str().is_some_and(|h| !h.is_empty()), "{problem}");
    assert_eq!(p["arrays"][0]["complete"], false);
    // a danger is no damage
    let o = run(&["report", "--json", &fixture("hostile/call_memo.pkl")]);
    let r: Value = serde_json::from_slice(&o.stdout).unwrap();
    assert_eq!((o.status.code(), &r["pickles"][0]["verdict"]), (Some(0), &"dangerous".into()));
}

#[test]
fn export_writes_every_kind_and_says_why_not() {
    let (folder, arrays) = (Folder::new(), fixture("export/arrays.pkl.gz"));
    for (kind, magic) in [
        ("png", b"\x89PNG".as_slice()),
        ("tiff", b"II*\0"),
        ("tif", b"II*\0"),
        ("npy", b"\x93NUMPY"),
        ("npz", b"PK\x03\x04"),
        ("csv", b""),
        ("json", b"["),
        ("py", b"# obj['u1'] of arrays.pkl.gz\n"),
        ("bin", b""),
    ] {
        let to = folder.at(&format!("u1.{kind}"));
        let o = run(&["export", &arrays, "--select", "['u1']", "--to", &to]);
        assert_eq!((o.status.code(), o.stdout.is_empty()), (Some(0), true), "{kind}: {}", text(&o.stderr));
        assert!(std::fs::read(&to).unwrap().starts_with(magic), "{kind}");
    }
    assert_eq!(std::fs::read(folder.at("u1.bin")).unwrap().len(), 35);
    let before = folder.names();
    let select = |path: &str, to: &str, says: &[&str]| {
        refused(&["export", &arrays, "--select", path, "--to", &folder.at(to)], says);
    };
    select("['nothing']", "x.png", &["nothing at", "['nothing']"]);
    select("['u1'", "x.png", &["['u1'"]);
    select("['u1']", "x.gif", &["gif", "png, tiff, npy"]);
    select("['vector']", "x.png", &["two axes", "npy"]);
    select("['text']", "x.tiff", &["numbers", "csv"]);
    select("", "x.npy", &["dict", "json"]);
    select("['u1']", "no/such/folder/x.png", &["cannot be written"]);
    assert_eq!(folder.names(), before, "a refusal leaves nothing behind");
    // to standard output, with the kind told
    let o = run(&["export", &arrays, "--select", "['u1']", "--to", "-", "--format", "npy"]);
    assert_eq!(o.stdout, std::fs::read(folder.at("u1.npy")).unwrap());
    // a part
    let part = folder.at("part.csv");
    assert!(run(&["export", &arrays, "--select", "['stack u2']", "--slice", "2,:,0", "--to", &part]).status.success());
    assert_eq!(std::fs::read_to_string(&part).unwrap().lines().count(), 5);
    // damage is written as far as it goes, and told by the status
    let o = run(&["export", &fixture("damage/cut_array_p4.pkl"), "--to", &folder.at("cut.json")]);
    assert_eq!(o.status.code(), Some(1), "{}", text(&o.stderr));
}

#[test]
fn export_is_whole_or_not_there_and_never_over_the_original() {
    let folder = Folder::new();
    let data = read("numpy/np2_p4_f8.pkl");
    std::fs::write(folder.file("a.npy"), &data).unwrap();
    refused(&["export", &folder.at("a.npy"), "--to", &folder.at("a.npy")], &["opened file itself"]);
    refused(&["export", &folder.at("a.npy"), "--to", &folder.at("./a.npy")], &["opened file itself"]);
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(folder.file("a.npy"), folder.file("link.npy")).unwrap();
        refused(&["export", &folder.at("a.npy"), "--to", &folder.at("link.npy")], &["opened file itself"]);
        std::fs::remove_file(folder.file("link.npy")).unwrap();
    }
    assert_eq!(std::fs::read(folder.file("a.npy")).unwrap(), data);
    // what cannot be written leaves what was there as it was
    std::fs::write(folder.file("old.tiff"), "kept").unwrap();
    let arrays = fixture("export/arrays.pkl.gz");
    refused(&["export", &arrays, "--select", "['i8 large']", "--to", &folder.at("old.tiff")], &["32 bits", "npy"]);
    assert_eq!(std::fs::read_to_string(folder.file("old.tiff")).unwrap(), "kept");
    assert_eq!(folder.names(), ["a.npy", "old.tiff"]);
    // and what can, replaces it
    assert!(run(&["export", &arrays, "--select", "['u1']", "--to", &folder.at("old.tiff")]).status.success());
    assert!(std::fs::read(folder.file("old.tiff")).unwrap().starts_with(b"II*\0"));
}

#[test]
fn export_all_tells_each_path_with_its_file() {
    let (folder, arrays) = (Folder::new(), fixture("export/arrays.pkl.gz"));
    let dir = folder.at("out/deeper");
    let o = run(&["export", &arrays, "--all", "--format", "png", "--dir", &dir, "--name", "{file}-{n}-{path}"]);
    let (said, out) = (text(&o.stderr), text(&o.stdout));
    assert_eq!(o.status.code(), Some(0), "{said}");
    let lines: Vec<(&str, &str)> = out.lines().map(|l| l.split_once('\t').unwrap()).collect();
    assert!(lines.len() > 30 && said.contains("left out"), "{} files; {said}", lines.len());
    for (at, to) in &lines {
        assert!(at.starts_with("['") && std::fs::read(to).unwrap().starts_with(b"\x89PNG"), "{at} {to}");
    }
    assert_eq!(names(Path::new(&dir)).len(), lines.len());
    assert!(lines[0].1.ends_with("arrays-1-bool.png"), "{}", lines[0].1);
    // slice by slice, what is no picture as a whole is several
    let cut = folder.at("cut");
    let o = run(&["export", &arrays, "--all", "--slices", "--format", "png", "--dir", &cut]);
    let out = text(&o.stdout);
    let stack: Vec<&str> = out.lines().filter(|l| l.starts_with("['hyperstack'][")).collect();
    assert_eq!(stack.len(), 6, "{out}");
    assert!(stack[4].starts_with("['hyperstack'][1, 1]\t") && stack[4].ends_with("hyperstack_1_1.png"), "{}", stack[4]);
    assert!(out.lines().count() > lines.len() + 30);
    refused(&["export", &arrays, "--all", "--format", "png"], &["--dir"]);
    refused(&["export", &arrays, "--all", "--format", "gif", "--dir", &dir], &["gif"]);
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_picklescope"))
        .args(["dis", "--annotate", &fixture("builtins/py3.13_p0.pkl")])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let o = child.wait_with_output().unwrap();
    assert_eq!((o.status.code(), text(&o.stderr).as_str()), (Some(0), ""));
}

#[cfg(feature = "window")]
#[test]
fn shot_draws_the_window_without_a_display() {
    let folder = Folder::new();
    let (file, to) = (fixture("export/arrays.pkl.gz"), folder.at("shot.png"));
    let shot = |more: &[&str]| {
        let mut args = vec!["shot", &file, "--out", &to];
        args.extend(more);
        let o = Command::new(env!("CARGO_BIN_EXE_picklescope"))
            .args(args)
            .env_remove("DISPLAY")
            .env_remove("WAYLAND_DISPLAY")
            .output()
            .unwrap();
        assert_eq!((o.status.code(), o.stdout.is_empty()), (Some(0), true), "{}", text(&o.stderr));
        let reader = png::Decoder::new(std::io::Cursor::new(std::fs::read(&to).unwrap())).read_info().unwrap();
        (reader.info().width, reader.info().height)
    };
    let asked = ["--size", "640x480", "--scale", "1.5", "--theme", "light", "--select", "['f4']", "--view", "plot"];
    assert_eq!(shot(&asked), (960, 720));
    refused(&["shot", &file, "--out", &folder.at("x.png"), "--view", "smell"], &["smell", "plot"]);
    refused(&["shot", &file, "--out", &folder.at("x.png"), "--select", "['none']"], &["['none']"]);
    refused(&["shot", &file, "--out", &folder.at("x.png"), "--size", "big"], &["1280x800"]);
    refused(&["shot", &fixture("damage/html.pkl"), "--out", &folder.at("x.png")], &[]);
    assert_eq!(folder.names(), ["shot.png"]);
}
