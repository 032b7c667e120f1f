"""Whether salvaged pickles load in CPython with all that was complete.

usage: python3.13 salvage.py CASES [TRUTH.tsv]      (with numpy and joblib; prints the figures, and writes the fixture)

CASES is what `PICKLESCOPE_CASES=CASES cargo test --test salvage -- --ignored write_the_cases` wrote. For a truncation,
what was complete is found by running the whole pickle through Python's own unpickler, which here notes at which byte
each item of each container was done. Then the salvaged value is walked beside the whole one: an item that was done
before the cut must be there and equal; of a container or an array that was not, the same is asked of its items.
"""
import array
import collections
import hashlib
import io
import math
import os
import pickle
import resource
import signal
import struct
import sys
import warnings

import numpy as np

warnings.simplefilter('ignore')
HERE = os.path.dirname(os.path.abspath(__file__))
FIXTURES = os.path.normpath(os.path.join(HERE, '..', 'fixtures', 'salvage'))
sys.path.insert(0, FIXTURES)


class Tracer(pickle._Unpickler):
    """Notes where each item was done: ends[id(container), key] is one past its last byte."""
    dispatch = dict(pickle._Unpickler.dispatch)

    def load(self):
        self.ends, self.alive, self.shadow, self.shadows = {}, [], [], []
        self.raw = self._file_read
        return super().load()


def hooked(code, method):
    name = method.__name__

    def run(self):
        stack, shadow = self.stack, self.shadow
        before = list(stack[-4:])
        if name == 'load_mark':
            method(self)
            self.shadows.append(shadow)
            self.shadow = []
            return
        marked = name in ('load_appends', 'load_setitems', 'load_additems', 'load_tuple', 'load_list', 'load_dict',
                          'load_frozenset', 'load_inst', 'load_obj', 'load_pop_mark')
        if marked:
            items, ends = list(self.stack), list(self.shadow)
            target = self.metastack[-1][-1] if self.metastack[-1] else None
            self.shadow = self.shadows.pop()
        if name == 'load_stop':
            return method(self)
        method(self)
        pos = self.file.tell()
        if marked:
            if name == 'load_appends':
                note(self, target, len(target) - len(items), ends)
            elif name == 'load_setitems':
                for k, end in zip(items[0::2], ends[1::2]):
                    self.ends[id(target), key(k)] = end
                self.alive.append(target)
            elif name == 'load_additems':
                for v, end in zip(items, ends):
                    self.ends[id(target), key(v)] = end
                self.alive.append(target)
            elif name == 'load_dict':
                for k, end in zip(items[0::2], ends[1::2]):
                    self.ends[id(self.stack[-1]), key(k)] = end
                self.shadow.append(pos)
                self.alive.append(self.stack[-1])
                return
            elif name != 'load_pop_mark':
                note(self, self.stack[-1], 0, ends)
                self.shadow.append(pos)
                return
            if name != 'load_pop_mark':
                self.shadow[-1] = pos
            return
        if name in ('load_append',):
            target = self.stack[-1]
            note(self, target, len(target) - 1, [shadow.pop()])
        elif name == 'load_setitem':
            end = shadow[-1]
            del shadow[-2:]
            self.ends[id(self.stack[-1]), key(before[-2])] = end
            self.alive.append(self.stack[-1])
        elif name in ('load_tuple1', 'load_tuple2', 'load_tuple3'):
            n = int(name[-1])
            ends = shadow[-n:]
            del shadow[-n:]
            note(self, self.stack[-1], 0, ends)
            shadow.append(pos)
            return
        elif name == 'load_build':
            shadow.pop()
            self.ends[id(self.stack[-1]), '__state__'] = before[-1]
            self.alive.append((self.stack[-1], before[-1]))
        if name in ('load_put', 'load_binput', 'load_long_binput', 'load_memoize', 'load_proto', 'load_frame'):
            return
        while len(shadow) > len(self.stack):
            shadow.pop()
        if len(shadow) < len(self.stack):
            shadow.append(pos)
        elif shadow:
            shadow[-1] = pos
    return run


def note(self, target, start, ends):
    for i, end in enumerate(ends):
        self.ends[id(target), start + i] = end
    self.alive.append(target)


def key(k):
    return ('k', k)


for code, method in list(Tracer.dispatch.items()):
    Tracer.dispatch[code] = hooked(code, method)


def trace(data):
    f = io.BytesIO(data)
    t = Tracer(f)
    t.file = f
    return t.load(), t


