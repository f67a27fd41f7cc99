import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFarmError } from '../core/farm-error.ts';
import { parseSpec } from './parse-spec.ts';

for (const [text, character, state] of [
  ['', 1, 'a package or a condition is expected'],
  ['   ', 1, 'a package or a condition is expected'],
  ['zlib@', 5, 'a version is expected'],
  ['zlib@=', 6, '"=" is not expected'],
  ['zlib@ +x', 5, 'a version is expected'],
  ['@6:5', 1, 'not a range'],
  ['zlib@1:2:3', 9, '":" is not expected'],
  ['zlib@1.2@1.3', 9, 'given twice'],
  ['zlib@=1:2', 5, 'not a range'],
  ['zlib@1,', 5, 'not a range'],
  ['zlib@_1', 5, 'not a range'],
  ['zlib bzip2', 6, 'second name'],
  ['+x zlib', 4, 'second name'],
  ['@1.2 zlib', 6, 'second name'],
  ['Zlib', 1, 'cannot be the name'],
  ['_x', 1, 'cannot be the name'],
  ['^Zlib', 2, 'cannot be the name'],
  ['x'.repeat(65), 1, 'cannot be the name'],
  ['zlib!', 5, '"!" is not expected'],
  ['zlib +', 6, '"+" is not expected'],
  ['zlib ~~', 6, '"~" is not expected'],
  ['zlib +x=1', 8, '"=" is not expected'],
  ['zlib key=', 9, '"=" is not expected'],
  ['zlib key= value', 9, '"=" is not expected'],
  ['zlib key="a', 9, '"=" is not expected'],
  ['key=a,,b', 1, 'a value is empty'],
  ['key=""', 1, 'a value is empty'],
  ['key="a\u0007"', 1, 'control character'],
  ["key='it''s'", 9, '"\'" is not expected'],
  ['zlib \u{1f600}', 6, '"\u{1f600}" is not expected'],
  ['zlib\0', 5, 'is not expected'],
  ['+x~x', 3, 'something else'],
  ['k=a k=b', 5, 'something else'],
  ['k=a +k', 5, 'something else'],
  ['os=a os=b', 6, 'another os'],
  ['os=a arch=linux-b-c', 6, 'another os'],
  ['arch=linux-b', 1, 'platform-os-target'],
  ['target="a b"', 1, 'cannot be a target'],
  ['a ^', 3, 'a name is expected'],
  ['a ^@1', 3, 'a name is expected'],
  ['a ^+x', 3, 'a name is expected'],
  ['a ^b ^b', 6, 'given twice'],
  ['a ^^b', 3, 'a name is expected'],
  ['%', 1, 'a compiler is expected'],
  ['%@12', 1, 'a compiler is expected'],
  ['%gcc@12 @1.2', 9, 'given twice, or behind a compiler'],
  ['%gcc clang', 6, 'second name'],
  ['x'.repeat(4001), 4001, 'too long'],
] as const) {
  test(`parseSpec(${JSON.stringify(text.slice(0, 30))}) fails with SPEC_INVALID at character ${character}`, () => {
    assert.throws(
      () => parseSpec(text, { file: 'binfarm.yaml', line: 3 }),
      (error) => {
        assert.ok(isFarmError(error, 'SPEC_INVALID'));
        assert.match(error.message, /^Cannot read spec "/);
        assert.ok(error.message.includes(state), error.message);
        assert.ok(error.message.endsWith(` at character ${character}`), error.message);
        assert.deepEqual(error.place, { file: 'binfarm.yaml', line: 3 });
        return true;
      },
    );
  });
}

for (const [text, feature] of [
  ['zlib++shared', 'propagation'],
  ['zlib ~~shared', 'propagation'],
  ['zlib --shared', 'propagation'],
  ['zlib key==value', 'propagation'],
  ['zlib key:==value', 'propagation'],
  ['zlib %%gcc', 'propagation'],
  ['zlib cflags=-O2', 'compiler flags'],
  ['zlib cxxflags="-O2 -g"', 'compiler flags'],
  ['zlib ldflags=-L/x', 'compiler flags'],
  ['zlib ^[virtuals=mpi] openmpi', 'edge attributes'],
  ['zlib %[virtuals=c] gcc', 'edge attributes'],
  ['zlib %c=gcc', 'virtual assignments'],
  ['zlib %c,cxx=clang', 'virtual assignments'],
  ['zlib ^mpi=openmpi', 'virtual assignments'],
  ['zlib/abc123', 'hashes'],
  ['/abc123', 'hashes'],
  ['zlib %gcc %clang', 'several compilers'],
  ['zlib %cmake@3.9:', 'direct dependencies'],
  ['%cuda@:9 target=x86_64:', 'direct dependencies'],
  ['%fortran', 'direct dependencies'],
  ['%gcc+binutils', 'variants of compilers'],
  ['%gcc platform=linux +x', 'variants of compilers'],
  ['builtin.zlib', 'namespaces'],
  ['zlib libs=*', 'wildcards'],
  ['zlib libs=a,*', 'wildcards'],
  ['*', 'wildcards'],
  ['zlib libs:=a,b', 'exact values'],
  ['zlib@git.main=1.2', 'versions assigned to git references'],
  ['zlib@git.feature/x', 'git references with a slash'],
  ['./zlib.json', 'spec files'],
  ['/tmp/zlib.yaml', 'spec files'],
  ['zlib namespace=x', 'reserved keys'],
] as const) {
  test(`parseSpec("${text}") fails with SPEC_UNSUPPORTED and names ${feature}`, () => {
    assert.throws(
      () => parseSpec(text),
      (error) => {
        assert.ok(isFarmError(error, 'SPEC_UNSUPPORTED'), String(error));
        assert.ok(String(error.details.feature).startsWith(feature), error.message);
        assert.ok(error.message.includes(feature), error.message);
        return true;
      },
    );
  });
}
