import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createFileEditor } from './edit-file.ts';
import { createRootChange } from './relocate-file.ts';
import { createFileRenamer, createNameChange, renameText } from './rename-stores.ts';

const old = `zlib-1.2.13-${'0123456789'.repeat(2)}`;
const shorter = `zlib-1.3-${'abcdefabcd'.repeat(2)}`;
const own = `app-2-${'5'.repeat(20)}`;
const newOwn = `app-2-${'6'.repeat(20)}`;
const change = createNameChange({ [old]: shorter, [own]: newOwn })!;

function rename(parts: readonly Buffer[], kind: 'text' | 'binary'): string {
  const renamer = createFileRenamer(change, kind);
  const pushed = parts.map((part) => renamer.push(Buffer.from(part)));
  return Buffer.concat([...pushed, renamer.end()]).toString('latin1');
}

test('a text gets the new names as they are; in a binary file they are filled up, so that nothing moves', () => {
  const text = Buffer.from(`/store/${old}/lib:/store/${own}\0${old}`);
  assert.equal(rename([text], 'text'), `/store/${shorter}/lib:/store/${newOwn}\0${shorter}`);
  assert.equal(rename([text], 'binary'), `/store/${shorter}////lib:/store/${newOwn}\0${shorter}///`);
  assert.equal(rename([text], 'binary').length, text.length);
});

test('it does not matter where a file is cut into parts', () => {
  const piece = fc.constantFrom(old, own, old.slice(0, 20), old.slice(10), '/', 'lib', '\0', '0123');
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), fc.array(fc.nat(300), { maxLength: 6 }), (pieces, cuts) => {
      const whole = Buffer.from(pieces.join(''));
      const ends = [...cuts.map((cut) => Math.min(cut, whole.length)), whole.length].sort((a, b) => a - b);
      const parts = ends.map((end, index) => whole.subarray(ends[index - 1] ?? 0, end));
      for (const kind of ['text', 'binary'] as const) assert.equal(rename(parts, kind), rename([whole], kind));
      const expected = whole.toString('latin1').replaceAll(old, shorter).replaceAll(own, newOwn);
      assert.equal(rename(parts, 'text'), expected);
    }),
  );
});

test('a file gets another root and other names at once', () => {
  const root = `/binfarm/${'x'.repeat(20)}`;
  const names = change;
  const text = `a ${root}/store/${old}/bin b`;
  const relocation = { path: 'a', kind: 'text' as const, offsets: [2] };
  const editor = createFileEditor(relocation, { root: createRootChange(root, '/nova'), names }, 'text')!;
  assert.equal(`${editor.push(Buffer.from(text))}${editor.end()}`, `a /nova/store/${shorter}/bin b`);
  assert.equal(
    createFileEditor(undefined, { root: createRootChange(root, '/nova'), names: undefined }, 'text'),
    undefined,
  );
});

test('the target of a link gets the new names; names that stay are no change', () => {
  assert.equal(renameText(`../../${old}/lib/libz.so`, change), `../../${shorter}/lib/libz.so`);
  assert.equal(createNameChange({ [old]: old }), undefined);
  assert.equal(createNameChange(undefined), undefined);
});
