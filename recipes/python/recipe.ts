import { autotools, compileAndRun, type RecipeContext, recipe, type Step } from 'binfarm';

/** Modules that need libraries which no recipe has; without this, what a build finds of them would be left to chance. */
const switchedOff = ['_crypt', '_dbm', '_gdbm', '_tkinter', '_uuid', 'nis'];

/** The standard library's own modules that cannot be imported without those, in the words of the test. */
const unusable = [...switchedOff, 'crypt', 'tkinter', 'turtle'];

/** Where the build looks for libraries: beside what it always does, where the compiler is told to. */
const searchPaths = `        self.add_ldflags_cppflags()
        for variable, folders in (('CPATH', self.compiler.include_dirs), ('LIBRARY_PATH', self.compiler.library_dirs)):
            for folder in reversed(os.environ.get(variable, '').split(':')):
                add_dir_to_list(folders, folder)
`;

/** Where the interpreter is looked for last, by what was compiled in: without the slashes that fill it up after a relocation. */
const compiledIn = (name: string) =>
  `${name.toLowerCase()} = '/' + '/'.join(part for part in ${name}.split('/') if part)\n`;

const everyModule = `import importlib, os, sys
elsewhere = {'antigravity', 'this', '_msi', '_overlapped', '_scproxy', '_winapi', 'msilib', 'msvcrt', 'nt', 'winreg', 'winsound'}
missing = set()
for name in sys.stdlib_module_names - elsewhere:
    try:
        importlib.import_module(name)
    except ImportError:
        missing.add(name)
missing = {name for name in missing if not name.startswith('_test') and name not in ('_xxtestfuzz', '_ctypes_test')}
assert missing == set(${JSON.stringify(unusable)}), missing
`;

const libraries = `import bz2, ctypes, curses, hashlib, json, lzma, os, readline, sqlite3, ssl, sys, zlib
from multiprocessing import Lock
from pathlib import Path
from xml.etree import ElementTree
prefix = sys.argv[1]
assert sys.prefix == sys.base_prefix == sys.exec_prefix == prefix, sys.prefix
assert json.loads.__code__.co_filename.startswith(prefix + '/lib/'), json.loads.__code__.co_filename
assert Path(json.__spec__.cached).read_bytes()[4:8] == bytes([1, 0, 0, 0]), 'byte code is not of the kind that is never checked'
text = b'a text that is compressed' * 100
for module in (bz2, lzma, zlib):
    packed = module.compress(text)
    assert len(packed) < 300 and module.decompress(packed) == text
assert hashlib.new('sha3_256', b'').hexdigest().startswith('a7ffc6f8') and hashlib.scrypt(b'a', salt=b'b', n=2, r=1, p=1)
context = ssl.create_default_context()
folder = os.path.realpath(os.path.dirname(ssl.get_default_verify_paths().openssl_cafile))
assert folder.startswith(os.path.dirname(prefix) + '/openssl-') and os.path.exists(folder + '/openssl.cnf'), folder
assert sqlite3.connect(':memory:').execute('select 6 * 7').fetchone() == (42,)
numbers = (ctypes.c_int * 3)(3, 1, 2)
compare = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_int), ctypes.POINTER(ctypes.c_int))
ctypes.CDLL(None).qsort(numbers, 3, ctypes.sizeof(ctypes.c_int), compare(lambda a, b: a[0] - b[0]))
assert list(numbers) == [1, 2, 3]
curses.setupterm('tvi925', 1)
assert curses.tigetnum('lines') == 24
readline.add_history('line')
assert readline.get_current_history_length() == 1
assert ElementTree.fromstring('<a><b/></a>').find('b') is not None
with Lock():
    pass
`;

/** Says where the interpreter is by nothing but what was compiled in: the program is elsewhere. */
const embedded = `#include <Python.h>
#include <stdlib.h>
int main(int count, char **arguments) {
  setenv("EXPECTED", arguments[1], 1);
  Py_Initialize();
  return PyRun_SimpleString("import os, sys, zlib\\nassert sys.prefix == sys.exec_prefix == os.environ['EXPECTED'], sys.prefix");
}
`;

