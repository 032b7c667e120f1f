"""Checks that `picklescope export --to x.py` of built-in and standard library values makes the value that CPython loads.

usage: python3.13 py_roundtrip.py PICKLESCOPE [PICKLE...]      without PICKLE: all of ../fixtures/builtins

Each source is run in a namespace of its own. The two values are compared by walking both at once: types, values, the
order of dicts, attributes, and which parts are one object.
"""
import glob
import io
import os
import pickle
import subprocess
import sys
import tempfile
import types

FIXTURES = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'fixtures')
sys.path.insert(0, os.path.join(FIXTURES, 'builtins'))
sys.setrecursionlimit(100_000)


class Python2(pickle._Unpickler):
    """Takes Python 2's 8-bit strings as picklescope does, text where ASCII and else bytes, and makes the classes up that
    only Python 2 has."""

    def _decode_string(self, value):
        return value.decode() if value.isascii() else value

    def find_class(self, module, name):
        try:
            return super().find_class(module, name)
        except AttributeError:
            made_up = type(name, (), {'__module__': module, '__init__': keep_arguments, '__setstate__': keep_state})
            setattr(sys.modules[module], name, made_up)
            return made_up


def keep_arguments(self, *args):
    self.made_with = args


def keep_state(self, state):
    self.state = state


def load(path):
    with open(path, 'rb') as f:
        data = f.read()
    if os.path.basename(path).startswith('py2'):
        return Python2(io.BytesIO(data)).load()
    return pickle.loads(data)


def same(a, b):
    """-> None, or the path at which they differ"""
    pairs, back, todo = {}, {}, [(a, b, 'obj')]
    while todo:
        a, b, at = todo.pop()
        if type(a) is not type(b):
            return '%s: %s is not %s' % (at, type(b), type(a))
        simple = isinstance(a, (type(None), bool, int, float, complex, str, bytes, type, type(Ellipsis), type(NotImplemented)))
        if simple and type(a).__module__ == 'builtins':
            if isinstance(a, (float, complex)) and repr(a) == repr(b):
                continue
            if a != b:
                return '%s: %.80r is not %.80r' % (at, b, a)
            continue
        if type(a) in (types.BuiltinMethodType, types.MethodType):
            if a.__name__ != b.__name__:
                return '%s: %r is not %r' % (at, b, a)
            todo.append((a.__self__, b.__self__, at + '.__self__'))
            continue
        if id(a) in pairs or id(b) in back:
            if pairs.get(id(a)) != id(b):
                if isinstance(a, tuple) and a == b:
                    continue
                return '%s: shared differently' % at
            continue
        pairs[id(a)], back[id(b)] = id(b), id(a)
        keep.append((a, b))
        if isinstance(a, dict):
            if len(a) != len(b):
                return '%s: %d entries, not %d' % (at, len(b), len(a))
            for (k, v), (l, w) in zip(a.items(), b.items()):
                todo += [(k, l, at + '.key'), (v, w, '%s[%.40r]' % (at, k))]
        if isinstance(a, (list, tuple)) or type(a).__name__ == 'deque':
            if len(a) != len(b):
                return '%s: %d items, not %d' % (at, len(b), len(a))
            todo += [(x, y, '%s[%d]' % (at, i)) for i, (x, y) in enumerate(zip(a, b))]
        elif isinstance(a, (set, frozenset)):
            if len(a) != len(b) or not all(any(x is y or x == y or repr(x) == repr(y) for y in b) for x in a):
                return '%s: %.80r is not %.80r' % (at, b, a)
        state = getattr(a, '__dict__', None)
        if isinstance(state, dict):
            todo.append((state, b.__dict__, at + '.__dict__'))
        for c in type(a).__mro__:
            slots = c.__dict__.get('__slots__', ())
            for s in (slots,) if isinstance(slots, str) else slots:
                if hasattr(a, s) and isinstance(c.__dict__.get(s), type(pickle.Pickler.bin)) :
                    todo.append((getattr(a, s), getattr(b, s, None), at + '.' + s))
        if type(a).__eq__ is not object.__eq__ and not isinstance(a, (dict, list, tuple, set, frozenset)) and type(a).__name__ != 'deque':
            try:
                if not (a == b) and repr(a) != repr(b):
                    return '%s: %.80r is not equal to %.80r' % (at, b, a)
            except RecursionError:
                pass
    return None


keep = []


def main():
    exe, files = sys.argv[1], sys.argv[2:]
    files = files or sorted(f for f in glob.glob(os.path.join(FIXTURES, 'builtins', '*.pkl')) if '_persid_' not in f and '_ext_' not in f)
    bad = good = 0
    for path in files:
        keep.clear()
        try:
            want = load(path)
        except Exception as e:
            print(os.path.basename(path), 'does not load:', type(e).__name__, e)
            continue
        with tempfile.TemporaryDirectory() as tmp:
            out = os.path.join(tmp, 'x.py')
            r = subprocess.run([exe, 'export', path, '--to', out], capture_output=True, text=True)
            if r.returncode == 2:
                print(os.path.basename(path), 'is not exported:', r.stderr.strip())
                bad += 1
                continue
            with open(out, encoding='utf-8') as f:
                source = f.read()
        space = {}
        try:
            exec(compile(source, 'x.py', 'exec'), space)
            why = same(want, space['obj'])
        except Exception as e:
            why = '%s: %s' % (type(e).__name__, e)
        if why is None and 'pickle' in source.split('\n\n')[0]:
            why = 'it unpickles'
        if why:
            bad += 1
            print(os.path.basename(path), why)
        else:
            good += 1
    print(good, 'equal,', bad, 'not')
    return 1 if bad else 0


if __name__ == '__main__':
    sys.exit(main())
