"""What arrays a pickle holds, from its bytes alone: no numpy, no unpickling.

    arrays(data)                -> list of entries in the report's terms (tests/fixtures/README.md)
    python3 symbolic.py FILE    prints them; for gz, bz2, xz, zip, ... see libs/

A second, independent reading: the expectations that come from libraries are compared with it.
"""
import codecs
import hashlib
import io
import json
import os
import pickletools
import sys
import zipfile


class Name(str):
    """A global, 'module.name'."""


class Text2(bytes):
    """A Python 2 str."""


class Obj:
    """A call: REDUCE, NEWOBJ, NEWOBJ_EX, INST, OBJ or PERSID."""
    def __init__(self, how, fn, args, kwargs=None):
        self.how, self.fn, self.args, self.kwargs = how, fn, args, kwargs
        self.states, self.items, self.pairs, self.raw = [], [], [], None


class Dict:
    def __init__(self, pairs=()):
        self.pairs = list(pairs)


class Bag(list):
    """A set or frozenset."""


class Mark:
    pass


class Bytes(bytes):
    """Payload that remembers where it lies."""
    at = None


def bytes_at(b, at, kind=Bytes):
    b = kind(b)
    b.at = at
    return b


class Py2Bytes(Text2):
    at = None


def raw_line(f, decode=True, stripquotes=True, encoding='latin-1'):
    line = f.readline()[:-1]
    if stripquotes:
        line = codecs.escape_decode(line[1:-1])[0]
    return line.decode('latin-1') if decode else line


pickletools.stringnl.reader = raw_line


HEADER = {'BINSTRING': 5, 'SHORT_BINSTRING': 2, 'BINBYTES': 5, 'SHORT_BINBYTES': 2, 'BINBYTES8': 9, 'BYTEARRAY8': 9,
          'SHORT_BINUNICODE': 2, 'BINUNICODE': 5, 'BINUNICODE8': 9}


def is_wrapper(x):
    return isinstance(x, Obj) and x.fn == 'joblib.numpy_pickle.NumpyArrayWrapper'


