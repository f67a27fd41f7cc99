import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatSpec } from './format-spec.ts';
import { parseSpec } from './parse-spec.ts';
import type { Spec, VariantRequest } from './spec.ts';
import { formatVersionRange, isAnyVersion } from './version-range.ts';

/** A spec in few words: versions as text, one value as a text, a compiler as `gcc@12:`; what is empty is left out. */
interface Brief {
  readonly name?: string;
  readonly at?: string;
  readonly with?: Readonly<Record<string, boolean | string | readonly string[]>>;
  readonly platform?: string;
  readonly os?: string;
  readonly target?: string;
  readonly compiler?: string;
  readonly needs?: readonly Brief[];
}

function briefOf(spec: Spec): Brief {
  const { compiler, ...facts } = spec.platform;
  const entries = Object.entries(spec.variants);
  const at = (range: Spec['versions']) => (isAnyVersion(range) ? '' : formatVersionRange(range));
  return {
    ...(spec.name !== undefined && { name: spec.name }),
    ...(!isAnyVersion(spec.versions) && { at: at(spec.versions) }),
    ...(entries.length > 0 && {
      with: Object.fromEntries(entries.map(([key, request]) => [key, briefRequest(request)])),
    }),
    ...facts,
    ...(compiler && { compiler: [compiler.name, at(compiler.versions)].filter((part) => part !== '').join('@') }),
    ...(spec.dependencies.length > 0 && { needs: spec.dependencies.map(briefOf) }),
  };
}

function briefRequest(request: VariantRequest): boolean | string | readonly string[] {
  return typeof request !== 'boolean' && request.length === 1 ? (request[0] ?? '') : request;
}

