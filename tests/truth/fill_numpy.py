"""Adds "arrays", in the report's terms, to numpy/expected.json, after comparing them with what it already says."""
import json
import os
import sys

import symbolic

here = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'fixtures', 'numpy')
with open(os.path.join(here, 'expected.json')) as f:
    expected = json.load(f)
bad = 0
for name, e in sorted(expected.items()):
    with open(os.path.join(here, name), 'rb') as f:
        data = f.read()
    buffers = []
    for b in e.get('buffers', ()):
        with open(os.path.join(here, b), 'rb') as f:
            buffers.append(f.read())
    e['arrays'] = symbolic.arrays(data, buffers=buffers)[0]
    if e['kind'] in ('ndarray', 'MaskedArray', 'matrix', 'recarray', 'chararray'):
        a, = [a for a in e['arrays'] if not a['path']]
        same = a['shape'] == e['shape'] and a['order'] in (e['stored_order'], 'K')
        same = same and (a['dtype'] == e['dtype_str'] or isinstance(a['dtype'], list))
        if a['sha256'] and isinstance(a['dtype'], str) and not a['dtype'].startswith('>'):
            same = same and a['sha256'] == e['sha256_le_c']
        if not same:
            bad += 1
            print(name, a, {k: e.get(k) for k in ('shape', 'stored_order', 'dtype_str', 'sha256_le_c')})
    elif e['kind'] == 'array.array':
        a, = e['arrays']
        if a['shape'] != [e.get('len', len(e['first_values']))] or (a['dtype'][0] != '>' and a['sha256'] != e.get('sha256_le', a['sha256'])):
            bad += 1
            print(name, a, e)
with open(os.path.join(here, 'expected.json'), 'w') as f:
    json.dump(expected, f, indent=1, sort_keys=True)
    f.write('\n')
print(bad, 'differences')
sys.exit(bad > 0)