def equal(a, b, seen=None):
    seen = set() if seen is None else seen
    if (id(a), id(b)) in seen:
        return True
    seen.add((id(a), id(b)))
    if type(a) is not type(b):
        return False
    if isinstance(a, np.ndarray):
        if a.dtype != b.dtype or a.shape != b.shape:
            return False
        if a.dtype == object:
            return all(equal(x, y, seen) for x, y in zip(a.flat, b.flat))
        return a.tobytes() == b.tobytes() and (not isinstance(a, np.ma.MaskedArray) or bool((a.mask == b.mask).all()))
    if isinstance(a, dict):
        return len(a) == len(b) and all(k in b and equal(v, b[k], seen) for k, v in a.items())
    if isinstance(a, (list, tuple, collections.deque)):
        return len(a) == len(b) and all(equal(x, y, seen) for x, y in zip(a, b))
    if isinstance(a, float) and math.isnan(a):
        return math.isnan(b)
    if type(a) in (bool, int, float, complex, str, bytes, bytearray, set, frozenset, type(None)):
        return a == b
    if hasattr(a, '__dict__') and a.__dict__:
        return equal(a.__dict__, b.__dict__, seen)
    try:
        return bool(a == b)
    except Exception:
        return False


class Check:
    """Walks what was salvaged beside the whole."""

    def __init__(self, tracer, data, cut):
        self.ends, self.data, self.cut = tracer.ends, data, cut
        self.lost, self.phantoms, self.complete, self.guessed = [], 0, 0, 0
        # Shared values count at their first place.
        self.walked = set()

    def items(self, r, o, pairs, get, path):
        for k, v in pairs:
            end = self.ends.get((id(o), k))
            if end is None:
                continue
            have = get(r, k)
            if end <= self.cut:
                self.complete += 1
                self.walked.add(id(v))
                if have is MISSING or not equal(have, v):
                    self.lost.append((path + [k], 'missing' if have is MISSING else have))
            elif have is not MISSING:
                self.partial(have, v, path + [k])
            else:
                self.nothing(v, path + [k])

    def partial(self, r, o, path):
        if id(o) in self.walked:
            return None
        self.walked.add(id(o))
        if isinstance(o, np.ndarray):
            return self.array(r, o, path)
        if type(r) is not type(o) and not (isinstance(o, frozenset) and isinstance(r, tuple)):
            self.guessed += 1
            return None
        if isinstance(o, dict):
            self.items(r, o, [(key(k), v) for k, v in o.items()], by_key, path)
            self.phantoms += sum(k not in o for k in r)
        elif isinstance(o, (list, tuple, collections.deque)):
            self.items(r, o, list(enumerate(o)), by_index, path)
            self.phantoms += len(r) > len(o)
        elif isinstance(o, (set, frozenset)):
            for v in o:
                if self.ends.get((id(o), key(v)), 1 << 60) <= self.cut:
                    self.complete += 1
                    if v not in r:
                        self.lost.append((path, v))
        elif isinstance(o, array.array):
            if list(r) != list(o)[:len(r)]:
                self.lost.append((path, r))
        elif (id(o), '__state__') in self.ends and isinstance(o.__dict__ if hasattr(o, '__dict__') else None, dict):
            state = self.ends[id(o), '__state__']
            if isinstance(state, dict):
                self.items(r.__dict__, state, [(key(k), v) for k, v in state.items()], by_key, path)
        elif not equal(r, o):
            self.phantoms += 1
        return None

    def array(self, r, o, path):
        if not isinstance(r, np.ndarray):
            self.guessed += 1
            return
        if r.ndim != o.ndim or r.dtype != o.dtype:
            self.guessed += 1
            if r.dtype == o.dtype and r.tobytes() != o.tobytes('A')[:r.nbytes]:
                self.lost.append((path, r))
            return
        if not o.ndim:
            self.phantoms += not equal(r, o)
            return
        if o.dtype == object:
            for i, (x, y) in enumerate(zip(r.flat, o.flat)):
                if not equal(x, y) and not (self.filled and x is None):
                    self.partial(x, y, path + [i])
            return
        rows = r.shape[-1] if o.flags.f_contiguous and not o.flags.c_contiguous else (r.shape[0] if r.ndim else 0)
        f = o.flags.f_contiguous and not o.flags.c_contiguous
        part = o[..., :rows] if f else o[:rows]
        if not equal(np.asarray(r), np.asarray(part)) and not self.filled:
            if f and r.shape == o.shape and b'_frombuffer' in self.data and sorted(r.flat) == sorted(o.flat):
                # Protocol 5 writes the order last, and it did not come.
                self.guessed += 1
            else:
                self.lost.append((path, r))
            return
        raw = np.ma.getdata(o).tobytes('A')
        at = self.data.find(raw) if o.nbytes >= 40 and o.dtype != object else -1
        if at >= 0 and o.ndim:
            have = min(max(0, self.cut - at), o.nbytes)
            n = have // o.itemsize // max(1, math.prod(o.shape[:-1] if f else o.shape[1:]))
            if self.filled:
                if r.shape != o.shape or np.ma.getdata(r).tobytes('A')[:have // o.itemsize * o.itemsize] != raw[:have // o.itemsize * o.itemsize]:
                    self.lost.append((path, r))
            elif rows < n:
                self.lost.append((path, f'{rows} of {n} rows'))

    def nothing(self, o, path):
        """Not there at all: then nothing in it may have been complete."""
        kinds = (dict, list, tuple)
        if id(o) not in self.walked and isinstance(o, kinds) and any(e <= self.cut for (i, _), e in self.ends.items() if i == id(o) and isinstance(e, int)):
            self.lost.append((path, 'nothing of it is there'))


MISSING = object()


def by_key(r, k):
    return r.get(k[1], MISSING)


def by_index(r, i):
    return r[i] if i < len(r) else MISSING


def arrays_of(value, path=()):
    """(path, array) of what a dict and its lists hold."""
    if isinstance(value, np.ndarray):
        yield path, value
    elif isinstance(value, dict):
        for k, v in value.items():
            yield from arrays_of(v, path + (k,))
    elif isinstance(value, (list, tuple)):
        for i, v in enumerate(value):
            yield from arrays_of(v, path + (i,))


def at_path(value, path):
    for step in path:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return MISSING
    return value


class JoblibCheck:
    """joblib's arrays: those whose bytes ended before the cut must be there and equal, of the one that was cut the rows."""

    def __init__(self, whole, data, cut):
        self.whole, self.data, self.cut = whole, data, cut
        self.lost, self.phantoms, self.complete, self.guessed, self.filled = [], 0, 0, 0, False

    def partial(self, value, whole, path):
        place = 0
        for path, o in arrays_of(whole):
            raw = o.tobytes('A')
            at = self.data.find(raw, place) if o.dtype != object and o.nbytes >= 8 else -1
            if at < 0:
                continue
            place = at + len(raw)
            have = at_path(value, path)
            if place <= self.cut:
                self.complete += 1
                if have is MISSING or not equal(np.asarray(have), np.asarray(o)):
                    self.lost.append((path, 'missing' if have is MISSING else have))
            elif at < self.cut and o.ndim:
                f = o.flags.f_contiguous and not o.flags.c_contiguous
                rows = (self.cut - at) // o.itemsize // max(1, math.prod(o.shape[:-1] if f else o.shape[1:]))
                part = o[..., :rows] if f else o[:rows]
                if have is MISSING or not equal(np.asarray(have), np.asarray(part)):
                    self.lost.append((path, 'missing' if have is MISSING else have))
        if self.cut == len(self.data) and not equal(value, whole):
            self.lost.append(((), value))


class NoJoblib:
    """What is salvaged needs nothing of joblib."""
    def find_spec(self, name, path=None, target=None):
        if name.split('.')[0] == 'joblib':
            raise ImportError('joblib is needed')


def load_without_joblib(data):
    hidden = {k: sys.modules.pop(k) for k in list(sys.modules) if k.split('.')[0] == 'joblib'}
    sys.meta_path.insert(0, NoJoblib())
    try:
        return pickle.loads(data)
    finally:
        sys.meta_path.pop(0)
        sys.modules.update(hidden)


# Of the salvages of what does not load as it is, so many may not load: several bytes wrong, and one.
MOST_FAILING = {'d': 0.1, 's': 0.03}

WHY = {1: 'UnpicklingError', 2: 'EOFError', 3: 'no such module or name', 4: 'the call raised TypeError',
       5: 'the call raised ValueError', 6: 'AttributeError', 7: 'UnicodeDecodeError', 8: 'MemoryError', 9: 'other'}
KINDS = [pickle.UnpicklingError, EOFError, ImportError, TypeError, UnicodeDecodeError, ValueError, AttributeError, MemoryError]
STATUS = [1, 2, 3, 4, 7, 5, 6, 8]


def apart(data, several):
    """Loads in a process of its own: a call of what was damaged may corrupt this one."""
    status = 0
    try:
        f = io.BytesIO(data)
        pickle.load(f)
        # What goes on behind a fault is a pickle of its own.
        while several and f.tell() < len(data):
            pickle.load(f)
    except BaseException as e:
        status = next((s for k, s in zip(KINDS, STATUS) if isinstance(e, k)), 9)
        if isinstance(e, AttributeError) and "Can't get" in str(e):
            status = 3
    return status


def all_apart(loads):
    """The status of each; a crash counts as 9, and the rest goes on in another process."""
    done = []
    while len(done) < len(loads):
        r, w = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
            resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
            for data, several in loads[len(done):]:
                signal.alarm(5)
                os.write(w, bytes([apart(data, several)]))
            os._exit(0)
        os.close(w)
        with os.fdopen(r, 'rb') as f:
            done.extend(f.read())
        os.waitpid(pid, 0)
        if len(done) < len(loads):
            done.append(9)
    return done


def cases(path):
    data = open(path, 'rb').read()
    at = 0
    while at < len(data):
        (n,) = struct.unpack_from('<I', data, at)
        name = data[at + 4:at + 4 + n].decode()
        at += 4 + n
        kind, cut, size = struct.unpack_from('<BII', data, at)
        at += 9
        yield name, chr(kind), cut, data[at:at + size]
        at += size


def main():
    files, figures = {}, collections.Counter()
    digests, rows, bad = {}, {}, collections.Counter()
    mutated, failing = [], collections.Counter()
    for name, kind, cut, out in cases(sys.argv[1]):
        if name not in files:
            data = open(os.path.join(FIXTURES, name), 'rb').read()
            if name.endswith('.joblib'):
                import joblib
                files[name] = (data, joblib.load(os.path.join(FIXTURES, name)), None)
            else:
                files[name] = (data, *trace(data))
            digests[name], rows[name] = hashlib.sha256(), collections.Counter()
        data, whole, tracer = files[name]
        if kind in 'ds':
            mutated.append((name, cut, kind, out))
            continue
        digests[name].update(out)
        kindname = {'r': 'truncations', 'f': 'filled', 'm': 'mutations', 't': 'single bytes'}[kind]
        rows[name][kindname] += 1
        if kind in 'mt':
            mutated.append((name, cut, kind, out))
            continue
        try:
            value = pickle.loads(out) if tracer else load_without_joblib(out)
        except Exception as e:
            print(f'{name} cut at {cut} ({kind}): does not load: {type(e).__name__}: {e}')
            rows[name]['failed'] += 1
            continue
        rows[name][kindname + ' load'] += 1
        check = Check(tracer, data, cut) if tracer else JoblibCheck(whole, data, cut)
        check.filled = kind == 'f'
        if cut > 2:
            check.partial(value, whole, [])
        rows[name]['complete'] += check.complete
        rows[name]['lost'] += len(check.lost)
        rows[name]['cases with loss'] += bool(check.lost)
        rows[name]['phantoms'] += check.phantoms
        rows[name]['guessed'] += check.guessed
        if check.lost:
            bad[name] += 1
            if bad[name] <= 2 or '-v' in sys.argv:
                p, have = check.lost[0]
                print(f'{name} cut at {cut} ({kind}): {p}: {str(have)[:80]!r}')
    states = all_apart([(out, kind in 'mt') for _, _, kind, out in mutated])
    for (name, i, kind, _), before, after in zip(mutated[0::2], states[0::2], states[1::2]):
        word = {'d': 'mutations', 's': 'single bytes'}[kind]
        figures[f'{word} that load as they are'] += before == 0
        figures[f'{word} that do not'] += before != 0
        rows[name][f'{word} load'] += after == 0
        if after:
            figures[f'{word} whose salvage does not load: {WHY.get(after, after)}'] += 1
            figures[f'{word} that loaded before and do not now'] += before == 0
            failing[kind] += 1
            if '-m' in sys.argv:
                print(f'{name} {word} {i}: {WHY.get(after, after)}')
    total = collections.Counter()
    for r in rows.values():
        total.update(r)
    for k, v in sorted(total.items()):
        print(f'{k}: {v}')
    for k, v in sorted(figures.items()):
        print(f'{k}: {v}')
    if len(sys.argv) > 2 and sys.argv[2].endswith('.tsv'):
        with open(sys.argv[2], 'w') as f:
            f.write('file\tdigest\ttruncations\tload\titems complete\titems lost\tmutations\tload\n')
            for name in sorted(rows):
                r = rows[name]
                n = r['truncations'] + r['filled']
                loads = r['truncations load'] + r['filled load']
                f.write(f'{name}\t{digests[name].hexdigest()[:16]}\t{n}\t{loads}\t{r["complete"]}\t{r["lost"]}\t'
                        f'{r["mutations"]}\t{r["mutations load"]}\n')
    damaged = {kind: sum(before != 0 for (_, _, k, _), before in zip(mutated[0::2], states[0::2]) if k == kind) for kind in 'ds'}
    for kind, most in MOST_FAILING.items():
        if failing[kind] > most * damaged[kind]:
            sys.exit(f'{failing[kind]} of {damaged[kind]} salvages do not load, more than {most:.0%}')
    if total['lost'] or total['failed']:
        sys.exit('a truncation does not load, or something complete is lost')


if __name__ == '__main__':
    main()
