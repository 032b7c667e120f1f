"""Writes tests/fixtures/libs/expected.json for libs/ and other/: what a report must list.

usage: python3.13 expect_libs.py             needs zstandard and lz4 for two kinds of container
       python expect_libs.py --check PREFIX  loads files that start with PREFIX with the libraries themselves, and compares
"""
import bz2
import gzip
import hashlib
import io
import json
import lzma
import os
import pickle
import sys
import tarfile
import zipfile
import zlib

import symbolic

HERE = os.path.dirname(os.path.abspath(__file__))
FIXTURES = os.path.normpath(os.path.join(HERE, '..', 'fixtures'))


def inflate(data):
    """All that can be inflated of gzip data, and whether it was whole."""
    out = b''
    while data:
        d = zlib.decompressobj(31)
        out += d.decompress(data)
        if not d.eof:
            return out, False
        data = d.unused_data
    return out, True


def container(data):
    """-> (kind, [(member name, bytes)]) or None"""
    if data.startswith(b'\x1f\x8b'):
        return 'gzip', [('', inflate(data)[0])]
    if data.startswith(b'BZh'):
        return 'bz2', [('', bz2.decompress(data))]
    if data.startswith(b'\xfd7zXZ'):
        return 'xz', [('', lzma.decompress(data))]
    if data.startswith(b']\0\0'):
        return 'lzma', [('', lzma.decompress(data))]
    if data[:2] in (b'x\x01', b'x\x5e', b'x\x9c', b'x\xda'):
        return 'zlib', [('', zlib.decompress(data))]
    if data.startswith(b'\x28\xb5\x2f\xfd'):
        import zstandard
        return 'zstd', [('', zstandard.ZstdDecompressor().decompressobj().decompress(data))]
    if data.startswith(b'\x04\x22\x4d\x18'):
        import lz4.frame
        return 'lz4', [('', lz4.frame.decompress(data))]
    if data.startswith(b'PK\x03\x04'):
        z = zipfile.ZipFile(io.BytesIO(data))
        zipfile.ZipExtFile._update_crc = lambda self, data: None
        names = z.namelist()
        kind = 'torch' if any(n.endswith('/data.pkl') for n in names) else 'npz' if names and all(n.endswith('.npy') for n in names) else 'zip'
        return kind, [(n, z.read(n)) for n in names]
    if data.startswith(b'ZF0x'):
        return 'zlib', [('', zlib.decompress(data[21:]))]
    if data[257:262] == b'ustar':
        t = tarfile.open(fileobj=io.BytesIO(data))
        return 'tar', [(m.name, t.extractfile(m).read()) for m in t if m.isfile()]
    if data.startswith(b'\x93NUMPY'):
        n = int.from_bytes(data[8:10], 'little')
        header = data[10:10 + n].decode('latin-1')
        return 'npy', [('', data[10 + n:])] if "'O'" in header or "'|O'" in header else []
    return None


def is_pickle(data):
    try:
        symbolic.decode(data)
        return len(data) > 1
    except Exception:
        return False


def pickles(data, name='', depth=0):
    """-> (container kinds outermost first, [(member name, bytes, start)])"""
    c = container(data)
    if c is None:
        out, at = [], 0
        kinds = []
        if b'NumpyArrayWrapper' in data[:4000] and b'joblib.numpy_pickle' in data:
            kinds = ['joblib']
        while at < len(data):
            try:
                _, end = symbolic.decode(data, at)
            except Exception:
                break
            out.append((name, data, at))
            at = end
        return kinds, out
    kinds, out = [c[0]], []
    for member, inner in c[1]:
        if c[0] == 'torch' and not member.endswith('/data.pkl') or member.endswith(('.txt', '/version', 'byteorder')):
            continue
        path = name + '/' + member if name and member else name or member
        k, found = pickles(inner, path, depth + 1)
        if k and not member:
            kinds += k
        elif k and c[0] not in ('torch', 'npz'):
            kinds += [x for x in k if x not in kinds]
        out += found
    return kinds, out


def expect(path):
    with open(path, 'rb') as f:
        data = f.read()
    if data.startswith(b'\x80\x02\x8a\x0a\x6c\xfc\x9c'):
        arrays = symbolic.torch_legacy(data)
        return {'container': ['torch'], 'pickles': [{'name': '', 'arrays': arrays if i == 3 else []} for i in range(5)]}
    kinds, found = pickles(data)
    out = []
    for i, (name, inner, start) in enumerate(found):
        storages = None
        if kinds == ['torch']:
            z = zipfile.ZipFile(path)
            top = name[:-len('data.pkl')]
            storages = {n[len(top) + 5:]: (None, z.read(n)) for n in z.namelist() if n.startswith(top + 'data/')}
        arrays, end = symbolic.arrays(inner, start, prefix='#%d' % i if i else '', storages=storages)
        out.append({'name': name, 'start': start, 'end': end, 'arrays': arrays})
    return {'container': kinds, 'pickles': out}


def images(data):
    """Mode, size and sha256 of the rows of a pickled PIL image."""
    root, _ = symbolic.decode(data)
    state = root.states[-1]
    info, mode, size, palette, raw = state[:5] if isinstance(state, (list, tuple)) else state
    return {'mode': symbolic.text(mode), 'size': list(size), 'bytes': len(raw), 'sha256': hashlib.sha256(symbolic.raw_bytes(raw)).hexdigest(),
            'palette': None if palette is None else len(palette)}


