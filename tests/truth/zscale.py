"""Writes fixtures/tensor/zscale.in: numbers, and the range that astropy's ZScaleInterval finds for them."""
import os

import numpy as np
from astropy.visualization import ZScaleInterval

rng = np.random.default_rng(4)
cases = [
    rng.normal(100, 5, 400),
    np.concatenate([rng.normal(10, 1, 300), rng.uniform(50, 5000, 40)]),
    np.concatenate([rng.normal(0, 1, 350), rng.uniform(-900, -800, 9), rng.exponential(40, 60)]),
    np.arange(12.0),
    np.array([1.0, 2.0, 900.0]),
    np.concatenate([np.zeros(150), rng.uniform(0, 1, 150)]),
    np.full(30, 7.0),
]
path = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'fixtures', 'tensor', 'zscale.in')
with open(path, 'w') as out:
    out.write('[\n')
    for v in cases:
        v = np.round(v, 3)
        lo, hi = ZScaleInterval().get_limits(v)
        numbers = ', '.join(repr(float(x)) for x in v)
        out.write(f'(&[{numbers}] as &[f64], ({float(lo)!r}, {float(hi)!r})),\n')
    out.write(']\n')
