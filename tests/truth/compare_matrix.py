"""Compares matrix/expected.json, which numpy wrote, with symbolic.py's reading of the same files."""
import json
import os
import sys

import symbolic

here = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'fixtures', 'matrix')
with open(os.path.join(here, 'expected.json')) as f:
    expected = json.load(f)
bad = 0
for name, e in sorted(expected.items()):
    with open(os.path.join(here, name), 'rb') as f:
        got, _ = symbolic.arrays(f.read())
    got = {a.pop('path'): a for a in got}
    for want in e['arrays']:
        have = got.pop(want['path'], None)
        if have is None or any(have[k] != want[k] for k in want if k != 'path'):
            bad += 1
            print(name, want['path'], 'numpy:', {k: v for k, v in want.items() if have is None or v != have.get(k)}, 'read:', have)
    for path in got:
        bad += 1
        print(name, 'only read:', path, got[path])
print(bad, 'differences')
sys.exit(bad > 0)
