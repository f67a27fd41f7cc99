import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { isFarmError } from '../../../core/farm-error.ts';
import { formatObjectHash, hashOfBytes, objectKey, parseObjectHash } from './object-hash.ts';
import { parseManifest } from './parse-manifest.ts';
import { isExpired, parseWhitelist } from './parse-whitelist.ts';
import { parseXattrs } from './parse-xattrs.ts';
import { keyOfPath, nameProblem, parseTypedPath, pathOfBytes, pathProblem, showPath } from './path-bytes.ts';

test('keys of paths are the halves of their MD5, little-endian and signed', () => {
  const known: readonly (readonly [string, bigint, bigint])[] = [
    ['', 338333539836370388n, 9098107892288553193n],
    ['/sw', 748981868904704061n, -2189496567014796459n],
    ['/hello.txt', -4683406450497660916n, -4484414705795282910n],
  ];
  for (const [path, first, second] of known) assert.deepEqual(keyOfPath(path), { first, second });
});

test('an object is named by the hash of its stored bytes', () => {
  const stored = Buffer.from('789ccb48cdc9c95748cacc4b4b2ccae50200284 8051e'.replace(' ', ''), 'hex');
  const hash = hashOfBytes('sha1', stored);
  assert.equal(objectKey(hash, 'file'), 'data/cf/05d6370df27a7fe3c336ea554961991f69f04f');
  assert.equal(
    objectKey(hashOfBytes('sha1', Buffer.from('789c030000000001', 'hex')), 'file'),
    'data/e8/ec3d88b62ebf526e4e5a4ff6162a3aa48a6b78',
  );
  const shaken = { algorithm: 'shake128', hex: 'a'.repeat(40) } as const;
  assert.equal(objectKey(shaken, 'catalog'), `data/aa/${'a'.repeat(38)}-shake128C`);
});

test('a hash is read as it is written, and nothing else is one', () => {
  for (const text of ['0'.repeat(40), `${'a'.repeat(40)}-rmd160`, `${'f'.repeat(40)}-shake128`]) {
    assert.equal(formatObjectHash(parseObjectHash(text)!), text);
  }
  for (const text of [
    '',
    'a'.repeat(39),
    'A'.repeat(40),
    `${'a'.repeat(40)}-sha256`,
    `${'a'.repeat(40)}C`,
    `${'a'.repeat(40)}\n`,
  ]) {
    assert.equal(parseObjectHash(text), undefined);
  }
});

test('extended attributes are read from their bytes', () => {
  const blob = Buffer.from('01020601757365722e61621007757365722e62696e6661726d2e706b67706b672d312e30', 'hex');
  assert.deepEqual(
    parseXattrs(blob),
    new Map([
      ['user.a', 'b'],
      ['user.binfarm.pkg', 'pkg-1.0'],
    ]),
  );
  for (const hex of ['', '02', '0101', '010106', '0100ff', '01010001', '0102010061010061', '01020100620101006100']) {
    assert.equal(typeof parseXattrs(Buffer.from(hex, 'hex')), hex === '01' ? 'object' : 'string', hex);
  }
});

test('no bytes make the parsers fail in another way than they say', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), fc.boolean(), (bytes, hasEnd) => {
      const end = hasEnd
        ? Buffer.from(`\n--\n${hashOfBytes('sha1', Buffer.concat([bytes, Buffer.from('\n')])).hex}\n`)
        : Buffer.alloc(0);
      parseXattrs(bytes);
      for (const parse of [parseManifest, parseWhitelist]) {
        try {
          parse(Buffer.concat([bytes, end]));
        } catch (error) {
          assert.ok(isFarmError(error), String(error));
        }
      }
    }),
  );
});

test('a whitelist expires with the hour that it names', () => {
  const expires = Date.UTC(2026, 10, 20, 9, 47, 37);
  assert.equal(isExpired({ expires }, Date.UTC(2026, 10, 20, 8, 59, 59)), false);
  assert.equal(isExpired({ expires }, Date.UTC(2026, 10, 20, 9, 0, 0)), true);
});

test('paths are typed with or without slashes, and never lead up', () => {
  const typed: readonly (readonly [string, string | undefined])[] = [
    ['/', ''],
    ['', ''],
    ['sw/1.0/', '/sw/1.0'],
    ['//sw/./1.0', '/sw/1.0'],
    ['../x', undefined],
    ['/sw/..', undefined],
  ];
  for (const [text, path] of typed) assert.equal(parseTypedPath(text), path, text);
});

test('any bytes that are a name can be shown, and what is no name is refused', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 20 }), (bytes) => {
      const name = pathOfBytes(bytes);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: none may be left
      assert.doesNotMatch(showPath(name), /[\x00-\x1f\x7f]/);
      const isName = !bytes.includes(0) && !bytes.includes(47) && !['.', '..'].includes(name);
      assert.equal(nameProblem(name) === undefined, isName);
    }),
  );
  assert.notEqual(pathProblem('/a//b'), undefined);
  assert.notEqual(pathProblem(`/${'a/'.repeat(3000)}`), undefined);
  assert.equal(showPath(pathOfBytes(Buffer.from('/näch\xff', 'utf8'))), '/nächÿ');
});

test('the compression of the examples is what zlib writes', () => {
  assert.equal(deflateSync('').toString('hex'), '789c030000000001');
});
