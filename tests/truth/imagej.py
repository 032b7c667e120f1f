"""Exports arrays as TIFF with the built binary and opens them in ImageJ itself: size, type, axes, range and every pixel.

usage: python imagej.py PICKLESCOPE IJ.JAR        needs numpy and Java 11 or later; ij.jar is ImageJ 1's, without a display

The arrays are those of ../fixtures/export, and some made here. What is expected is worked out from the array by NumPy.
"""
import os
import pickle
import subprocess
import sys
import tempfile

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', 'fixtures', 'export'))
import make_export  # noqa: E402

# Tells of each file in a folder: what it is, and then the values of each plane in the order channel, slice, frame.
TELL = r'''
import ij.*;
import ij.io.*;
import ij.process.*;
import java.io.*;
import java.util.*;

public class Tell {
    public static void main(String[] args) throws Exception {
        File[] files = new File(args[0]).listFiles((d, n) -> n.endsWith(".tiff"));
        Arrays.sort(files);
        try (PrintWriter out = new PrintWriter(args[0] + "/told.txt", "UTF-8")) {
            for (File f : files) {
                out.println("FILE " + f.getName());
                ImagePlus p = new Opener().openImage(f.getPath());
                if (p == null) continue;
                int w = p.getWidth(), h = p.getHeight(), bits = p.getBitDepth();
                int c = p.getNChannels(), z = p.getNSlices(), t = p.getNFrames();
                // the range in the values' own terms, as the Brightness & Contrast window has it
                double lo = p.getCalibration().getCValue(p.getDisplayRangeMin());
                double hi = p.getCalibration().getCValue(p.getDisplayRangeMax());
                if (p instanceof CompositeImage) {
                    // each channel has a range of its own; what is wanted is one for all
                    for (LUT lut : ((CompositeImage) p).getLuts()) out.println("RANGE " + lut.min + " " + lut.max);
                    LUT[] luts = ((CompositeImage) p).getLuts();
                    lo = luts[0].min;
                    hi = luts[0].max;
                }
                if (bits == 32 && !(p instanceof CompositeImage)) { lo = p.getDisplayRangeMin(); hi = p.getDisplayRangeMax(); }
                out.println("IS " + w + " " + h + " " + c + " " + z + " " + t + " " + bits + " " + lo + " " + hi + " " + (p.isHyperStack() ? 1 : 0));
                for (int ti = 1; ti <= t; ti++) for (int zi = 1; zi <= z; zi++) for (int ci = 1; ci <= c; ci++) {
                    ImageProcessor ip = p.getStack().getProcessor(p.getStackIndex(ci, zi, ti));
                    for (int y = 0; y < h; y++) {
                        StringBuilder line = new StringBuilder("ROW");
                        for (int x = 0; x < w; x++) {
                            double v = bits == 24 ? ip.getPixel(x, y) & 0xffffff : bits == 32 ? ip.getf(x, y) : p.getCalibration().getCValue(ip.getf(x, y));
                            line.append(' ').append(Double.isInfinite(v) ? (v > 0 ? "inf" : "-inf") : String.valueOf(v));
                        }
                        out.println(line);
                    }
                }
            }
        }
    }
}
'''


def more():
    rng = np.random.default_rng(11)
    z = np.arange(4 * 6 * 5, dtype='<i2').reshape(4, 6, 5) * 100 - 3000
    return {
        'z negative': z, 'z big': z.astype('>i2'), 'z i2 positive': np.abs(z).astype('<i2'),
        't z c': np.arange(2 * 3 * 2 * 4 * 5, dtype='<u2').reshape(2, 3, 2, 4, 5) * 7,
        't z f4': rng.standard_normal((3, 2, 4, 5)).astype('>f4'),
        'flat': np.full((4, 5), 9, '<u2'), 'narrow range': np.array([[1000, 1004], [1001, 1003]], '<u2'),
        'f4 tiny': (rng.standard_normal((4, 5)) * 1e-7).astype('<f4'), 'f4 vast': (rng.standard_normal((4, 5)) * 1e30).astype('<f4'),
        'i4 vast': np.array([[-2 ** 31, 2 ** 31 - 1], [0, 1]], '<i4'),
    }


def expected(a):
    """-> (width, height, channels, slices, frames), bits, planes in the order that they are told, range"""
    s, shape = make_export.samples(a), make_export.tiff(a)
    axes = shape['axes']
    color = shape['channels']
    size = (shape['width'], shape['height'], axes.get('channels', 1), axes.get('slices', 1), axes.get('frames', 1))
    if color > 1 and s.dtype.itemsize == 1:
        rgb = s[..., 0].astype('u4') << 16 | s[..., 1].astype('u4') << 8 | s[..., 2]
        return size, 24, rgb.reshape((-1,) + rgb.shape[-2:]), None
    if color > 1:  # channels of 16 bits are planes of their own
        planes = np.moveaxis(s, -1, -3).reshape((-1,) + s.shape[-3:-1])
        return size[:2] + (color,) + size[3:], 16, planes, None
    good = np.ma.getdata(a)[~np.ma.getmaskarray(a)].astype('f8')
    good = good[np.isfinite(good)]
    rng = (0., 255.) if a.dtype.kind == 'b' else (good.min(), good.max()) if good.size and good.min() < good.max() else None
    if s.dtype == 'i1':  # as the note at the export says
        s, rng = s.view('u1'), None
    elif s.dtype == '<u4' and s.max() >= 2 ** 31:
        s, rng = s.view('<i4'), None
    bits = {1: 8, 2: 16, 4: 32}[s.dtype.itemsize]
    return size, bits, s.reshape((-1,) + s.shape[-2:]), rng


