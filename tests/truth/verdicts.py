"""What CPython 3.13's pickle.load raises, were every global importable and every call to succeed.

usage: python3.13 verdicts.py                    writes tests/fixtures/verdicts/
       python3.13 verdicts.py --seed N DIR       writes other cases, of another seed, to DIR
       python3.13 verdicts.py FILE...            prints the verdict of each

That the figure is not one of the fixture alone is told by a set of another seed:
`PICKLESCOPE_VERDICTS=DIR cargo test --test verdicts` compares what DIR has.

The C unpickler runs with a find_class that returns stand-ins; nothing of a fixture is imported or called.
tests/fixtures/verdicts/README.md says what a stand-in can do, and what the files mean.
"""
import io
import json
import os
import pickle
import pickletools
import random
import re
import resource
import signal
import subprocess
import sys
import warnings

import _pickle

HERE = os.path.dirname(os.path.abspath(__file__))
FIXTURES = os.path.normpath(os.path.join(HERE, '..', 'fixtures'))
OUT = os.path.join(FIXTURES, 'verdicts')
SEED = 20240501
GIB = 1 << 30


# --- the stand-ins -----------------------------------------------------------------------------------------------

def anything(*args, **kwargs):
    return opaque()


METHODS = {name: anything for name in ('__call__', 'append', 'extend', 'add', 'update', '__setitem__', '__setstate__')}
METHODS['__setattr__'] = lambda self, name, value: None
METHODS['__getinitargs__'] = anything
# A stand-in is a class, so that NEWOBJ takes it too; messages call a global 'type' and the result of a call 'object'.
Global = type('type', (type,), METHODS)
Result = type('object', (type,), METHODS)


class Base:
    def __new__(cls, *args, **kwargs):
        return opaque()


def opaque():
    return type.__call__(Result, 'opaque', (Base,), {})


class Unpickler(_pickle.Unpickler):
    names = None

    def find_class(self, module, name):
        if self.names is None:
            self.names = {}
        if (module, name) not in self.names:
            self.names[module, name] = type.__call__(Global, 'opaque', (Base,), {})
        return self.names[module, name]


# --- the worker: hex in, JSON out ---------------------------------------------------------------------------------

def load(data, file):
    """-> None, or [type, message]"""
    try:
        u = Unpickler(io.BufferedReader(io.BytesIO(data)) if file else OneRead(data))
        u.load()
        return None
    except RecursionError:
        raise
    except Exception as e:
        return [type(e).__name__, str(e)]


class OneRead:
    """Gives all bytes at once, as pickle.loads has them."""
    def __init__(self, data):
        self.f = io.BytesIO(data)
        self.read, self.readline, self.readinto = self.f.read, self.f.readline, self.f.readinto

    def peek(self, n):
        at = self.f.tell()
        b = self.f.read()
        self.f.seek(at)
        return b


def large_put(data):
    """A memo index that makes the C unpickler touch gigabytes."""
    try:
        for op, arg, at in pickletools.genops(data):
            if op.name in ('PUT', 'LONG_BINPUT') and arg >= 1 << 24:
                return True
    except Exception:
        pass
    return False


