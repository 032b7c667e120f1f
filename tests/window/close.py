"""Closes a window as a click on its title bar does: asks for it by WM_DELETE_WINDOW. Usage: close.py WINDOW

xdotool knows this only in versions that Debian 12 does not have, and there is no window manager here to ask.
"""
import ctypes, ctypes.util, sys

x = ctypes.CDLL(ctypes.util.find_library("X11") or "libX11.so.6")
x.XOpenDisplay.restype = ctypes.c_void_p
x.XInternAtom.restype = ctypes.c_ulong
x.XInternAtom.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int]


class ClientMessage(ctypes.Structure):
    _fields_ = [("type", ctypes.c_int), ("serial", ctypes.c_ulong), ("send_event", ctypes.c_int), ("display", ctypes.c_void_p),
                ("window", ctypes.c_ulong), ("message_type", ctypes.c_ulong), ("format", ctypes.c_int), ("data", ctypes.c_long * 5),
                ("pad", ctypes.c_long * 24)]


display = x.XOpenDisplay(None)
if not display:
    sys.exit("no display")
window = int(sys.argv[1], 0)
atom = lambda name: x.XInternAtom(display, name, 0)
event = ClientMessage(type=33, window=window, message_type=atom(b"WM_PROTOCOLS"), format=32)
event.data[0] = atom(b"WM_DELETE_WINDOW")
x.XSendEvent.argtypes = [ctypes.c_void_p, ctypes.c_ulong, ctypes.c_int, ctypes.c_long, ctypes.c_void_p]
x.XSendEvent(display, window, 0, 0, ctypes.byref(event))
x.XFlush.argtypes = x.XCloseDisplay.argtypes = [ctypes.c_void_p]
x.XFlush(display)
x.XCloseDisplay(display)