def decode(data, start=0, buffers=()):
    """-> (root, end).  joblib's inline arrays are stepped over and kept as .raw = (offset, bytes)."""
    stack, memo, bufs = [], {}, iter(buffers)

    def mark():
        k = len(stack) - 1
        while stack[k] is not Mark:
            k -= 1
        top = stack[k + 1:]
        del stack[k:]
        return top

    f = io.BytesIO(data)
    f.seek(start)
    while True:
        inline = False
        for op, arg, pos in pickletools.genops(f):
            n = op.name
            if n in ('PROTO', 'FRAME', 'READONLY_BUFFER'):
                pass
            elif n == 'MARK':
                stack.append(Mark)
            elif n in ('PUT', 'BINPUT', 'LONG_BINPUT'):
                memo[arg] = stack[-1]
            elif n == 'MEMOIZE':
                memo[len(memo)] = stack[-1]
            elif n in ('GET', 'BINGET', 'LONG_BINGET'):
                stack.append(memo[arg])
            elif n == 'GLOBAL':
                stack.append(Name(arg.replace(' ', '.', 1)))
            elif n == 'STACK_GLOBAL':
                b, a = stack.pop(), stack.pop()
                stack.append(Name(a + '.' + b))
            elif n in ('EXT1', 'EXT2', 'EXT4'):
                stack.append(Name('extension %d' % arg))
            elif n == 'INST':
                stack.append(Obj(n, Name(arg.replace(' ', '.', 1)), tuple(mark())))
            elif n == 'OBJ':
                t = mark()
                stack.append(Obj(n, t[0], tuple(t[1:])))
            elif n in ('REDUCE', 'NEWOBJ'):
                b, a = stack.pop(), stack.pop()
                stack.append(call(n, a, b))
            elif n == 'NEWOBJ_EX':
                k, b, a = stack.pop(), stack.pop(), stack.pop()
                stack.append(Obj(n, a, b, k))
            elif n == 'PERSID':
                stack.append(Obj(n, 'persistent', arg))
            elif n == 'BINPERSID':
                stack.append(Obj(n, 'persistent', stack.pop()))
            elif n == 'BUILD':
                state = stack.pop()
                stack[-1].states.append(state)
                if is_wrapper(stack[-1]):
                    read_inline(stack[-1], data, f)
                    inline = True
                    break
            elif n == 'NONE':
                stack.append(None)
            elif n in ('NEWTRUE', 'NEWFALSE'):
                stack.append(n == 'NEWTRUE')
            elif n in ('EMPTY_LIST', 'EMPTY_DICT', 'EMPTY_TUPLE', 'EMPTY_SET'):
                stack.append({'L': list, 'D': Dict, 'T': tuple, 'S': Bag}[n[6]]())
            elif n in ('TUPLE', 'LIST', 'FROZENSET', 'DICT'):
                t = mark()
                stack.append(Dict(zip(t[::2], t[1::2])) if n == 'DICT' else {'T': tuple, 'L': list, 'F': Bag}[n[0]](t))
            elif n in ('TUPLE1', 'TUPLE2', 'TUPLE3'):
                k = int(n[5])
                t = tuple(stack[-k:])
                del stack[-k:]
                stack.append(t)
            elif n in ('APPEND', 'APPENDS', 'ADDITEMS'):
                t = [stack.pop()] if n == 'APPEND' else mark()
                (stack[-1].items if isinstance(stack[-1], Obj) else stack[-1]).extend(t)
            elif n in ('SETITEM', 'SETITEMS'):
                if n == 'SETITEM':
                    v = stack.pop()
                    t = [stack.pop(), v]
                else:
                    t = mark()
                stack[-1].pairs.extend(zip(t[::2], t[1::2]))
            elif n == 'NEXT_BUFFER':
                stack.append(bytes_at(next(bufs), None))
            elif n == 'POP':
                stack.pop()
            elif n == 'POP_MARK':
                mark()
            elif n == 'DUP':
                stack.append(stack[-1])
            elif n == 'STOP':
                return stack.pop(), pos + 1
            elif n == 'STRING':
                escaped = b'\\' in data[pos:data.find(b'\n', pos)]
                stack.append(bytes_at(arg.encode('latin-1'), None if escaped else 'text', Py2Bytes))
            elif n in ('BINSTRING', 'SHORT_BINSTRING'):
                stack.append(bytes_at(arg.encode('latin-1'), pos + HEADER[n], Py2Bytes))
            elif isinstance(arg, (bytes, bytearray)):
                stack.append(bytes_at(arg, pos + HEADER[n]))
            elif arg is not None:
                stack.append(arg)
            else:
                raise ValueError(n)
        if not inline:
            raise ValueError('no STOP')


def call(how, fn, args):
    if fn == '_codecs.encode' and isinstance(args, tuple) and isinstance(args[0], str):
        return bytes_at(args[0].encode('latin-1'), 'text')
    if fn in ('__builtin__.bytes', 'builtins.bytes') and args == ():
        return bytes_at(b'', 'text')
    return Obj(how, fn, args)


def state_of(o, name):
    for s in o.states:
        if isinstance(s, Dict):
            for k, v in s.pairs:
                if text(k) == name:
                    return v


def read_inline(w, data, f):
    """The bytes that follow a NumpyArrayWrapper; leaves f at the opcode after them."""
    d, shape, order = dtype(state_of(w, 'dtype')), state_of(w, 'shape'), text(state_of(w, 'order'))
    if d['list']:
        root, end = decode(data, f.tell())
        w.raw = ('object', root)
        f.seek(end)
        return
    if state_of(w, 'numpy_array_alignment_bytes') is not None:
        pad = f.read(1)[0]
        f.read(pad)
    n = d['size']
    for k in shape:
        n *= k
    w.raw = (f.tell(), f.read(n))


def raw_bytes(x):
    return x.encode('latin-1') if isinstance(x, str) else bytes(x)


def text(x):
    return x.decode('latin-1') if isinstance(x, bytes) else x


