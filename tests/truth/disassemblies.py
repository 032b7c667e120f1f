"""What `python -m pickletools [--annotate] FILE` of CPython 3.13 prints for every bare pickle among the fixtures.

usage: python3.13 disassemblies.py          writes tests/fixtures/dis/
"""
import hashlib
import io
import json
import os
import pickletools
import sys
import traceback

assert sys.version_info[:2] == (3, 13)
HERE = os.path.dirname(os.path.abspath(__file__))
FIXTURES = os.path.normpath(os.path.join(HERE, '..', 'fixtures'))
MAGIC = (b'\x1f\x8b', b'BZh', b'\xfd7zXZ', b']\x00\x00', b'\x28\xb5\x2f\xfd', b'\x04\x22\x4d\x18', b'PK\x03\x04',
         b'\x93NUMPY', b'ZF', b'x\x01', b'x\x5e', b'x\x9c', b'x\xda', b'SQLite')
# damage/ has files that are no pickle at all; picklescope says so instead of disassembling them
NOT_PICKLES = ('empty', 'git_lfs', 'html', 'html_space', 'xml', 'json_object', 'json_list', 'json_words', 'png', 'hdf5', 'parquet',
               'safetensors', 'gguf', 'sqlite', 'zeros', 'base64_p2', 'base64_p3', 'base64_p4', 'base64_p5', 'base64_lines', 'base64_p0',
               'hex', 'repr', 'repr_double', 'text', 'python_source', 'csv', 'utf8_replaced', 'utf8_replaced_p2', 'latin1_utf8',
               'latin1_utf8_p2', 'cp1252_utf8', 'bom', 'junk_before', 'junk_before_p2', 'length_prefixed')
FULL = ('numpy/np116_p0_F.pkl', 'numpy/np116_p2_obj.pkl', 'numpy/np111_p1_bytes256.pkl', 'numpy/np2_p4_struct_titles.pkl',
        'numpy/np2_p5_struct_nested.pkl', 'numpy/np2_p5_K.pkl', 'numpy/np2_p5_f8_oob_readonly.pkl', 'other/plain.joblib',
        'other/pandas3.1.1_df_p5.pkl', 'other/torch2.8.0_views_legacy.pt', 'builtins/py3.13_p5.pkl', 'builtins/py2.7_p0.pkl',
        'builtins/py3.13_std_p4.pkl', 'hostile/proto_in_middle.pkl')


def dis(path, annotate):
    """-> (stdout, the last line of stderr or None)"""
    out = io.StringIO()
    error = None
    with open(path, 'rb') as f:
        try:
            pickletools.dis(f, out, None, 4, 30 if annotate else 0)
        except Exception as e:
            error = ''.join(traceback.format_exception_only(e)).strip().split('\n')[-1]
    return out.getvalue(), error


def corpus():
    for folder, dirs, files in os.walk(FIXTURES):
        dirs[:] = sorted(d for d in dirs if d not in ('dis', 'verdicts'))
        for name in sorted(files):
            if name.endswith(('.py', '.md', '.json', '.tsv', '.csv', '.buf0', '.npy', '.tar', '.bin', '.bak', '.dir', '.txt')) or name.startswith('.'):
                continue
            path = os.path.join(folder, name)
            with open(path, 'rb') as f:
                head = f.read(8)
            if head and not head.startswith(MAGIC):
                yield os.path.relpath(path, FIXTURES), path


def main():
    folder = os.path.join(FIXTURES, 'dis')
    os.makedirs(folder, exist_ok=True)
    table = {}
    for name, path in corpus():
        if name.startswith('damage/') and os.path.basename(name)[:-4] in NOT_PICKLES:
            continue
        plain, error = dis(path, False)
        annotate, error2 = dis(path, True)
        assert error == error2
        sha = lambda s: hashlib.sha256(s.encode()).hexdigest()
        table[name] = {'plain': sha(plain), 'annotate': sha(annotate), 'lines': plain.count('\n'), 'error': error}
        if name in FULL:
            for kind, text in (('plain', plain), ('annotate', annotate)):
                if len(text) > 60000:
                    continue
                with open(os.path.join(folder, '%s.%s.txt' % (name.replace('/', '.'), kind)), 'w', newline='\n') as f:
                    f.write(text)
    with open(os.path.join(folder, 'dis.json'), 'w') as f:
        f.write('{\n' + ',\n'.join('%s: %s' % (json.dumps(k), json.dumps(v)) for k, v in sorted(table.items())) + '\n}\n')
    print(len(table), 'files,', sum(v['error'] is not None for v in table.values()), 'with an error')
    for name in FULL:
        if name not in table:
            print('missing', name)


if __name__ == '__main__':
    main()
