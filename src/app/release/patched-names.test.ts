import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type NamedPackage, storeNameWith } from './patched-names.ts';

const hash = '0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef';
const item = { name: 'zlib', version: '1.2.13', buildHash: hash } as NamedPackage;
const packed = `zlib-1.2.13-${hash.slice(0, 20)}`;

const cases: readonly { says: string; longest?: number; name: string }[] = [
  { says: 'has the name it was packed under', name: packed },
  { says: 'has it also where there is more room', longest: 50, name: packed },
  { says: 'has fewer digits where there is less room', longest: 31, name: `zlib-1.2.13-${hash.slice(0, 19)}` },
  { says: 'has no version where digits would be too few', longest: 22, name: `zlib-${hash.slice(0, 17)}` },
];

for (const { says, longest, name } of cases) {
  test(`a package without renames ${says}`, () => {
    assert.equal(storeNameWith(item, longest), name);
  });
}

test('a package with renames has a name of its own, as long as the one it was packed under, whatever its own name becomes', () => {
  const name = storeNameWith({ ...item, renames: { 'a-1-0': 'a-1-1' } });
  assert.match(name, /^zlib-1\.2\.13-[0-9a-f]{20}$/);
  assert.notEqual(name, packed);
  assert.equal(storeNameWith({ ...item, renames: { 'a-1-0': 'a-1-1', [packed]: name } }), name);
  assert.notEqual(storeNameWith({ ...item, renames: { 'a-1-0': 'a-1-2' } }), name);
});