def dtype(o):
    """-> dict(str, size, list, and either names+fields or sub)"""
    if not isinstance(o, Obj) or o.fn != 'numpy.dtype':
        if isinstance(o, Obj) and 'stringdtype' in o.fn:
            coerce, na = o.args[0], [repr_na(x) for x in o.args[1:]]
            options = ([] if coerce else ['coerce=False']) + ['na_object=' + x for x in na]
            return {'str': 'StringDType(%s)' % ', '.join(options), 'size': 16, 'list': True}
        raise TypeError('not a dtype')
    if not o.states:                                        # a dtype without state: native
        return simple(text(o.args[0]), '<', None)
    st = list(o.states[-1])
    if len(st) == 5:
        st = [0] + st
    if len(st) == 6:                                        # versions 0 and 1
        f = dict(st[3].pairs) if st[3] else None
        st = st[:3] + [f.get(-1) if f else None] + st[3:]
    version, order, sub, names, fields, size = st[:6]
    flags = st[7] if len(st) > 7 else 0
    code = o.args[0]
    order = {'=': '<'}.get(text(order), text(order))
    if isinstance(code, Name):
        d = {'str': '|V%d' % size, 'size': size, 'list': False} if names else \
            {'str': code.split('.')[-1], 'size': size, 'list': False}
    else:
        unit = st[8][1] if len(st) > 8 and isinstance(st[8], tuple) else None
        d = simple(text(code), order, unit, size)
    d['list'] = d['list'] or bool(flags & 2)
    if names:
        by_name = {text(k): v for k, v in fields.pairs if k != -1}
        d['names'] = [text(n) for n in names]
        d['fields'] = []
        for n in d['names']:
            f = by_name[n]
            d['fields'].append((n, dtype(f[0]), f[1], text(f[2]) if len(f) > 2 else None))
        d['list'] = d['list'] or any(f[1]['list'] for f in d['fields'])
    if sub:
        d['sub'] = (dtype(sub[0]), list(sub[1]) if isinstance(sub[1], tuple) else [sub[1]])
        d['list'] = d['list'] or d['sub'][0]['list']
    return d


def repr_na(x):
    return x.split('.')[-1] if isinstance(x, Name) else repr(x)


def simple(code, order, unit, size=-1):
    kind = code[0]
    if kind in 'SUV':
        if size < 0:
            size = int(code[1:]) * (4 if kind == 'U' else 1)
        n = size // 4 if kind == 'U' else size
    else:
        n = size = 8 if kind == 'O' else int(code[1:])
    order = '|' if kind in 'SVOb' or size == 1 and kind in 'iu' else '>' if order == '>' else '<'
    s = order + kind + ('' if kind == 'O' else str(n))
    if kind in 'Mm' and unit:
        u, num, den = text(unit[0]), unit[1], unit[2]
        if den != 1:
            for small, factor in (('ms', 1000), ('us', 10 ** 6), ('ns', 10 ** 9)):
                if u == 's' and factor % den == 0:
                    u, num = small, num * factor // den
                    break
        if u != 'generic':
            s += '[%s%s]' % ('' if num == 1 else num, u)
    return {'str': s, 'size': size, 'list': kind == 'O'}


def descr(d):
    """numpy.dtype.descr as JSON, or .str where numpy has none."""
    if 'fields' not in d:
        return d['str']
    try:
        return descr_list(d)
    except ValueError:
        return d['str']


def descr_list(d):
    if 'fields' not in d:
        return d['str']
    out, offset = [], 0
    for name, f, at, title in d['fields']:
        if at > offset:
            out.append(['', '|V%d' % (at - offset)])
            offset = at
        elif at < offset:
            raise ValueError('overlap')
        label = [title, name] if title is not None else name
        out.append([label, descr_list(f['sub'][0]), f['sub'][1]] if 'sub' in f else [label, descr_list(f)])
        offset += f['size']
    if d['size'] > offset:
        out.append(['', '|V%d' % (d['size'] - offset)])
    return out


def c_order(raw, size, shape, order, axes=None):
    """bytes stored in `order` -> (C order bytes, logical shape)"""
    raw, n = bytes(raw), size
    for k in shape:
        n *= k
    if len(raw) != n:
        raise ValueError('%d bytes for %d' % (len(raw), n))
    if order == 'C':
        return raw, list(shape)
    if order == 'K':
        stored, shape = shape, [shape[a] for a in axes]
        st, acc = [0] * len(stored), size
        for i in reversed(range(len(stored))):
            st[i] = acc
            acc *= stored[i]
        strides = [st[a] for a in axes]
    else:
        strides, acc = [0] * len(shape), size
        for i in range(len(shape)):
            strides[i] = acc
            acc *= shape[i]
    return strided(raw, size, shape, strides, 0), list(shape)


