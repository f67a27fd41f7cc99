import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parsePlatform } from '../model/platform.ts';
import { composeBuildEnvironment } from './build-environment.ts';
import { make } from './builders/make.ts';
import { sampleDependency, sampleRecipe, sampleSubject } from './sample-subject.ts';

const subject = sampleSubject(sampleRecipe({ build: make() }));

test('a package without dependencies has the whole fixed environment', () => {
  assert.deepEqual(composeBuildEnvironment(subject), {
    BINFARM_RPATH: '@{prefix}/lib',
    CC: 'gcc',
    CFLAGS: '-O2 -ffile-prefix-map=@{build}=. -ffile-prefix-map=@{source}=.',
    CXX: 'g++',
    CXXFLAGS: '-O2 -ffile-prefix-map=@{build}=. -ffile-prefix-map=@{source}=.',
    F77: 'gfortran',
    FC: 'gfortran',
    FCFLAGS: '-O2 -ffile-prefix-map=@{build}=. -ffile-prefix-map=@{source}=.',
    FFLAGS: '-O2 -ffile-prefix-map=@{build}=. -ffile-prefix-map=@{source}=.',
    LC_ALL: 'C.UTF-8',
    PATH: '/usr/bin:/bin',
    PYTHONDONTWRITEBYTECODE: '1',
    PYTHONHASHSEED: '0',
    SOURCE_DATE_EPOCH: '946684800',
    TZ: 'UTC',
  });
});

test('linked packages are seen by compiler, linker and loader, programs that run by PATH only', () => {
  const dependencies = [
    sampleDependency('zlib', ['build', 'link']),
    sampleDependency('python', ['run']),
    sampleDependency('cmake', ['build']),
  ];
  const env = composeBuildEnvironment({ ...subject, dependencies });
  assert.equal(env.CPATH, '@{dep:zlib}/include');
  assert.equal(env.LIBRARY_PATH, '@{dep:zlib}/lib');
  assert.equal(env.BINFARM_RPATH, '@{prefix}/lib:@{dep:zlib}/lib');
  assert.equal(env.PATH, '@{dep:zlib}/bin:@{dep:python}/bin:/usr/bin:/bin');
  assert.equal(env.CMAKE_PREFIX_PATH, '@{dep:zlib}:@{dep:python}');
  assert.match(env.PKG_CONFIG_PATH ?? '', /^@\{dep:zlib\}\/lib\/pkgconfig:/);
});

const flags: readonly (readonly [platform: string, starts: string])[] = [
  ['x86_64-debian12-gcc12-opt', '-O2 -ffile'],
  ['x86_64+avx2+fma-debian12-gcc12-opt', '-O2 -mavx2 -mfma -ffile'],
  ['x86_64_v3-debian12-gcc12-opt', '-O2 -march=x86-64-v3 -ffile'],
];

for (const [name, starts] of flags) {
  test(`flags on ${name} begin with ${starts}`, () => {
    const env = composeBuildEnvironment({ ...subject, platform: parsePlatform(name) });
    assert.ok(env.CXXFLAGS?.startsWith(starts), env.CXXFLAGS);
  });
}

test('a platform with clang builds with clang', () => {
  const env = composeBuildEnvironment({ ...subject, platform: parsePlatform('x86_64-debian12-clang14-opt') });
  assert.deepEqual([env.CC, env.CXX, env.FC], ['clang', 'clang++', 'gfortran']);
});
