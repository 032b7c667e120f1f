"""Exports with the built binary and reads back with Pillow, tifffile, NumPy and Python's csv and json, value for value.

usage: python readback.py PICKLESCOPE        needs numpy; Pillow, tifffile and pandas are used where they are installed

The arrays are those of ../fixtures/export, made anew here: the comparison is with the values themselves.
"""
import csv
import gzip
import importlib
import json
import os
import pickle
import subprocess
import sys
import tempfile

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
FIXTURES = os.path.join(HERE, '..', 'fixtures', 'export')
sys.path.insert(0, FIXTURES)
import make_export  # noqa: E402

checked, wrong = {}, []


def maybe(name):
    try:
        return importlib.import_module(name)
    except ImportError:
        print(name, 'is not installed: not compared with it')
        return None


def tell(what, name, ok, why=''):
    checked[what] = checked.get(what, 0) + 1
    if not ok:
        wrong.append('%s %s: %s' % (what, name, why))


def equal(a, b):
    a, b = np.asarray(a), np.asarray(b)
    if a.shape != b.shape:
        return '%s is not %s' % (a.shape, b.shape)
    same = (a == b) | ((a != a) & (b != b))
    return '' if same.all() else '%d of %d differ' % ((~same).sum(), same.size)


def export(exe, source, name, kind, tmp, *more):
    out = os.path.join(tmp, 'x.' + kind)
    if os.path.exists(out):
        os.remove(out)
    path = '[%r]' % name if name is not None else ''
    r = subprocess.run([exe, 'export', source, '--select', path, '--to', out, *more], capture_output=True, text=True)
    if r.returncode == 0:
        return out, r.stderr
    if r.returncode != 2 or os.path.exists(out) or r.stderr.count('\n') != 1:
        wrong.append('%s as %s: exit status %d, %r' % (name, kind, r.returncode, r.stderr))
    return None, r.stderr


def check_png(Image, name, a, out):
    want = make_export.png(a)
    with open(out, 'rb') as f:
        header = f.read(33)
    bits = header[24]
    im = Image.open(out)
    text = {**im.text}
    tell('png text', name, text.get('Path') == '[%r]' % name and text.get('Source') == 'arrays.pkl.gz' and 'Mapping' in text, text)
    if want is None or want['channels'] == 2:
        if 'Range' in text and a.ndim == 2 and a.dtype.kind != 'c' and im.mode in ('I;16', 'L', 'I'):
            # the mapping that is written gives the values back, to half a step
            lo, hi = map(float, text['Range'].split())
            got = lo + np.asarray(im).astype('f8') / (65535 if bits == 16 else 255) * (hi - lo)
            off = np.abs(got - a.astype('f8')).max()
            tell('png mapping', name, off <= (hi - lo) / 65535 * 0.51 + abs(hi) * 1e-12, 'off by %g' % off)
        return
    tell('png bits', name, bits == want['bits'], '%d bits' % bits)
    if bits == 16 and want['channels'] > 1:
        return  # Pillow reads these as 8 bits; the test in Rust compares them
    d = np.ma.getdata(a)
    d = np.where(d, 255, 0) if d.dtype.kind == 'b' else d
    tell('png', name, not equal(np.asarray(im).squeeze(), d.squeeze()), equal(np.asarray(im).squeeze(), d.squeeze()))


# What the window draws NaN and the infinities in, in the dark theme; told in the file as well.
SPECIAL = {'NaN': lambda v: v != v, 'inf': lambda v: v == np.inf, '-inf': lambda v: v == -np.inf}


