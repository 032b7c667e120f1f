"""What others take for the work that `cargo bench --bench figures` times of picklescope, on the same file.

    python rivals.py image|plot|table FILE.pkl

Prints one JSON object for each rival that is installed: seconds to load the file, seconds from there to the first picture,
milliseconds of the median and worst of some frames (pan and zoom, or scrolling), and MiB at most; or why there is none.
Each rival runs in a process of its own, without a display, and may take two thirds of the free memory.

Needs numpy and matplotlib; silx and PyQt5 or PySide6 for silx.
"""
import json
import os
import pickle
import subprocess
import sys
import time

SIZE = (1280, 800)
FRAMES = 20
# A rival that is not done by then is not waited for.
PATIENCE = 300
RIVALS = {"image": ["matplotlib", "silx"], "plot": ["matplotlib", "silx"], "table": ["silx"]}


def limit_memory():
    try:
        import resource

        with open("/proc/meminfo") as f:
            free = next(int(line.split()[1]) for line in f if line.startswith("MemAvailable")) * 1024
        resource.setrlimit(resource.RLIMIT_AS, (free // 3 * 2, free // 3 * 2))
    except (ImportError, OSError, StopIteration, ValueError):
        pass


def way(n):
    """The part that is shown, as a middle and a width from 0 to 1: in, across, and out again."""
    for k in range(n):
        u = k / (n - 1)
        width = 0.5 ** (10 * (1 - abs(2 * u - 1)))
        yield min(max(0.2 + 0.6 * u, width / 2), 1 - width / 2), width


def frames(draw, n=FRAMES):
    times = []
    for at in way(n):
        t = time.perf_counter()
        draw(*at)
        times.append((time.perf_counter() - t) * 1e3)
        # enough to judge by
        if sum(times) > 120e3:
            break
    times.sort()
    return {"frame": times[len(times) // 2], "worst": times[-1], "frames": len(times)}


def load(path):
    t = time.perf_counter()
    with open(path, "rb") as f:
        array = pickle.load(f)
    return array, time.perf_counter() - t


def in_matplotlib(kind, path):
    import matplotlib

    matplotlib.use("Agg")
    # as its documentation asks for lines of many points
    matplotlib.rcParams["agg.path.chunksize"] = 20000
    from matplotlib import pyplot as plt

    array, loaded = load(path)
    t = time.perf_counter()
    fig, ax = plt.subplots(figsize=(SIZE[0] / 100, SIZE[1] / 100), dpi=100)
    if kind == "image":
        ax.imshow(array)
    else:
        ax.plot(array)
    fig.canvas.draw()
    first = time.perf_counter() - t

    def draw(middle, width):
        n = array.shape[-1]
        ax.set_xlim((middle - width / 2) * n, (middle + width / 2) * n)
        if kind == "image":
            n = array.shape[0]
            ax.set_ylim((middle + width / 2) * n, (middle - width / 2) * n)
        fig.canvas.draw()

    return {"name": "matplotlib " + matplotlib.__version__, "load": loaded, "first": first, **frames(draw)}


def in_silx(kind, path):
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    import silx
    from silx.gui import qt

    app = qt.QApplication.instance() or qt.QApplication([])
    array, loaded = load(path)
    t = time.perf_counter()
    if kind == "table":
        from silx.gui.data.ArrayTableWidget import ArrayTableWidget

        widget = ArrayTableWidget()
        widget.setArrayData(array, copy=False)
    elif kind == "image":
        from silx.gui.plot import Plot2D

        widget = Plot2D()
        widget.addImage(array, copy=False)
    else:
        import numpy
        from silx.gui.plot import Plot1D

        widget = Plot1D()
        widget.addCurve(numpy.arange(len(array), dtype="f4"), array, copy=False)
    widget.resize(*SIZE)
    widget.show()

    def paint():
        app.processEvents()
        widget.grab()

    paint()
    first = time.perf_counter() - t

    def draw(middle, width):
        if kind == "table":
            bar = widget.view.verticalScrollBar()
            bar.setValue(int(middle * bar.maximum()))
        else:
            n = array.shape[-1]
            widget.getXAxis().setLimits((middle - width / 2) * n, (middle + width / 2) * n)
            if kind == "image":
                n = array.shape[0]
                widget.getYAxis().setLimits((middle - width / 2) * n, (middle + width / 2) * n)
        paint()

    return {"name": "silx " + silx.version, "load": loaded, "first": first, **frames(draw)}


def run(rival, kind, path):
    limit_memory()
    try:
        found = {"matplotlib": in_matplotlib, "silx": in_silx}[rival](kind, path)
        import resource

        found["memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    except ImportError as e:
        found = {"name": rival, "why": f"not installed: {e}"}
    except MemoryError:
        found = {"name": rival, "why": "needs more memory than is free"}
    except Exception as e:  # whatever a rival raises, the next one is asked
        found = {"name": rival, "why": f"{type(e).__name__}: {e}"}
    print(json.dumps(found), flush=True)
    # no farewell of a toolkit without a display
    os._exit(0)


def main(args):
    if len(args) == 3:
        return run(*args)
    kind, path = args
    for rival in RIVALS[kind]:
        try:
            p = subprocess.run(
                [sys.executable, __file__, rival, kind, path], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=PATIENCE
            )
            lines = [line for line in p.stdout.decode().splitlines() if line.startswith("{")]
            print(lines[-1] if lines else json.dumps({"name": rival, "why": f"ended with {p.returncode}"}), flush=True)
        except subprocess.TimeoutExpired:
            print(json.dumps({"name": rival, "why": f"not done within {PATIENCE} s"}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