const table: readonly (readonly [text: string, brief: Brief])[] = [
  // names
  ['zlib', { name: 'zlib' }],
  ['  zlib  ', { name: 'zlib' }],
  ['py-numpy', { name: 'py-numpy' }],
  ['r-s4vectors', { name: 'r-s4vectors' }],
  ['3dtk', { name: '3dtk' }],
  ['7zip', { name: '7zip' }],
  ['glu_x', { name: 'glu_x' }],
  ['a.b', { name: 'a.b' }],
  // versions
  ['zlib@1.2', { name: 'zlib', at: '1.2' }],
  ['zlib @1.2', { name: 'zlib', at: '1.2' }],
  ['zlib@ 1.2', { name: 'zlib', at: '1.2' }],
  ['zlib@=1.2.13', { name: 'zlib', at: '=1.2.13' }],
  ['zlib@1.2:', { name: 'zlib', at: '1.2:' }],
  ['zlib@:1.2', { name: 'zlib', at: ':1.2' }],
  ['zlib@1.2:1.4', { name: 'zlib', at: '1.2:1.4' }],
  ['zlib@1.2:1.2', { name: 'zlib', at: '1.2' }],
  ['zlib@:', { name: 'zlib' }],
  ['@1.2', { at: '1.2' }],
  ['@:', {}],
  ['@=2', { at: '=2' }],
  ['@:3', { at: ':3' }],
  ['@3:', { at: '3:' }],
  ['@develop', { at: 'develop' }],
  ['@main,1.2:1.4', { at: '1.2:1.4,main' }],
  ['@3.1:,main', { at: '3.1:' }],
  ['@1.2, 1.4', { at: '1.2,1.4' }],
  ['@1.2 ,1.4:', { at: '1.2,1.4:' }],
  ['@:2.4,2.14:2.19', { at: ':2.4,2.14:2.19' }],
  ['@=1.2,=1.4', { at: '=1.2,=1.4' }],
  ['@2023-03-24:', { at: '2023-03-24:' }],
  ['@6-34-04', { at: '6-34-04' }],
  ['@1.3-7:1.3-7', { at: '1.3-7' }],
  ['@2_0_1', { at: '2_0_1' }],
  ['@8.1.0a', { at: '8.1.0a' }],
  ['@2.0-rc1:', { at: '2.0-rc1:' }],
  ['@git.main', { at: 'git.main' }],
  ['@05ea2e11e69a539a15c43d9b28902c548cc67fe5', { at: '05ea2e11e69a539a15c43d9b28902c548cc67fe5' }],
  ['@1.1:2.7.18,3:', { at: '1.1:2.7.18,3:' }],
  // switches
  ['+mpi', { with: { mpi: true } }],
  ['~mpi', { with: { mpi: false } }],
  ['-mpi', { with: { mpi: false } }],
  ['+ mpi', { with: { mpi: true } }],
  ['~ mpi', { with: { mpi: false } }],
  ['+mpi~openmp', { with: { mpi: true, openmp: false } }],
  ['+mpi -openmp', { with: { mpi: true, openmp: false } }],
  ['+superlu-dist', { with: { 'superlu-dist': true } }],
  ['+ARKODE +CVODE', { with: { ARKODE: true, CVODE: true } }],
  ['+_x', { with: { _x: true } }],
  ['+mpi+mpi', { with: { mpi: true } }],
  ['hdf5+mpi', { name: 'hdf5', with: { mpi: true } }],
  ['hdf5~mpi', { name: 'hdf5', with: { mpi: false } }],
  ['hdf5 -mpi', { name: 'hdf5', with: { mpi: false } }],
  ['hdf5-mpi', { name: 'hdf5-mpi' }],
  ['hdf5+mpi-hl', { name: 'hdf5', with: { 'mpi-hl': true } }],
  ['hdf5@1.14:1.14+mpi', { name: 'hdf5', at: '1.14', with: { mpi: true } }],
  ['hdf5+mpi@1.14', { name: 'hdf5', at: '1.14', with: { mpi: true } }],
  ['hdf5@1.14:-mpi', { name: 'hdf5', at: '1.14:', with: { mpi: false } }],
  ['hdf5@1.14-mpi', { name: 'hdf5', at: '1.14-mpi' }],
  ['hdf5@1.14~mpi', { name: 'hdf5', at: '1.14', with: { mpi: false } }],
  // values
  ['cxxstd=17', { with: { cxxstd: '17' } }],
  ['libs=shared,static', { with: { libs: ['shared', 'static'] } }],
  ['libs=static,shared,static', { with: { libs: ['shared', 'static'] } }],
  ['languages=c,c++,fortran', { with: { languages: ['c', 'c++', 'fortran'] } }],
  ['amdgpu_target=gfx90a:xnack-', { with: { amdgpu_target: 'gfx90a:xnack-' } }],
  ['gpu=nvidia-121f', { with: { gpu: 'nvidia-121f' } }],
  ['build_type=Release', { with: { build_type: 'Release' } }],
  ['shared=True', { with: { shared: true } }],
  ['shared=false', { with: { shared: false } }],
  ["programs='bsdtar'", { with: { programs: 'bsdtar' } }],
  ['note="two words"', { with: { note: 'two words' } }],
  ['note="say \\"no\\""', { with: { note: 'say "no"' } }],
  ['path=/usr/lib:/lib', { with: { path: '/usr/lib:/lib' } }],
  ['key=a+b', { with: { key: 'a+b' } }],
  ['key=a^b%c', { with: { key: 'a^b%c' } }],
  ['key=a=b', { with: { key: 'a=b' } }],
  ['a.b=1', { with: { 'a.b': '1' } }],
  ['backend=hip_only,omp2_gridblock', { with: { backend: ['hip_only', 'omp2_gridblock'] } }],
  ['fftw precision=float,double', { name: 'fftw', with: { precision: ['double', 'float'] } }],
  ['hepmc3@3.1: +python cxxstd=17', { name: 'hepmc3', at: '3.1:', with: { python: true, cxxstd: '17' } }],
  ['cxxstd=17 +python', { with: { python: true, cxxstd: '17' } }],
  ['@1.2:cxxstd=17', { at: '1.2:', with: { cxxstd: '17' } }],
  ['@1.2:build-type=x', { at: '1.2:', with: { 'build-type': 'x' } }],
  ['boost@1.81: libs=system,filesystem', { name: 'boost', at: '1.81:', with: { libs: ['filesystem', 'system'] } }],
  ['__proto__=x', { with: Object.fromEntries([['__proto__', 'x']]) }],
  ['+constructor', { with: Object.fromEntries([['constructor', true]]) }],
  // facts of the platform
  ['platform=linux', { platform: 'linux' }],
  ['os=debian12', { os: 'debian12' }],
  ['operating_system=debian12', { os: 'debian12' }],
  ['target=x86_64:', { target: 'x86_64:' }],
  ['target=x86_64:,aarch64:', { target: 'x86_64:,aarch64:' }],
  ['target=:x86_64_v2', { target: ':x86_64_v2' }],
  ['arch=linux-rhel9-zen4', { platform: 'linux', os: 'rhel9', target: 'zen4' }],
  ['arch=linux-None-zen4', { platform: 'linux', target: 'zen4' }],
  ['arch=aarch64', { target: 'aarch64' }],
  ['arch=ppc64le: %gcc', { target: 'ppc64le:', compiler: 'gcc' }],
  ['platform=darwin @1.2', { at: '1.2', platform: 'darwin' }],
  ['@1.1.2:platform=windows', { at: '1.1.2:', platform: 'windows' }],
  ['+fiber platform=windows', { with: { fiber: true }, platform: 'windows' }],
  ['target=x86_64: @2.15:', { at: '2.15:', target: 'x86_64:' }],
  ['zlib os=debian12 os=debian12', { name: 'zlib', os: 'debian12' }],
  // compilers
  ['%gcc', { compiler: 'gcc' }],
  ['% gcc', { compiler: 'gcc' }],
  ['%gcc@12', { compiler: 'gcc@12' }],
  ['%gcc @12', { compiler: 'gcc@12' }],
  ['%gcc@:9,11:', { compiler: 'gcc@:9,11:' }],
  ['%gcc@=12.2.0', { compiler: 'gcc@=12.2.0' }],
  ['%clang', { compiler: 'clang' }],
  ['%llvm@16:', { compiler: 'clang@16:' }],
  ['%apple-clang@:14', { compiler: 'apple-clang@:14' }],
  ['%oneapi@2024:', { compiler: 'oneapi@2024:' }],
  ['%intel-oneapi-compilers', { compiler: 'oneapi' }],
  ['%intel@2021', { compiler: 'intel@2021' }],
  ['%xl_r', { compiler: 'xl' }],
  ['%nvhpc', { compiler: 'nvhpc' }],
  ['%msvc', { compiler: 'msvc' }],
  ['%rocmcc', { compiler: 'rocmcc' }],
  ['@1.2%gcc@12', { at: '1.2', compiler: 'gcc@12' }],
  ['+cuda%nvhpc', { with: { cuda: true }, compiler: 'nvhpc' }],
  ['zlib%gcc@12:', { name: 'zlib', compiler: 'gcc@12:' }],
  ['zlib %gcc@12: target=x86_64:', { name: 'zlib', compiler: 'gcc@12:', target: 'x86_64:' }],
  ['zlib %gcc@12:target=x86_64:', { name: 'zlib', compiler: 'gcc@12:', target: 'x86_64:' }],
  // dependencies
  ['^zlib', { needs: [{ name: 'zlib' }] }],
  ['^ zlib', { needs: [{ name: 'zlib' }] }],
  ['^python@:3.9', { needs: [{ name: 'python', at: ':3.9' }] }],
  ['^fmt@9%gcc', { needs: [{ name: 'fmt', at: '9', compiler: 'gcc' }] }],
  ['%gcc ^openmpi', { compiler: 'gcc', needs: [{ name: 'openmpi' }] }],
  ['hdf5^mpich^zlib', { name: 'hdf5', needs: [{ name: 'mpich' }, { name: 'zlib' }] }],
  ['hdf5 ^zlib ^mpich', { name: 'hdf5', needs: [{ name: 'zlib' }, { name: 'mpich' }] }],
  [
    'hdf5+mpi ^mpich@4:+x ~y',
    { name: 'hdf5', with: { mpi: true }, needs: [{ name: 'mpich', at: '4:', with: { x: true, y: false } }] },
  ],
  [
    '+cuda cuda_arch=90 ^hypre+cuda cuda_arch=90',
    { with: { cuda: true, cuda_arch: '90' }, needs: [{ name: 'hypre', with: { cuda: true, cuda_arch: '90' } }] },
  ],
  ['@2.13: ^python@:3.9', { at: '2.13:', needs: [{ name: 'python', at: ':3.9' }] }],
  ['^cairo@1.17.8: platform=darwin', { needs: [{ name: 'cairo', at: '1.17.8:', platform: 'darwin' }] }],
  ['platform=linux ^vtk@8', { platform: 'linux', needs: [{ name: 'vtk', at: '8' }] }],
  [
    'foo@1.2+bar~baz key=v ^dep',
    { name: 'foo', at: '1.2', with: { bar: true, baz: false, key: 'v' }, needs: [{ name: 'dep' }] },
  ],
  ['a@1:2 +b\n  ~c\td=e ^f', { name: 'a', at: '1:2', with: { b: true, c: false, d: 'e' }, needs: [{ name: 'f' }] }],
];

for (const [text, brief] of table) {
  test(`parseSpec reads ${JSON.stringify(text)}`, () => {
    const spec = parseSpec(text);
    assert.deepEqual(briefOf(spec), brief);
    assert.deepEqual(parseSpec(formatSpec(spec)), spec);
  });
}
