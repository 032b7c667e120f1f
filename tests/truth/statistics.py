"""Writes fixtures/tensor/stats.jsonl: arrays of every numeric type with what NumPy says of their finite numbers."""
import json
import os

import numpy as np

rng = np.random.default_rng(20)
PERCENT = [1, 5, 25, 50, 75, 95, 99]
PARTS = {'real part': np.real, 'imaginary part': np.imag, 'magnitude': np.abs, 'phase': np.angle}


def text(x):
    # NumPy 2.4 writes binary16 in another way than all before it.
    return repr(float(x)) if x.dtype == np.float16 else str(x)


def say(a, mask, part):
    v = a
    if part:
        v = PARTS[part](a.astype(np.complex128))
    hidden = np.zeros(a.shape, bool) if mask is None else mask
    shown = v[~hidden]
    time = a.dtype.kind in 'mM'
    nan = np.isnat(shown) if time else np.isnan(shown)
    inf = np.zeros(shown.shape, bool) if time else np.isinf(shown)
    finite = shown[~nan & ~inf]
    if time:
        finite = finite.astype('i8')
    flat = v.reshape(-1)
    good = ~hidden.reshape(-1) & ~(np.isnat(flat) if time else ~np.isfinite(flat))
    e = {
        'finite': int(finite.size), 'nan': int(nan.sum()), 'masked': int(hidden.sum()),
        'pos_inf': 0 if time else int((shown == np.inf).sum()), 'neg_inf': 0 if time else int((shown == -np.inf).sum()),
        'zeros': int((finite == 0).sum()),
        'distinct': int(np.unique(finite).size),
    }
    if finite.size:
        places = np.flatnonzero(good)
        wide = finite.astype(np.float64) if finite.dtype.kind in 'fc' else finite
        exact = wide.astype(object) if wide.dtype.kind in 'iub' else None
        mean = sum(int(x) for x in exact) / finite.size if exact is not None else wide.mean()
        about = wide - wide.dtype.type(wide[0]) if wide.dtype.kind == 'i' else wide
        e.update({
            'argmin': int(places[np.argmin(finite)]), 'argmax': int(places[np.argmax(finite)]),
            'min': text(v.reshape(-1)[places[np.argmin(finite)]]), 'max': text(v.reshape(-1)[places[np.argmax(finite)]]),
            'mean': float(mean), 'std': float(np.std(about.astype(np.float64))),
            'percentiles': [float(x) for x in np.percentile(wide.astype(np.float64), PERCENT)],
            'median_is': text(np.sort(finite)[(finite.size - 1) // 2]) if finite.size % 2 else None,
        })
    return e


def cases():
    for code in ['b1', 'u1', 'i1', 'u2', 'i2', 'u4', 'i4', 'u8', 'i8', 'f2', 'f4', 'f8']:
        for order in '<>':
            dtype = np.dtype(order + code)
            if dtype.kind == 'b':
                a = rng.integers(0, 2, 77).astype(dtype)
            elif dtype.kind in 'iu':
                info = np.iinfo(dtype)
                a = rng.integers(info.min, info.max, 151, dtype=dtype.newbyteorder('='), endpoint=True).astype(dtype)
                a[:20] = 0
            else:
                a = (rng.standard_normal(201) * 1000).astype(dtype)
                a[[3, 77]] = np.nan
                a[5], a[[9, 10, 11]] = np.inf, -np.inf
                a[20:30] = 0
            yield a, None, None
    yield (1_700_000_000_000_000_000 + rng.integers(0, 1000, 99)).astype('i8'), None, None
    yield np.float64(1e9) + rng.standard_normal(300) * 1e-3, None, None
    yield np.zeros((3, 5), 'f4'), None, None
    yield np.full(40, np.nan), None, None
    yield np.array([np.inf, -np.inf, np.inf], 'f4'), None, None
    yield np.array([], 'f8'), None, None
    yield np.array(-7, 'i4'), None, None
    f = rng.integers(-9, 9, (6, 7, 5)).astype('i2')
    yield np.asfortranarray(f), None, None
    yield np.asfortranarray(f.astype('f4')), None, None
    yield rng.integers(0, 4, (9, 9)).astype('f4'), rng.integers(0, 2, (9, 9)).astype(bool), None
    t = rng.integers(-10**9, 10**9, 50).astype('M8[s]')
    t[4] = 'NaT'
    yield t, None, None
    yield rng.integers(-10**6, 10**6, 33).astype('m8[ms]'), None, None
    z = (rng.standard_normal(64) + 1j * rng.standard_normal(64)).astype('c16')
    z[7] = complex(np.nan, 1)
    for part in PARTS:
        yield z, None, part
        yield z.astype('>c8'), None, part
    yield (rng.standard_normal((2, 3, 40)) * 10).astype('f4'), None, None


path = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'fixtures', 'tensor', 'stats.jsonl')
with open(path, 'w') as out:
    for a, mask, part in cases():
        fortran = a.flags.f_contiguous and not a.flags.c_contiguous
        out.write(json.dumps({
            'dtype': a.dtype.str, 'shape': list(a.shape), 'fortran': bool(fortran),
            'data': a.tobytes('F' if fortran else 'C').hex(), 'mask': None if mask is None else mask.tobytes().hex(),
            'part': part, 'expected': say(a, mask, part),
        }) + '\n')
