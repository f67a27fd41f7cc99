import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ImportedPackage } from '../index/imported-package.ts';
import { readSpackPackage } from './read-spack-package.ts';
import { createSpackReader } from './spack-reader.ts';
import { classNameOf } from './spack-repository.ts';

const buildSystems: Readonly<Record<string, string>> = {
  'build_systems/cmake.py': `
from spack.package import PackageBase, build_system, depends_on, variant, when

def generator(*names, default=None):
    variant("generator", default=default or names[0], values=lambda x: x in names, when="build_system=cmake")
    for other in [x for x in ("make", "ninja") if x not in names]:
        conflicts(f"generator={other}")

class CMakePackage(PackageBase):
    build_system("cmake")
    with when("build_system=cmake"):
        variant("build_type", default="Release", values=("Debug", "Release"))
        depends_on("cmake", type="build")
`,
  'build_systems/accelerators.py': `
from spack.package import *

class CudaPackage(PackageBase):
    cuda_arch_values = ("70", "80")
    variant("cuda", default=False, description="Build with CUDA")
    variant("cuda_arch", values=any_combination_of(*cuda_arch_values), when="+cuda")
    depends_on("cuda", when="+cuda")
`,
};

/** Reads a package whose class has these lines. */
function read(lines: string, options: { readonly head?: string; readonly bases?: string } = {}): ImportedPackage {
  const { head = '', bases = 'Package' } = options;
  const body = lines.replace(/^/gm, '    ');
  const text = `from spack.package import *\n${head}\nclass Sample(${bases}):\n    """A sample for tests. It has two sentences."""\n${body}\n`;
  const files: Readonly<Record<string, string>> = { ...buildSystems, 'packages/sample/package.py': text };
  const reader = createSpackReader(
    {
      read: (path) => files[path],
      pathOf: (module) =>
        module.includes('build_systems.') ? `build_systems/${module.split('.').at(-1)}.py` : undefined,
    },
    { machine: 'x86_64' },
  );
  return readSpackPackage({ name: 'sample', file: 'packages/sample/package.py' }, reader).imported;
}

/** Dependencies as `spec / types / conditions`. */
function dependenciesOf({ dependencies }: ImportedPackage): string[] {
  return dependencies.map(({ spec, types, when }) => [spec, types.join(), ...(when ?? [])].join(' / '));
}

const dependencyCases: Readonly<Record<string, readonly string[]>> = {
  'depends_on("zlib")': ['zlib / build,link'],
  'depends_on("zlib@1:", type=("run", "build"), when="+z")': ['zlib@1: / build,run / +z'],
  'depends_on("zlib", "+z", "run")': ['zlib / run / +z'],
  'depends_on("zlib", type="all")': ['zlib / build,link,run,test'],
  'for v in ("1", "2"):\n    depends_on(f"a@{v}", when="@%s" % v)': ['a@1 / build,link / @1', 'a@2 / build,link / @2'],
  'with when("@2:"):\n    with when("+x"):\n        depends_on("a", when="~y")': ['a / build,link / @2: / +x / ~y'],
  'with default_args(type="run"):\n    depends_on("a")\n    depends_on("b", type="build")': ['a / run', 'b / build'],
  'with when(False):\n    depends_on("a")\ndepends_on("b", when=sys.platform == "darwin")\ndepends_on("c2", when=sys.platform == "linux")':
    ['c2 / build,link'],
  'if sys.platform != "linux":\n    depends_on("a")\nelif platform.machine() == "x86_64":\n    depends_on("b")': [
    'b / build,link',
  ],
  'extends("python@3:")': ['python@3: / build,run', 'python-venv / build,run'],
  'pairs = {"1": "a", "2": "b"}\nfor v, d in pairs.items():\n    depends_on(d, when=f"@{v}")': [
    'a / build,link / @1',
    'b / build,link / @2',
  ],
  'def needs(name, **kwargs):\n    depends_on(name, **kwargs)\nneeds("a", type="link")': ['a / link'],
};

for (const [lines, expected] of Object.entries(dependencyCases)) {
  test(`dependencies are read of ${JSON.stringify(lines)}`, () => {
    const imported = read(lines, { head: 'import sys\nimport platform\n' });
    assert.deepEqual(imported.unread, []);
    assert.deepEqual(dependenciesOf(imported), expected);
  });
}

test('versions are read with what is known of them, the last declaration of one counts', () => {
  const { versions } = read(
    'version("main", branch="main")\nversion("2.0", sha256="0" * 64, preferred=True)\nversion("1.0", deprecated=False)\nversion("1.0", deprecated=True, url=f"https://x.org/{os.getcwd()}")',
    { head: 'import os\n' },
  );
  assert.deepEqual(versions, [
    { version: 'main' },
    { version: '2.0', preferred: true },
    { version: '1.0', deprecated: true },
  ]);
});