def strided(raw, size, shape, strides, at):
    out = bytearray()

    def walk(dim, off):
        if dim == len(shape):
            out.extend(raw[off:off + size])
        else:
            for k in range(shape[dim]):
                walk(dim + 1, off + k * strides[dim])
    walk(0, at)
    return bytes(out)


PUBLIC = {'numpy.ma.core.MaskedArray': 'numpy.ma.MaskedArray', 'numpy.matrixlib.defmatrix.matrix': 'numpy.matrix',
          'numpy.core.records.recarray': 'numpy.rec.recarray', 'numpy.recarray': 'numpy.rec.recarray',
          'numpy.core.defchararray.chararray': 'numpy.char.chararray', 'numpy.chararray': 'numpy.char.chararray',
          'numpy.core.memmap.memmap': 'numpy.memmap'}
ARRAY_CODES = ['|u1', '|i1', '<u2', '>u2', '<i2', '>i2', '<u4', '>u4', '<i4', '>i4', '<u8', '>u8', '<i8', '>i8',
               '<f4', '>f4', '<f8', '>f8', 'utf-16-le', 'utf-16-be', 'utf-32-le', 'utf-32-be']
TYPECODES = {'b': '|i1', 'B': '|u1', 'h': '<i2', 'H': '<u2', 'i': '<i4', 'I': '<u4', 'l': '<i8', 'L': '<u8',
             'q': '<i8', 'Q': '<u8', 'f': '<f4', 'd': '<f8'}
TORCH = {'Float': '<f4', 'Double': '<f8', 'Half': '<f2', 'BFloat16': 'bfloat16', 'Long': '<i8', 'Int': '<i4', 'Short': '<i2',
         'Char': '|i1', 'Byte': '|u1', 'Bool': '|b1', 'ComplexFloat': '<c8', 'ComplexDouble': '<c16', 'QInt8': 'qint8'}
TORCH_V3 = {'torch.float8_e5m2': ('float8_e5m2', 1), 'torch.float8_e4m3fn': ('float8_e4m3fn', 1), 'torch.uint16': ('<u2', 2), 'torch.uint32': ('<u4', 4), 'torch.uint64': ('<u8', 8)}