def files():
    for folder in ('libs', 'other'):
        for name in sorted(os.listdir(os.path.join(FIXTURES, folder))):
            if not name.endswith(('.py', '.md', '.csv', '.json', '.npy_01', '.bak', '.dir', '.txt')) and '_01.npy' not in name:
                yield folder + '/' + name, os.path.join(FIXTURES, folder, name)


NOTES = {'libs/cut.pkl.gz': 'the gzip stream ends early: exit status 1, the arrays are what could be inflated',
         'libs/wrong_crc.zip': 'the CRC of a.pkl is wrong: read anyway, and said',
         'libs/within.bin': 'two pickles within another file, at 96 and behind 40 bytes fe',
         'libs/bytes_within.pkl': "['inner'] and ['more'][0] are bytes that hold pickles",
         'libs/shelf.dat': 'a shelf on dbm.dumb: pickles in blocks of 512 bytes, zeros or blanks between',
         'other/torch2.8.0_untyped_v3.pt': "['neg'] has the conjugate bit: sha256 is of the stored elements",
         'other/joblib0.9.4_plain.pkl': 'the array is in a sibling .npy file',
         'libs/numbers.npy': 'no pickle within', 'libs/fortran.npy': 'no pickle within', 'libs/numbers.npz': 'no pickle within',
         'libs/torch2.15.0_tensor_plain.pkl': 'a tensor pickled by pickle.dump: its storage is a pickle in bytes'}


SCATTERED = {'libs/within.bin': (b'\x80\x04\x95', b'\x80\x02'), 'libs/shelf.dat': (b'\x80\x05\x95', b'\x80\x05\x95')}


def main():
    out = {}
    for name, path in files():
        with open(path, 'rb') as f:
            data = f.read()
        try:
            e = expect(path)
        except Exception as x:
            print(name, type(x).__name__, x)
            continue
        if name in SCATTERED:
            e = {'container': [], 'pickles': []}
            at = 0
            for i in range(2):
                at = data.find(SCATTERED[name][i], at)
                arrays, end = symbolic.arrays(data, at, prefix='#%d' % i if i else '')
                e['pickles'].append({'name': '', 'start': at, 'end': end, 'arrays': arrays})
                at = end
        if name == 'libs/cut.pkl.gz':
            e = {'container': ['gzip'], 'pickles': []}
            e['inflated'] = len(inflate(data)[0])
        if '/pil_' in name:
            e['image'] = images(data)
        if name.startswith('libs/pandas') and os.path.exists(path.replace('.pkl', '.csv')):
            e['csv'] = name.replace('.pkl', '.csv')
        if name in NOTES:
            e['note'] = NOTES[name]
        out[name] = e
    with open(os.path.join(FIXTURES, 'libs', 'expected.json'), 'w') as f:
        f.write('{\n' + ',\n'.join('%s: %s' % (json.dumps(k), json.dumps(v)) for k, v in sorted(out.items())) + '\n}\n')
    print(len(out), 'files,', sum(len(p['arrays']) for e in out.values() for p in e['pickles']), 'arrays')


def check(prefix):
    """Every array that the library's own objects hold must be expected, and the other way round."""
    import numpy as np
    with open(os.path.join(FIXTURES, 'libs', 'expected.json')) as f:
        expected = json.load(f)
    os.chdir(FIXTURES)
    bad = 0
    for name, e in sorted(expected.items()):
        if not name.split('/')[1].startswith(prefix):
            continue
        try:
            if 'torch' in prefix and not name.endswith('.pkl'):
                import torch
                obj = torch.load(name, weights_only=False)
            elif name.endswith('.joblib') or 'joblib' in name:
                import joblib
                obj = joblib.load(name)
            else:
                with open(name, 'rb') as f:
                    obj = pickle.load(f, encoding='latin1')
        except Exception as x:
            print(name, 'does not load:', type(x).__name__, str(x)[:100])
            continue
        got, keep = set(), []

        class Collect(pickle.Pickler):
            def persistent_id(self, o):
                if isinstance(o, np.ndarray) and not o.dtype.hasobject and o.dtype.kind != 'T':
                    got.add((tuple(o.shape), hashlib.sha256(np.asarray(o).tobytes()).hexdigest()))
                if type(o).__module__.startswith('torch') and hasattr(o, 'untyped_storage'):
                    import torch
                    keep.append(o)
                    if o.layout == torch.strided:
                        t = o.detach().resolve_conj().resolve_neg()
                        t = t.int_repr() if t.is_quantized else t
                        raw = t.contiguous().reshape(-1).view(torch.uint8) if t.dim() else t.reshape(1).view(torch.uint8)
                        got.add((tuple(o.shape), hashlib.sha256(raw.numpy().tobytes()).hexdigest()))
                        return 'tensor'
                return None
        try:
            Collect(io.BytesIO(), 4).dump(obj)
        except Exception as x:
            print(name, 'cannot be walked:', str(x)[:100])
        want = {(tuple(a['shape']), a['sha256']) for p in e['pickles'] for a in p['arrays'] if a['sha256']}
        if want - got:
            bad += 1
            print(name, 'expected, not loaded:', [(a['path'], a['dtype']) for p in e['pickles'] for a in p['arrays'] if (tuple(a['shape']), a['sha256']) in want - got])
        if got - want:
            print(name, 'loaded, not expected:', [s for s, h in got - want])
    print(prefix, bad, 'differences')


if __name__ == '__main__':
    if sys.argv[1:2] == ['--check']:
        for prefix in sys.argv[2:]:
            check(prefix)
    else:
        main()
