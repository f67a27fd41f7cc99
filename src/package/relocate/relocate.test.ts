import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { bufferSource } from '../byte-source.ts';
import { checkRoot } from './check-root.ts';
import { createFileRelocator, createRootChange } from './relocate-file.ts';
import { scanRoot } from './scan-root.ts';

const root = '/binfarm/vwxyz';

const pieces = fc.array(
  fc.oneof(fc.constant(root), fc.string({ unit: 'grapheme', maxLength: 12 }), fc.constant('/binfarm/')),
);

function relocate(text: Buffer, kind: 'text' | 'binary', to: string, step: number): Buffer {
  const { offsets } = scanRoot(bufferSource(text), root);
  const relocator = createFileRelocator({ path: 'x', kind, offsets }, createRootChange(root, to));
  const parts: Buffer[] = [];
  for (let at = 0; at < text.length; at += step) {
    parts.push(Buffer.from(relocator.push(Buffer.from(text.subarray(at, at + step)))));
  }
  return Buffer.concat(parts);
}

test('relocating a text is replacing the root, however the file is cut', () => {
  fc.assert(
    fc.property(pieces, fc.integer({ min: 1, max: 40 }), (parts, step) => {
      const text = parts.join('').replaceAll('\0', '');
      const bytes = Buffer.from(text);
      assert.equal(relocate(bytes, 'text', '/opt', step).toString(), bytes.toString().split(root).join('/opt'));
    }),
  );
});

test('relocating a binary fills up with slashes and moves nothing', () => {
  fc.assert(
    fc.property(pieces, fc.integer({ min: 1, max: 40 }), (parts, step) => {
      const bytes = Buffer.from(parts.join('\0'));
      assert.equal(
        relocate(bytes, 'binary', '/opt', step).toString(),
        bytes.toString().split(root).join('/opt'.padEnd(root.length, '/')),
      );
    }),
  );
});

test('a relocator refuses a file that has something else where the table says', () => {
  const relocator = createFileRelocator({ path: 'x', kind: 'text', offsets: [1] }, createRootChange(root, '/opt'));
  assert.throws(() => relocator.push(Buffer.alloc(100, 'a')), { code: 'PACKAGE_DAMAGED', message: /"x"/ });
});

test('occurrences across the parts that are read at a time are found once, and the file is told for text', () => {
  const step = 4 << 20;
  const text = Buffer.alloc(2 * step + 100, 'é');
  for (const offset of [0, step - 6, 2 * step - 12, 2 * step + 40]) text.write(root, offset);
  const scan = scanRoot(bufferSource(text), root);
  assert.deepEqual(scan.offsets, [0, step - 6, 2 * step - 12, 2 * step + 40]);
  assert.equal(scan.isText, true);
  text[step + 1] = 0;
  assert.equal(scanRoot(bufferSource(text), root).isText, false);
});

const kinds: readonly { says: string; bytes: Buffer; isText: boolean; wideOffset?: number }[] = [
  { says: 'UTF-8', bytes: Buffer.from('prefix=ä'), isText: true },
  { says: 'an empty file', bytes: Buffer.alloc(0), isText: true },
  { says: 'Latin-1', bytes: Buffer.from('prefix=ä', 'latin1'), isText: false },
  { says: 'a NUL byte', bytes: Buffer.from('a\0b'), isText: false },
  { says: 'the root in UTF-16', bytes: Buffer.from(`\0${root}`, 'utf16le'), isText: false, wideOffset: 2 },
];

for (const { says, bytes, isText, wideOffset } of kinds) {
  test(`a file with ${says} is ${isText ? 'a text' : 'binary'}${wideOffset === undefined ? '' : ' and has a wide root'}`, () => {
    const scan = scanRoot(bufferSource(bytes), root);
    assert.equal(scan.isText, isText);
    assert.equal(scan.wideOffset, wideOffset);
  });
}

test('a wide root is found where it first is, also beyond the parts that are read at a time', () => {
  const bytes = Buffer.alloc((4 << 20) + 1000);
  bytes.write(root, (4 << 20) - 20, 'utf16le');
  assert.equal(scanRoot(bufferSource(bytes), root).wideOffset, (4 << 20) - 20);
});

const roots: readonly { path: string; code?: string; message?: RegExp }[] = [
  { path: '/opt' },
  { path: '/home/josé_x' },
  { path: root },
  { path: `${root}12`, code: 'PREFIX_TOO_LONG', message: /2 bytes too long/ },
  { path: '/ééééééé', code: 'PREFIX_TOO_LONG', message: /1 byte too long/ },
  { path: 'opt', code: 'PATH_UNSAFE' },
  { path: '/', code: 'PATH_UNSAFE' },
  { path: '/opt/', code: 'PATH_UNSAFE' },
  { path: '/opt/../x', code: 'PATH_UNSAFE' },
  { path: '/my files', code: 'PATH_UNSAFE', message: /character " "/ },
  { path: '/a:b', code: 'PATH_UNSAFE' },
  { path: '/a\n', code: 'PATH_UNSAFE' },
  { path: '/$HOME', code: 'PATH_UNSAFE' },
];

for (const { path, code, message } of roots) {
  test(`installing at ${JSON.stringify(path)} ${code === undefined ? 'is possible' : `fails with ${code}`}`, () => {
    const check = () => checkRoot(path, root);
    if (code === undefined) check();
    else assert.throws(check, { code, ...(message === undefined ? {} : { message }) });
  });
}