class Finder:
    def __init__(self, storages=None, endian='<'):
        self.out, self.seen, self.storages, self.endian = [], {}, storages, endian

    def entry(self, path, kind, d, shape, order, raw, at, own=None):
        e = {'path': path, 'kind': kind, 'dtype': d, 'shape': list(shape), 'order': order,
             'sha256': None if raw is None else hashlib.sha256(raw).hexdigest()}
        if at != 'text':
            e['offset'] = at
            e['bytes'] = None if at is None else (own if own is not None else len(raw))
        self.out.append(e)

    def array(self, o, path):
        """True when o is an array, which is then listed."""
        fn, a = o.fn, o.args
        if o.raw is not None:
            d, shape, order = dtype(state_of(o, 'dtype')), state_of(o, 'shape'), text(state_of(o, 'order'))
            kind = PUBLIC.get(state_of(o, 'subclass'), state_of(o, 'subclass'))
            at, raw = o.raw
            if at == 'object':
                return self.array(raw, path)
            raw, shape = c_order(raw, d['size'], shape, order)
            self.entry(path, kind, descr(d), shape, order, raw, at)
        elif fn.endswith('._frombuffer') and fn.startswith('numpy'):
            buf, dt, shape, order = a[:4]
            d = dtype(dt)
            shape = [shape] if isinstance(shape, int) else shape
            raw, shape = c_order(buf, d['size'], shape, order, a[4] if len(a) > 4 else None)
            self.entry(path, 'numpy.ndarray', descr(d), shape, order, raw, buf.at)
        elif fn.startswith('numpy') and fn.split('.')[-1] in ('_reconstruct', '_mareconstruct'):
            kind = PUBLIC.get(a[0], a[0])
            if not o.states:
                return False
            st = list(o.states[-1])
            if isinstance(st[0], tuple) and len(st) == 2:   # an old pandas subclass: (ndarray state, own state)
                st = list(st[0])
            if isinstance(st[0], int):
                st = st[1:]
            shape, dt, fortran, raw = st[:4]
            d = dtype(dt)
            order = 'F' if fortran else 'C'
            if isinstance(raw, list):
                self.entry(path, kind, descr(d), shape, order, None, None)
                self.elements(raw, shape, path)
            else:
                at = getattr(raw, 'at', None) if not isinstance(raw, str) else 'text'
                raw, shape = c_order(raw_bytes(raw), d['size'], shape, order)
                self.entry(path, kind, descr(d), shape, order, raw, at)
        elif fn in ('array._array_reconstructor',):
            code, raw = a[2], a[3]
            name = ARRAY_CODES[code]
            if name.startswith('utf'):
                name = ('<' if name.endswith('le') else '>') + 'U1'
                chars = bytes(raw).decode(ARRAY_CODES[code])
                self.entry(path, 'array.array', name, [len(chars)], 'C',
                           chars.encode('utf-32-le' if name[0] == '<' else 'utf-32-be'), raw.at, len(raw))
            else:
                self.entry(path, 'array.array', name, [len(raw) // int(name[2])], 'C', bytes(raw), raw.at)
        elif fn == 'array.array' and len(a) == 2 and isinstance(a[1], list):
            import struct
            code = text(a[0])
            if code in 'uwc':
                chars = ''.join(text(x) for x in a[1])
                raw = chars.encode('latin-1' if code == 'c' else 'utf-32-le')
                self.entry(path, 'array.array', '|S1' if code == 'c' else '<U1', [len(a[1])], 'C', raw, None)
            else:
                raw = struct.pack('<%d%s' % (len(a[1]), {'l': 'q', 'L': 'Q'}.get(code, code)), *a[1])
                self.entry(path, 'array.array', TYPECODES[code], [len(a[1])], 'C', raw, None)
        elif fn.startswith('torch._utils._rebuild_'):
            what = fn[len('torch._utils._rebuild_'):]
            if what in ('parameter', 'parameter_with_state'):
                return self.array(a[0], path)
            if what not in ('tensor', 'tensor_v2', 'tensor_v3', 'qtensor') or self.storages is None:
                return False
            pid, at, shape, stride = a[0].args, a[1], a[2], a[3]
            name = pid[1].split('.')[-1].replace('Storage', '')
            if what == 'tensor_v3':
                name, size = TORCH_V3[a[6]]
            else:
                name = TORCH[name]
                size = {'bfloat16': 2, 'qint8': 1}.get(name) or int(name[2:])
            offset, raw = self.storages[text(pid[2])]
            strides = [s * size for s in stride]
            c = strided(raw, size, shape, strides, at * size)
            run, f = [], []
            acc = size
            for k in reversed(shape):
                run.insert(0, acc)
                acc *= k
            acc = size
            for k in shape:
                f.append(acc)
                acc *= k
            same = lambda want: all(s == w or k == 1 for s, w, k in zip(strides, want, shape))
            order = 'C' if same(run) or not c else 'F' if same(f) else 'K'
            self.entry(path, 'torch.Tensor', name, shape, order, c, 'text')
        else:
            return False
        return True

    def elements(self, raw, shape, path):
        index = [0] * len(shape)
        n = 1
        for k in shape:
            n *= k
        for x in raw[:n]:
            self.walk(x, path if not shape else '%s[%s]' % (path, ', '.join(map(str, index))))
            for i in reversed(range(len(shape))):
                index[i] += 1
                if index[i] < shape[i]:
                    break
                index[i] = 0

    def walk(self, v, path):
        if isinstance(v, (list, tuple, Dict, Obj)):
            if id(v) in self.seen:
                return
            self.seen[id(v)] = v
        if isinstance(v, (list, tuple)):
            for i, x in enumerate(v):
                self.walk(x, '%s[%d]' % (path, i))
        elif isinstance(v, Dict):
            for k, x in v.pairs:
                self.walk(x, '%s[%s]' % (path, key(k)))
        elif isinstance(v, Obj):
            if not isinstance(v.fn, str):
                self.walk(v.fn, path + '.__reduce__[0]')
            elif v.fn.startswith('numpy') and v.fn.endswith('.scalar') or v.fn == 'numpy.dtype':
                return
            elif v.how not in ('PERSID', 'BINPERSID') and self.array(v, path):
                return
            if isinstance(v.fn, str) and v.fn == 'copyreg._reconstructor' or v.fn == 'copy_reg._reconstructor':
                if v.args[1] in ('builtins.tuple', '__builtin__.tuple', 'builtins.list', '__builtin__.list'):
                    self.walk(v.args[2], path)
            elif v.how in ('PERSID', 'BINPERSID'):
                return
            else:
                args = v.args if isinstance(v.args, (list, tuple)) else [v.args]
                for i, x in enumerate(args):
                    self.walk(x, '%s.__reduce__[1][%d]' % (path, i))
                if v.kwargs is not None:
                    self.walk(v.kwargs, path + '.__reduce__[1]')
            for i, x in enumerate(v.items):
                self.walk(x, '%s[%d]' % (path, i))
            for k, x in v.pairs:
                self.walk(x, '%s[%s]' % (path, key(k)))
            for s in v.states:
                self.state(s, path)

    def state(self, s, path):
        if isinstance(s, Dict):
            self.seen[id(s)] = s
            for k, x in s.pairs:
                name = text(k)
                self.walk(x, path + '.' + name if isinstance(name, str) and name.isidentifier() else '%s.__setstate__[%s]' % (path, key(k)))
        elif isinstance(s, tuple) and len(s) == 2 and all(x is None or isinstance(x, Dict) for x in s):
            for x in s:
                if x is not None:
                    self.state(x, path)
        else:
            self.walk(s, path + '.__setstate__')


def key(k):
    if isinstance(k, Text2):
        try:
            return repr(k.decode('ascii'))
        except UnicodeDecodeError:
            return repr(bytes(k))
    if isinstance(k, Bytes):
        return repr(bytes(k))
    if isinstance(k, tuple):
        return '(%s%s)' % (', '.join(key(x) for x in k), ',' if len(k) == 1 else '')
    return repr(k)


def arrays(data, start=0, buffers=(), prefix='', storages=None):
    """-> (entries of the pickle at start, its end)"""
    root, end = decode(data, start, buffers)
    f = Finder(storages)
    f.walk(root, prefix)
    return f.out, end


def torch_zip(path):
    """The entries of a torch zip file."""
    z = zipfile.ZipFile(path)
    name = [n for n in z.namelist() if n.endswith('/data.pkl')][0]
    top = name[:-len('data.pkl')]
    storages = {n[len(top) + 5:]: (None, z.read(n)) for n in z.namelist() if n.startswith(top + 'data/')}
    return arrays(z.read(name), storages=storages)[0]


def torch_legacy(data):
    """The entries of a legacy torch file, whose object is the fourth pickle."""
    end = 0
    for i in range(3):
        end = decode(data, end)[1]
    start = end
    root, end = decode(data, end)
    keys, end = decode(data, end)
    kinds = {}
    stack, seen = [root], set()
    while stack:
        v = stack.pop()
        if id(v) in seen:
            continue
        seen.add(id(v))
        if isinstance(v, Obj):
            if v.fn == 'persistent':
                kinds[text(v.args[2])] = v.args[1].split('.')[-1].replace('Storage', '')
            stack += [v.args, v.states, v.items, v.pairs]
        elif isinstance(v, Dict):
            stack += [v.pairs]
        elif isinstance(v, (list, tuple)):
            stack += list(v)
    storages = {}
    for k in keys:
        n = int.from_bytes(data[end:end + 8], 'little')
        t = TORCH[kinds[text(k)]]
        size = {'bfloat16': 2, 'qint8': 1}.get(t) or int(t[2:])
        storages[text(k)] = (end + 8, data[end + 8:end + 8 + n * size])
        end += 8 + n * size
    return arrays(data, start, prefix='#3', storages=storages)[0]


if __name__ == '__main__':
    for name in sys.argv[1:]:
        if zipfile.is_zipfile(name):
            out = torch_zip(name)
        else:
            with open(name, 'rb') as f:
                out = arrays(f.read())[0]
        for e in out:
            print(json.dumps(e))