def worker():
    warnings.simplefilter('ignore')                   # of octal-like escapes in STRING
    soft = lambda n: resource.setrlimit(resource.RLIMIT_AS, (n, 12 * GIB))
    soft(12 * GIB)
    for line in sys.stdin:
        data = bytes.fromhex(line)
        signal.setitimer(signal.ITIMER_REAL, 5)
        soft(GIB + GIB // 2)
        v = load(data, True)
        if v and v[0] == 'MemoryError' and not large_put(data):
            soft(12 * GIB)
            v = load(data, True)
            if v and v[0] in ('MemoryError', 'OverflowError'):
                w = load(data, False)                 # a file's read(n) allocates n first
                v = w if not w or w[0] != 'MemoryError' else v
        if v and v[0] == 'MemoryError':
            v = ['skip', '']
        signal.setitimer(signal.ITIMER_REAL, 0)
        print(json.dumps(v), flush=True)


class Machine:
    """Runs cases in a worker process, which may die of one: that case is skipped."""
    def __init__(self):
        self.p = None

    def verdict(self, data):
        if self.p is None:
            self.p = subprocess.Popen([sys.executable, os.path.abspath(__file__), '--worker'], stdin=subprocess.PIPE,
                                      stdout=subprocess.PIPE, text=True)
        self.p.stdin.write(data.hex() + '\n')
        self.p.stdin.flush()
        line = self.p.stdout.readline()
        if not line:
            self.p.wait()
            self.p = None
            return ['skip', '']
        return json.loads(line)


# --- the cases ---------------------------------------------------------------------------------------------------

def mutate(data, m):
    """One mutation, as the README's grammar says."""
    if m == 'crlf':
        return data.replace(b'\n', b'\r\n')
    if m == 'lf':
        return data.replace(b'\r\n', b'\n')
    if m == 'utf8':
        return data.decode('latin-1').encode('utf-8')
    if m == 'replace':
        return data.decode('utf-8', 'replace').encode('utf-8')
    what, rest = m.split('@')
    where, _, value = rest.partition('=')
    if what == 'cut':
        return data[:int(where)]
    if what == 'set':
        at, b = int(where), bytes.fromhex(value)
        return data[:at] + b + data[at + len(b):]
    if what == 'ins':
        at = int(where)
        return data[:at] + bytes.fromhex(value) + data[at:]
    if what == 'swap':
        a, b = (int(x) for x in where.split(','))
        d = bytearray(data)
        d[a], d[b] = d[b], d[a]
        return bytes(d)
    a, b = (int(x) for x in where.split('-'))
    if what == 'del':
        return data[:a] + data[b:]
    if what == 'dup':
        return data[:b] + data[a:b] + data[b:]
    if what == 'zero':
        return data[:a] + bytes(b - a) + data[b:]
    raise ValueError(m)


OPS = bytes.fromhex('282e303132464749 4a4b4c4d4e505152 5354555658616263 64656768696a6c6f 7071727374757d5d 292942438081828384858687 88898a8b8c8d8e8f9091929394959697 98'.replace(' ', ''))


def random_mutation(rng, data):
    n = len(data)
    kind = rng.choice(['set', 'set', 'set', 'op', 'op', 'flip', 'ins', 'insop', 'del', 'del', 'cut', 'swap', 'dup', 'zero', 'whole'])
    at = rng.randrange(n)
    end = min(n, at + rng.choice([1, 1, 1, 2, 3, 4, 8, 20]))
    if kind == 'set':
        return 'set@%d=%02x' % (at, rng.choice([0, 1, 255, 127, 128, rng.randrange(256), (data[at] + 1) & 255]))
    if kind == 'op':
        return 'set@%d=%02x' % (at, rng.choice(OPS))
    if kind == 'flip':
        return 'set@%d=%02x' % (at, data[at] ^ 1 << rng.randrange(8))
    if kind == 'ins':
        return 'ins@%d=%s' % (at, rng.randbytes(rng.choice([1, 1, 2, 4])).hex())
    if kind == 'insop':
        return 'ins@%d=%02x' % (at, rng.choice(OPS))
    if kind == 'cut':
        return 'cut@%d' % at
    if kind == 'swap':
        return 'swap@%d,%d' % (at, rng.randrange(n))
    if kind == 'whole':
        return rng.choice(['crlf', 'crlf', 'lf', 'utf8', 'replace'])
    return '%s@%d-%d' % (kind, at, end)


def op_program(rng):
    """A short random program in which most opcodes have fitting arguments."""
    u4 = lambda n: n.to_bytes(4, 'little')
    u8 = lambda n: n.to_bytes(8, 'little')
    small = lambda: rng.choice([0, 1, 2, 3, 5, 255])
    text = lambda: rng.choice([b'', b'a', b'key', b'\xc3\xa9', b'\xed\xa0\x80', b'\xff', b'x\x00y', b'\xf0\x9f\x98\x80', b'\xe2\x82'])
    line = lambda: rng.choice([b'1', b'0', b'-1', b'01', b'00', b'12345678901234567890', b'0x1f', b'1L', b'1.5', b'nan', b'1e400',
                               b'a', b'', b' 1', b'+1', b'1_0', b"'a'", b'"b\\n"', b"'\\xff'", b"'", b"'a", b"''", b'\\u20ac', b'\\U0001f600',
                               b'\\x', b'\xe9', b'3\r', b'\\ud83d\\ude00', b"'\\x4'", b"'a' ", b'\x00', b'5', b'7'])
    value = lambda: rng.choice([b'N', b'\x88', b'\x89', b'K\x01', b'K\x00', b'J\xff\xff\xff\xff', b'M\x00\x01', b'G?\xf8\x00\x00\x00\x00\x00\x00',
                                b'\x8c\x01a', b'\x8c\x01b', b'C\x01z', b']', b'}', b')', b'\x8f', b'\x8a\x02\x00\x80', b'U\x02hi', b'X\x01\x00\x00\x00q',
                                b'cmod\nName\n', b'\x8c\x03mod\x8c\x04Name\x93', b'(lp0\n', b'(K\x01K\x02t', b'\x96' + u8(2) + b'ab', b'(\x91',
                                b'](K\x01e', b'}(K\x01K\x02u', b'\x8f(K\x05\x90', b'cm\nf\n)R', b'cm\nC\n)\x81', b'K\x01\x85', b']\x85'])
    pieces = [lambda: rng.choice([b'(', b'0', b'1', b'2', b'l', b't', b'd', b'\x85', b'\x86', b'\x87', b'\x91']),
              lambda: rng.choice([b'a', b'e', b's', b'u', b'\x90', b'b', b'R', b'\x81', b'\x92', b'\x93', b'o', b'Q', b'\x94', b'\x97', b'\x98']),
              lambda: rng.choice([b'a', b'e', b's', b'u', b'\x90', b'b', b'R', b'\x81']),
              lambda: rng.choice([b'I', b'L', b'F', b'S', b'V', b'P', b'p', b'g']) + line() + b'\n',
              lambda: rng.choice([b'h', b'q', b'K', b'\x82', b'\x80']) + bytes([small()]),
              lambda: rng.choice([b'M', b'\x83']) + bytes([small(), small() & 1]),
              lambda: rng.choice([b'J', b'j', b'r', b'\x84']) + u4(rng.choice([0, 1, 2, 300, 0xffffffff if rng.random() < .1 else 7])),
              lambda: (lambda t: rng.choice([b'U', b'C', b'\x8c']) + bytes([len(t)]) + t)(text()),
              lambda: (lambda t: rng.choice([b'T', b'X', b'B']) + u4(len(t) + rng.choice([0, 0, 0, 0, 0, 1, 200])) + t)(text()),
              lambda: (lambda t: rng.choice([b'\x8d', b'\x8e', b'\x96']) + u8(len(t) + rng.choice([0, 0, 0, 0, 0, 9, 1 << 63])) + t)(text()),
              lambda: (lambda t: b'\x8a' + bytes([len(t)]) + t)(text()),
              lambda: (lambda t: b'\x8b' + rng.choice([u4(len(t)), u4(len(t)), b'\xff\xff\xff\xff']) + t)(text()),
              lambda: b'\x95' + u8(rng.choice([0, 1, 3, 5, 40])),
              lambda: rng.choice([b'c', b'i', b'(i']) + rng.choice([b'mod\nName\n', b'a.b\nC.d\n', b'\nx\n', b'm\n\n', b'\xff\nx\n', b'\xc3\xa9\nx\n'])]
    out = rng.choice([b'', b'', b'\x80\x02', b'\x80\x04', b'\x80\x05'])
    for i in range(rng.randrange(1, 9)):
        out += value() if rng.random() < .6 else rng.choice(pieces)()
    return out + (b'.' if rng.random() < .9 else b'')


CONSTANTS = [b'N', b'\x88', b'K\x01', b'K\x00', b'J\xff\xff\xff\xff', b'G?\xf8\x00\x00\x00\x00\x00\x00', b'\x8c\x01a', b'C\x01z', b']', b'}', b')',
             b'\x8f', b'\x8a\x09\x00\x00\x00\x00\x00\x00\x00\x00\x01', b'U\x02hi', b'Vu\n', b'I00\n', b'cmod\nName\n', b'\x8c\x03mod\x8c\x04Name\x93', b'(t', b'(l', b'(d',
             b'\x96\x02\x00\x00\x00\x00\x00\x00\x00ab', b'(\x91', b'](K\x01K\x02e', b'}(K\x01K\x02u', b'\x8f(K\x05\x90', b'cm\nf\n)R', b'cm\nC\n)\x81', b']\x85',
             b'(imod\nC\n', b'(cm\nC\no', b'N}\x86', b'}}\x86', b'K\x01N\x86', b'\x8c\x01k', b'}\x8c\x01kNs', b'\x96\x00\x00\x00\x00\x00\x00\x00\x00']


def fitting_program(rng):
    """A random program that keeps to what the stack holds, so that it gets as far as the types."""
    out, height, marks = rng.choice([b'', b'\x80\x04', b'\x80\x05']), 0, []
    memo = 0
    for i in range(rng.randrange(3, 14)):
        above = height - (marks[-1] if marks else 0)
        choices = ['const'] * 4 + ['mark']
        if above >= 1:
            choices += ['pop', 'dup', '\x85', 'put', 'readonly']
        if above >= 2:
            choices += ['a', 'a', 'R', 'R', '\x81', 'b', 'b', '\x86', '\x93']
        if above >= 3:
            choices += ['s', 's', 's', '\x87', '\x92']
        if memo:
            choices += ['get', 'get']
        if marks:
            choices += ['t', 'l', 'd', '\x91', 'popmark', 'o']
            if marks[-1] > (marks[-2] if len(marks) > 1 else 0):
                choices += ['e', 'e', 'u', 'u', '\x90', '\x90']
        c = rng.choice(choices)
        if c == 'const':
            out, height = out + rng.choice(CONSTANTS), height + 1
        elif c == 'mark':
            out += b'('
            marks.append(height)
        elif c == 'pop':
            out, height = out + b'0', height - 1
        elif c == 'dup':
            out, height = out + b'2', height + 1
        elif c == 'put':
            out += rng.choice([b'\x94', b'q%c' % memo, b'p%d\n' % memo])
            memo += 1
        elif c == 'get':
            k = rng.randrange(memo)
            out, height = out + rng.choice([b'h%c' % k, b'g%d\n' % k]), height + 1
        elif c == 'readonly':
            out += rng.choice([b'\x98', b'\x85', b'\x85'])
        elif c in 'e u \x90':
            out, height = out + c.encode('latin-1'), marks.pop()
        elif c in 't l d \x91 o':
            out, height = out + c.encode('latin-1'), marks.pop() + 1
        elif c == 'popmark':
            out, height = out + b'1', marks.pop()
        else:
            out += c.encode('latin-1')
            height -= {'\x85': 0, 'a': 1, 'R': 1, '\x81': 1, 'b': 1, '\x86': 1, '\x93': 1, 's': 2, '\x87': 2, '\x92': 2}[c]
    return out + b'.'


def small_fixtures():
    """(path, bytes) of bare pickles below 4 KiB, without the hostile ones."""
    from disassemblies import corpus
    for name, path in corpus():
        if name.startswith(('numpy/', 'other/', 'builtins/', 'libs/', 'damage/')) and os.path.getsize(path) < 4096 \
                and not re.search(r'std_p[1235]|3\.(6|8|11)_|pandas(0|1|2)', name):
            with open(path, 'rb') as f:
                yield name, f.read()


def seeds():
    """(name, bytes) of small pickles of built-in values by this Python; stored with their bytes."""
    a = [1, 'a']
    loop = []
    loop.append(loop)
    tup = ([],)
    tup[0].append(tup)
    values = {'mixed': {'a': 1, 'b': [True, None, 2.5], 'c': (1, 'é', b'\x00\xff')}, 'ints': [0, 255, 256, 65536, -1, 2 ** 40, -2 ** 70],
              'text': ['', 'é', '€', '😀', '\ud800', 'a\nb\\', '\r\0'], 'bytes': [b'', b'ab', bytearray(b'xyz'), b'\r\n'],
              'sets': [{1, 2}, frozenset([3]), set()], 'shared': [a, a, {'k': a}], 'loop': loop, 'recursive tuple': tup,
              'keys': {(1, 2): 0, frozenset([1]): 1, None: 2, b'k': 3, 1.5: 4}, 'floats': [0.0, -0.0, 1e300, float('nan'), float('inf'), 0.1],
              'nest': [[[[]], ()], {'a': {'b': {}}}, ((((1,),),),)]}
    for k, v in values.items():
        for p in range(6):
            yield 'seed:%s:%d' % (k, p), pickle.dumps(v, p)


CUTS = ('numpy/np116_p0_F.pkl', 'numpy/np116_p2_F.pkl', 'numpy/np111_p1_bytes256.pkl', 'numpy/np111_p3_F.pkl', 'numpy/np111_p4_f8.pkl',
        'numpy/np126_p5_f8.pkl', 'numpy/np2_p5_struct_nested.pkl', 'numpy/np2_p4_f8.pkl', 'numpy/np2_p0_f8.pkl', 'numpy/np2_p5_obj.pkl',
        'numpy/np116_p2_obj.pkl', 'numpy/np2_p5_masked.pkl', 'numpy/np2_p4_arrayarray_d.pkl', 'numpy/np2_p5_f8_oob.pkl',
        'builtins/py2.7_persid_p0.pkl', 'builtins/py3.13_ext_p4.pkl', 'builtins/py3.13_persid_p4.pkl', 'other/pandas3.1.1_series_p4.pkl',
        'other/pil_13.0.0_rgb.pkl', 'other/plain.joblib', 'other/torch2.8.0_views_legacy.pt')


def write(name, rows):
    kept = [r for r in rows if r[-2:] != ['skip', '']]
    with open(os.path.join(OUT, name), 'w') as f:
        for r in kept:
            f.write(json.dumps(r) + '\n')
    print(name, len(kept), 'cases,', len(rows) - len(kept), 'skipped')


def main(seed=SEED):
    os.makedirs(OUT, exist_ok=True)
    from disassemblies import corpus
    m = Machine()
    row = lambda *head_data: list(head_data[:-1]) + (m.verdict(head_data[-1]) or [])
    rows = []
    for name, path in corpus():
        with open(path, 'rb') as f:
            rows.append(row(name, f.read()))
    write('files.jsonl', rows)
    rows = []
    with open(os.path.join(FIXTURES, 'malformed.tsv')) as f:
        malformed = [line.split('\t')[:2] for line in f.read().split('\n')[1:] if '\t' in line]
    write('malformed.jsonl', [row(case, bytes.fromhex(h)) for case, h in malformed])

    rng = random.Random(seed)
    programs = sorted({op_program(rng) for i in range(2500)} | {fitting_program(rng) for i in range(4500)})
    write('programs.jsonl', [row(p.hex(), p) for p in programs])

    originals = dict(seeds())
    with open(os.path.join(OUT, 'seeds.json'), 'w') as f:
        json.dump({k: v.hex() for k, v in originals.items()}, f, indent=1)
        f.write('\n')
    originals.update({'malformed:' + case: bytes.fromhex(h) for case, h in malformed if 2 < len(h) <= 400})
    files = dict(small_fixtures())
    rows = []
    for name, data in list(originals.items()) + list(files.items()):
        count = 24 if name.startswith('seed') else 8 if name.startswith('malformed') else 6 if name.startswith('damage') else 16
        chosen = sorted({random_mutation(rng, data) for i in range(count)})
        rows += [row(name, c, mutate(data, c)) for c in chosen if mutate(data, c) != data]
    write('mutations.jsonl', rows)

    rows = []
    for name in CUTS:
        with open(os.path.join(FIXTURES, name), 'rb') as f:
            data = f.read()
        last = None
        start = 0
        for n in range(len(data) + 1):                # runs of the same verdict are one row
            v = m.verdict(data[:n]) if n < len(data) else ['end', '']
            if v != last and n:
                rows.append([name, start, n] + (last or []))
                start = n
            last = v
    write('cuts.jsonl', rows)


if __name__ == '__main__':
    assert sys.version_info[:2] == (3, 13)
    if sys.argv[1:] == ['--worker']:
        worker()
    elif sys.argv[1:2] == ['--seed'] and len(sys.argv) == 4:
        OUT = sys.argv[3]
        main(int(sys.argv[2]))
    elif sys.argv[1:]:
        for name in sys.argv[1:]:
            with open(name, 'rb') as f:
                print(name, Machine().verdict(f.read()))
    else:
        main()