def check_seen(Image, exe, source, name, a, tmp):
    """A picture in the window's colours: every pixel from the text of the file and NumPy alone."""
    if a.ndim != 2 or not a.size or a.dtype.kind not in 'biuf':
        return
    d = np.ma.getdata(a).astype('f8')
    good = d[np.isfinite(d) & ~np.ma.getmaskarray(a)]
    if not good.size:
        return
    for map_name, stretch in [('viridis', 'linear'), ('magma', 'sqrt'), ('gray', 'asinh')]:
        out, said = export(exe, source, name, 'png', tmp, '--as-seen', '--colormap', map_name, '--stretch', stretch)
        if out is None:
            tell('seen', name, False, said)
            continue
        im = Image.open(out)
        text = {**im.text}
        lo, hi = map(float, text['Range'].split())
        tell('seen range', name, (lo, hi) == (good.min(), good.max()), (lo, hi))
        lut = np.frombuffer(bytes.fromhex(text['Colors']), 'u1').reshape(256, 3)
        with np.errstate(all='ignore'):
            part = np.clip((d - lo) / np.float64(hi - lo), 0, 1)
            unit = {'linear': np.clip((d - lo) * (1 / np.float64(hi - lo)), 0, 1), 'sqrt': np.sqrt(part),
                    'asinh': np.arcsinh(part * 10) / np.arcsinh(10.)}[stretch]
            unit = (d > lo).astype('f8') if lo == hi else unit
            index = np.minimum(255, np.floor(unit.astype('f4') * np.float32(256)))
        want = lut[np.nan_to_num(index).astype(int)]
        special = dict(part.split(' #') for part in text['Special colors'].split(', '))
        for key, where in SPECIAL.items():
            want[where(d)] = np.frombuffer(bytes.fromhex(special[key]), 'u1')
        want[np.ma.getmaskarray(a)] = np.frombuffer(bytes.fromhex(special['masked']), 'u1')
        got = np.asarray(im)
        # where a stretch meets a step within a few units in the last place, either neighbour is right
        edge = np.abs(unit * 256 - np.round(unit * 256)) < 1e-4 if stretch != 'linear' else np.zeros(d.shape, bool)
        tell('seen ' + stretch, name, got.shape == want.shape and not (got != want).any(-1)[~edge].any(),
             '%d pixels differ' % (got != want).any(-1).sum() if got.shape == want.shape else got.shape)


def check_tiff(Image, tifffile, name, a, out, small):
    want = make_export.tiff(a)
    s = make_export.samples(a)
    if tifffile:
        with tifffile.TiffFile(out) as t:
            pages = np.stack([p.asarray() for p in t.pages])
            tell('tiff pages', name, not equal(pages, s.reshape(pages.shape)), equal(pages, s.reshape(pages.shape)))
            tell('tiff compression', name, t.pages[0].compression == (8 if small and name != 'u2 rgba' else 1), t.pages[0].compression)
            meta = t.imagej_metadata or {}
            axes = {k: meta[k] for k in ('channels', 'slices', 'frames') if meta.get(k, 1) > 1}
            tell('tiff axes', name, axes == want['axes'] and meta.get('images', 1) == len(want['pages']), meta)
            have = [meta.get('min'), meta.get('max')]
            tell('tiff range', name, want['range'] is None or np.allclose(have, want['range'], rtol=1e-14), have)
            # the way that tifffile, following ImageJ, puts the pages together
            whole = t.series[0].asarray()
            like = s.reshape((-1,) + s.shape[-4:]) if s.ndim > 5 and want['channels'] == 1 else s  # ImageJ has three axes
            tell('tiff series', name, not equal(whole.squeeze(), like.squeeze()), equal(whole.squeeze(), like.squeeze()))
    if not small:
        # as ImageJ reads it: the first directory, and all pictures as one run behind its first strip
        with open(out, 'rb') as f:
            data = f.read()
        offset = first_strip(data)
        run = np.frombuffer(data, s.dtype, s.size, offset)
        tell('tiff as ImageJ', name, not equal(run, s.ravel()), equal(run, s.ravel()))
    if Image and len(want['pages']) == 1 and want['channels'] == 1 and s.dtype.str[1:] in ('u1', 'u2', 'i4', 'f4'):
        im = np.asarray(Image.open(out))
        tell('tiff in Pillow', name, not equal(im.squeeze(), s.squeeze()), equal(im.squeeze(), s.squeeze()))


def first_strip(data):
    """StripOffsets[0] of the first directory of a classic TIFF."""
    u = lambda at, n: int.from_bytes(data[at:at + n], 'little')
    assert data[:4] == b'II*\0', data[:4]
    directory = u(4, 4)
    for k in range(u(directory, 2)):
        at = directory + 2 + 12 * k
        if u(at, 2) == 273:
            return u(at + 8, 4) if u(at + 4, 4) == 1 else u(u(at + 8, 4), 4)


