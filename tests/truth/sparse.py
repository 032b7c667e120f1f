"""Exports sparse matrices with the built binary and loads them with scipy: NPZ by scipy.sparse.load_npz, CSV and JSON by hand.

usage: python sparse.py PICKLESCOPE        needs numpy and scipy

The matrices are those of ../fixtures that this scipy still unpickles, and some made here.
"""
import csv
import glob
import json
import os
import pickle
import subprocess
import sys
import tempfile

import numpy as np
import scipy.sparse as sp

HERE = os.path.dirname(os.path.abspath(__file__))


def made():
    rng = np.random.default_rng(3)
    a = sp.random(40, 70, 0.05, 'csr', rng=rng)
    for name, m in [('csr', a), ('csc', a.tocsc()), ('coo', a.tocoo()), ('bsr', sp.bsr_matrix(a, blocksize=(2, 2))),
                    ('dia', sp.diags([[1., 2, 3], [4., 5]], [0, 1])), ('lil', a.tolil()), ('dok', a.todok())]:
        yield 'made ' + name, m
        yield 'made ' + name + ' array', getattr(sp, m.format + '_array')(m)
    yield 'int', sp.csr_matrix(np.array([[0, -3], [2 ** 40, 0]]))
    yield 'bool', sp.csr_matrix(np.array([[False, True], [True, False]]))
    yield 'complex', sp.coo_matrix(np.array([[0, 1 + 2j], [0, -3j]]))
    yield 'twice', sp.coo_matrix(([1., 2., 4.], ([0, 0, 1], [1, 1, 0])), shape=(2, 3))
    yield 'empty', sp.csr_matrix((5, 6))
    yield 'f4', sp.csr_matrix(np.array([[0, 1.5], [2.5, 0]], 'f4'))


def stored(m):
    return np.asarray(m.todense())


def main():
    exe = os.path.abspath(sys.argv[1])
    wrong, checked, skipped = [], 0, 0
    with tempfile.TemporaryDirectory() as tmp:
        files = []
        for k, (name, m) in enumerate(made()):
            path = os.path.join(tmp, '%d.pkl' % k)
            with open(path, 'wb') as f:
                pickle.dump(m, f, 5)
            files.append((name, path))
        for pattern in ('libs', 'more'):
            files += [(os.path.basename(p), p) for p in sorted(glob.glob(os.path.join(HERE, '..', 'fixtures', pattern, 'scipy*.pkl')))]
        for name, path in files:
            try:
                with open(path, 'rb') as f:
                    m = pickle.load(f)
                want = stored(m)
            except Exception as e:
                skipped += 1
                continue
            out = {}
            for kind in ('npz', 'csv', 'json'):
                out[kind] = os.path.join(tmp, 'x.' + kind)
                r = subprocess.run([exe, 'export', path, '--to', out[kind]], capture_output=True, text=True)
                if r.returncode:
                    wrong.append('%s as %s: %s' % (name, kind, r.stderr))
                    out[kind] = None
            if out['npz']:
                got = sp.load_npz(out['npz'])
                checked += 1
                same = got.shape == m.shape and got.dtype == m.dtype and (stored(got) == want).all()
                kind = got.format == (m.format if m.format not in ('lil', 'dok') else 'coo')
                kind = kind and isinstance(got, sp.sparray) == isinstance(m, sp.sparray)
                if not (same and kind):
                    wrong.append('%s as npz: %r for %r' % (name, got, m))
            for kind in ('csv', 'json'):
                if not out[kind]:
                    continue
                checked += 1
                with open(out[kind], newline='') as f:
                    if kind == 'csv':
                        entries = list(csv.reader(f))[1:]
                        value = (lambda t: t == 'True') if m.dtype.kind == 'b' else complex if m.dtype.kind == 'c' else float if m.dtype.kind == 'f' else int
                    else:
                        entries = json.load(f)['entries']
                        value = (lambda v: complex(*v)) if m.dtype.kind == 'c' else (lambda v: v)
                got = np.zeros(m.shape, m.dtype)
                for r, c, v in entries:
                    got[int(r), int(c)] += value(v) if m.dtype.kind != 'b' else bool(value(v))
                if not (got == want).all():
                    wrong.append('%s as %s: %d elements differ' % (name, kind, (got != want).sum()))
    for w in wrong:
        print('WRONG', w)
    print('%d checks of %d matrices, %d that this scipy cannot unpickle, %d wrong' % (checked, len(files), skipped, len(wrong)))
    return 1 if wrong else 0


if __name__ == '__main__':
    sys.exit(main())