function programs({ prefix }: RecipeContext): readonly Step[] {
  return [
    [`${prefix}/bin/pip3`, '--version'],
    [`${prefix}/bin/pydoc3`, 'json'],
    ['sh', '-ec', `test "$(${prefix}/bin/python3-config --prefix)" = ${prefix}`],
    [`${prefix}/bin/python3`, '-m', 'venv', 'own'],
    ['@{build}/own/bin/pip', '--version'],
    ['@{build}/own/bin/python', '-c', `import ssl, sys; assert sys.base_prefix == '${prefix}' != sys.prefix`],
  ];
}

export default recipe({
  name: 'python',
  summary: 'Programming language, with its standard library and pip',
  homepage: 'https://www.python.org',
  license: 'Python-2.0.1',
  category: 'language',
  source: (version) => `https://www.python.org/ftp/python/${version}/Python-${version}.tgz`,
  versions: {
    '3.11.2': {
      sha256: '2411c74bda5bbcfcddaf4531f66d1adc73f247f529aee981b029513aefdbf849',
      debian: 'python3.11_3.11.2.orig.tar.gz',
    },
  },
  variants: {
    tests: { default: false, summary: "Python's own tests" },
  },
  depends: [
    'bzip2@1:',
    'expat@2:',
    'libffi@3:',
    'ncurses@6:',
    'openssl@1.1.1:',
    'readline@8:',
    'sqlite3@3.7.15:',
    'xz@5:',
    'zlib@1.2:',
  ],
  build: autotools(
    ({ dep, enable }) => [
      `--with-openssl=${dep('openssl')}`,
      '--with-system-expat',
      '--with-system-ffi',
      '--with-dbmliborder=',
      '--with-ensurepip=install',
      '--enable-loadable-sqlite-extensions',
      '--without-static-libpython',
      // of its own it adds -g and a level of optimisation, which are the build type's to say
      'OPT=-DNDEBUG -fwrapv -Wall',
      enable('tests', 'test-modules'),
    ],
    {
      prepare: [
        { do: 'write', path: 'Modules/Setup.local', text: `*disabled*\n${switchedOff.join(' ')}\n` },
        { do: 'edit', path: 'setup.py', find: '        self.add_ldflags_cppflags()\n', replace: searchPaths },
        // it would take the folder's name in what ldd prints, "ncurses-6.4-…", for that of a library
        { do: 'edit', path: 'setup.py', find: "elif find_executable('ldd'):", replace: 'elif False:' },
        ...['PREFIX', 'EXEC_PREFIX'].map(
          (name) =>
            ({
              do: 'edit',
              path: 'Modules/getpath.py',
              find: ` ${name.toLowerCase()} = ${name}\n`,
              replace: ` ${compiledIn(name)}`,
            }) as const,
        ),
        // byte code is made below, once instead of at three levels
        { do: 'edit', path: 'Makefile.pre.in', find: '$(DESTDIR)$(LIBDEST)/compileall.py', replace: '-c pass' },
      ],
      after: { install: compileModules },
    },
  ),
  test: {
    modules: ({ prefix }) => [
      { do: 'write', path: 'libraries.py', text: libraries },
      [`${prefix}/bin/python3`, 'libraries.py', prefix],
      { do: 'write', path: 'every.py', text: everyModule },
      [`${prefix}/bin/python3`, 'every.py'],
    ],
    programs,
    embedded: (context) =>
      compileAndRun(context, {
        language: 'c',
        flags: [`-I${context.prefix}/include/python3.11`],
        libraries: ['python3.11'],
        args: [context.prefix],
        text: embedded,
      }),
  },
});

/** Byte code that is believed without a look at its source, whose time and size change when a package is installed elsewhere; and without
 * the folder of the build in it, since Python puts the right one in when it loads a module. So one file of byte code has to be relocated, that of the
 * build's settings, and not 1400. Measured with a program that imports 20 modules: 0.11 s; 0.12 s where the digest of each source is checked, 1.2 s without byte code. */
function compileModules({ prefix }: RecipeContext): readonly Step[] {
  const how = ['-q', '-f', '-j', '1', '--invalidation-mode', 'unchecked-hash', '-s', prefix];
  return [
    [
      `${prefix}/bin/python3`,
      '-m',
      'compileall',
      ...how,
      '-x',
      'bad_coding|badsyntax|lib2to3/tests/data',
      `${prefix}/lib/python3.11`,
    ],
    ['sh', '-ec', `rm ${prefix}/bin/idle3*`],
    ['ln', '-s', 'python3', `${prefix}/bin/python`],
  ];
}