test('variants are read with their kinds, values, groups and conditions', () => {
  const { variants, unread } = read(
    `variant("a", default=True, description="Switches a")
variant("b", default="x", values=("x", "y", conditional("z", "w", when="@2:")), multi=False)
variant("c", values=disjoint_sets(("p", "q"), ("r",)).with_default("p,q"))
variant("d", default="1,2", values=("1", "2", "3"), multi=True, when="+a")
variant("e", default="any", values=lambda x: True)`,
  );
  assert.deepEqual(unread, []);
  const short = variants
    .filter(({ name }) => name !== 'build_system')
    .map(({ file: _file, line: _line, when, ...rest }) => ({ ...rest, ...(when?.length ? { when } : {}) }));
  assert.deepEqual(short, [
    { name: 'a', kind: 'bool', default: true, summary: 'Switches a' },
    {
      name: 'b',
      kind: 'single',
      default: ['x'],
      values: ['x', 'y', 'z', 'w'],
      valueWhen: { z: ['@2:'], w: ['@2:'] },
    },
    {
      name: 'c',
      kind: 'multi',
      default: ['p', 'q'],
      values: ['none', 'p', 'q', 'r'],
      sets: [['none'], ['p', 'q'], ['r']],
    },
    { name: 'd', kind: 'multi', default: ['1', '2'], values: ['1', '2', '3'], when: ['+a'] },
    { name: 'e', kind: 'single', default: ['any'] },
  ]);
});

test('what build systems and mixed-in classes declare comes first, with the file where it stands', () => {
  const head =
    'from spack_repo.builtin.build_systems.cmake import CMakePackage, generator\nfrom spack_repo.builtin.build_systems.accelerators import CudaPackage\n';
  const imported = read(
    'generator("ninja")\nfor arch in CudaPackage.cuda_arch_values:\n    conflicts(f"cuda_arch={arch}", when="@:1")',
    { head, bases: 'CMakePackage, CudaPackage' },
  );
  assert.deepEqual(imported.unread, []);
  assert.deepEqual(
    imported.variants.map(({ name, file }) => `${name} ${file}`),
    [
      'cuda build_systems/accelerators.py',
      'cuda_arch build_systems/accelerators.py',
      'build_system build_systems/cmake.py',
      'build_type build_systems/cmake.py',
      'generator packages/sample/package.py',
    ],
  );
  assert.deepEqual(dependenciesOf(imported), ['cuda / build,link / +cuda', 'cmake / build / build_system=cmake']);
  assert.deepEqual(
    imported.conflicts.map(({ spec }) => spec),
    ['generator=make', 'cuda_arch=70', 'cuda_arch=80'],
  );
});

test('the first sentence of the class says what the package is', () => {
  const { summary, homepage } = read('homepage = "https://x.org"');
  assert.deepEqual([summary, homepage], ['A sample for tests', 'https://x.org']);
});

const unreadCases: Readonly<Record<string, readonly [directive: string, reason: RegExp]>> = {
  'depends_on(os.environ["DEP"])': ['depends_on', /os\.environ/],
  'if os.path.exists("/opt"):\n    conflicts("+x")': ['conflicts', /os\.path\.exists/],
  'while True:\n    depends_on("a")': ['depends_on', /"while" is not read/],
  'with open("f"):\n    depends_on("a")': ['depends_on', /with/],
  'depends_on("a", type="nonsense")': ['depends_on', /no type/],
  'variant("x")': ['variant', /no default/],
};

for (const [lines, [directive, reason]] of Object.entries(unreadCases)) {
  test(`what is not known without running it is told and left out: ${JSON.stringify(lines)}`, () => {
    const imported = read(`${lines}\ndepends_on("zlib")`, { head: 'import os\n' });
    assert.equal(imported.unread.length, 1);
    assert.equal(imported.unread[0]!.directive, directive);
    assert.match(imported.unread[0]!.reason, reason);
    assert.deepEqual(dependenciesOf(imported), ['zlib / build,link']);
  });
}

test('a recipe without the class of its name, or that is no Python, is told as unread', () => {
  assert.match(read('', { head: 'x = """' }).unread[0]!.reason, /does not end/);
  assert.match(read('version("1")', { bases: 'Unknown' }).unread[0]!.reason, /"Unknown" is not known/);
});

test('the class of a package has its name in capitals', () => {
  const names = ['py-numpy', '7zip', 'r-rcpp', 'zlib', 'acts-dd4hep'].map(classNameOf);
  assert.deepEqual(names, ['PyNumpy', '_7zip', 'RRcpp', 'Zlib', 'ActsDd4hep']);
});