def differing(got, planes):
    if got.shape != planes.shape:
        return '%s is not %s' % (got.shape, planes.shape)
    other = (got != planes) & ~((got != got) & (planes != planes))
    return '%d of %d, the first %s for %s' % (other.sum(), other.size, got[other][:4], planes[other][:4])


def note(a):
    """-> why ImageJ shows other values than the file holds"""
    s = make_export.samples(a)
    if s.dtype.kind == 'f' or make_export.tiff(a)['channels'] > 1:
        return ''
    lo, hi = int(s.min()), int(s.max())
    return ('int8' if s.dtype == 'i1' and lo < 0 else 'uint32' if hi >= 2 ** 31
            else 'rounded' if s.dtype.itemsize == 4 and max(-lo, hi) > 2 ** 24 else '')


def main():
    exe, jar = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    data = {**make_export.arrays(), **more()}
    wrong, checked, told = [], 0, {}
    with tempfile.TemporaryDirectory() as tmp:
        source = os.path.join(tmp, 'arrays.pkl')
        with open(source, 'wb') as f:
            pickle.dump(data, f, 4)
        names = {}
        for k, (name, a) in enumerate(data.items()):
            if a.size > 100000 or make_export.tiff(a) is None:
                continue
            for small in (False, True):
                out = os.path.join(tmp, '%03d%s.tiff' % (k, 'z' if small else ''))
                command = [exe, 'export', source, '--select', '[%r]' % name, '--to', out] + ['--compress'] * small
                r = subprocess.run(command, capture_output=True, text=True)
                if r.returncode:
                    wrong.append('%s: not exported: %s' % (name, r.stderr))
                    continue
                names[os.path.basename(out)] = name
                told[name] = r.stderr.splitlines()
        tell = os.path.join(tmp, 'Tell.java')
        with open(tell, 'w') as f:
            f.write(TELL)
        r = subprocess.run(['java', '-Djava.awt.headless=true', '-Duser.home=' + tmp, '-cp', jar, tell, tmp], capture_output=True, text=True)
        path = os.path.join(tmp, 'told.txt')
        if not os.path.exists(path):
            sys.exit('ImageJ told nothing: %s %s' % (r.stdout[-2000:], r.stderr[-2000:]))
        files = open(path).read().split('FILE ')[1:]
    seen = set()
    for text in files:
        lines = [line for line in text.splitlines() if not line.startswith('RANGE')]
        ranges = [line.split()[1:] for line in text.splitlines() if line.startswith('RANGE')]
        name = names[lines[0].strip()]
        if len(lines) < 2:
            continue
        seen.add(name)
        head = lines[1].split()[1:]
        size, bits, planes, rng = expected(data[name])
        have = tuple(map(int, head[:5]))
        rows = np.array([[float(v) for v in line.split()[1:]] for line in lines[2:]])
        got = rows.reshape(-1, have[1], have[0])
        for what, is_so, why in [
            ('dimensions', have == size, (have, size)),
            ('bits', int(head[5]) == bits, (head[5], bits)),
            ('range', rng is None or np.allclose([float(head[6]), float(head[7])], rng, rtol=1e-6), (head[6:8], rng)),
            ('ranges of channels', rng is None or all(np.allclose(np.array(r, 'f8'), rng, rtol=1e-6) for r in ranges), (ranges, rng)),
            ('note', any('ImageJ' in line and 'deflated' not in line for line in told.get(name, [])) == bool(note(data[name])), note(data[name])),
            ('hyperstack', (head[8] == '1') == (sum(n > 1 for n in size[2:]) > 1), head[8]),
            ('pixels', got.shape == planes.shape and np.allclose(got, planes.astype('f8'), rtol=1e-7, atol=0, equal_nan=True),
             differing(got, planes)),
        ]:
            checked += 1
            if not is_so:
                wrong.append('%s (%s): %s: %s; said at export: %s' % (name, data[name].dtype, what, why, told.get(name)))
    wrong += ['%s: ImageJ did not open it' % n for n in names.values() if n not in seen]
    for w in wrong:
        print('WRONG', w)
    print('%d files, %d checks, %d wrong' % (len(seen), checked, len(wrong)))
    return 1 if wrong else 0


if __name__ == '__main__':
    sys.exit(main())