def main():
    exe = os.path.abspath(sys.argv[1])
    pillow, tifffile = maybe('PIL.Image'), maybe('tifffile')
    arrays = os.path.join(FIXTURES, 'arrays.pkl.gz')
    data = make_export.arrays()  # unpickling swaps big-endian arrays
    with gzip.open(arrays) as f:
        tell('fixture', '', all(not equal(np.ma.getdata(a), np.ma.getdata(data[k])) for k, a in pickle.load(f).items()))
    with tempfile.TemporaryDirectory() as tmp:
        for name, a in data.items():
            d = np.ma.getdata(a)
            out, _ = export(exe, arrays, name, 'png', tmp)
            tell('png refused', name, bool(out) or make_export.png(a) is None)
            if out and pillow:
                check_png(pillow, name, a, out)
            if pillow:
                check_seen(pillow, exe, arrays, name, a, tmp)
            for small in (False, True):
                out, _ = export(exe, arrays, name, 'tiff', tmp, *(['--compress'] if small else []))
                tell('tiff refused', name, bool(out) == (make_export.tiff(a) is not None))
                if out:
                    check_tiff(pillow, tifffile, name, a, out, small)
            out, said = export(exe, arrays, name, 'npy', tmp)
            got = np.load(out) if out else None
            tell('npy', name, out and got.dtype == d.dtype and got.tobytes() == d.tobytes() and got.shape == d.shape, said)
            out, said = export(exe, arrays, name, 'npz', tmp, '--compress')
            got = list(np.load(out).values())[0] if out else None
            tell('npz', name, out and got.dtype == d.dtype and got.tobytes() == d.tobytes(), said)
            out, said = export(exe, arrays, name, 'bin', tmp)
            tell('bin', name, out and open(out, 'rb').read() == d.tobytes(), said)
            if d.dtype.kind in 'biuf' and d.ndim in (1, 2) and d.size and d.size < 10000:
                out, said = export(exe, arrays, name, 'csv', tmp)
                with open(out, newline='') as f:
                    text = list(csv.reader(f))
                parse = {'b': lambda t: t == 'True', 'f': float}.get(d.dtype.kind, int)
                mask = np.ma.getmaskarray(a).reshape(len(text), -1)
                rows = [[parse(t) if t else 0 for t in row] for row in text]
                blank = np.array([[t == '' for t in row] for row in text])
                got = np.array(rows, dtype=d.dtype)
                tell('csv', name, (blank == mask).all() and not equal(np.where(mask, 0, got), np.where(mask, 0, d.reshape(got.shape))), said)
            if d.dtype.kind in 'biuf' and d.size and d.size < 10000:
                out, said = export(exe, arrays, name, 'json', tmp)
                with open(out) as f:
                    got = json.load(f)
                tell('json', name, out is not None, said)
                if isinstance(got, list) and not np.ma.isMaskedArray(a):
                    got = np.array([np.nan if v is None else v for v in np.array(got, dtype=object).ravel()]).reshape(d.shape)
                    tell('json values', name, not equal(np.where(np.isfinite(d), got.astype(d.dtype), 0), np.where(np.isfinite(d), d, 0)), got)
        out, _ = export(exe, arrays, 'structured', 'csv', tmp)
        with open(out, newline='') as f:
            rows = list(csv.reader(f))
        tell('csv structured', '', rows[0] == ['a', 'b.c', 't'] and rows[1] == ['1', '2.5', 'x'] and rows[2][0] == '-3', rows)
        for name, want in make_export.ROWS.items():
            out, said = export(exe, os.path.join(FIXTURES, 'tables.pkl'), name, 'csv', tmp)
            with open(out, newline='') as f:
                rows = list(csv.reader(f))
            tell('csv of a table', name, rows == want, rows)
        check_all(exe, arrays, data, tmp)
    for what in sorted(checked):
        print('%-18s %d' % (what, checked[what]))
    for w in wrong:
        print('WRONG', w)
    print('%d wrong' % len(wrong))
    return 1 if wrong else 0


def check_all(exe, arrays, data, tmp):
    """export --all: a file for every array that the kind can hold, each told with its path."""
    folder = os.path.join(tmp, 'all')
    r = subprocess.run([exe, 'export', arrays, '--all', '--format', 'npy', '--dir', folder], capture_output=True, text=True)
    lines = [line.split('\t') for line in r.stdout.splitlines()]
    tell('all', 'lines', r.returncode == 0 and len(lines) == len(data), r.stderr)
    for path, out in lines:
        a = np.ma.getdata(eval('data' + path, {'data': data}))
        got = np.load(out)
        tell('all', path, got.dtype == a.dtype and got.tobytes() == a.tobytes())


if __name__ == '__main__':
    sys.exit(main())
