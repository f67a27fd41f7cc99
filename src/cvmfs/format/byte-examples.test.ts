import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyContent, packParts, partsOf } from '../catalog/node.ts';
import { createCutFinder, usualCuts } from '../content/find-cut.ts';
import { createContentWriter, storeWhole } from '../content/store-content.ts';
import type { ObjectDraft } from '../store/put-objects.ts';
import { type ByteText, byteTextOf, rawOf, readableText } from './byte-text.ts';
import { objectNameOf } from './content-hash.ts';
import { pathKeyOf } from './path-key.ts';
import { parseRepositoryName } from './repository-name.ts';

function store(bytes: Uint8Array): { readonly drafts: readonly ObjectDraft[]; readonly content: Uint8Array } {
  const drafts: ObjectDraft[] = [];
  const { content } = storeWhole(bytes, { known: () => undefined, put: (draft) => drafts.push(draft) });
  return { drafts, content };
}

test('the example file is stored as the format says', () => {
  const [draft] = store(Buffer.from('hello binfarm\n')).drafts;
  assert.equal(Buffer.from(draft!.bytes).toString('hex'), '789ccb48cdc9c95748cacc4b4b2ccae502002848051e');
  assert.equal(draft!.name, 'cf/05d6370df27a7fe3c336ea554961991f69f04f');
});

test('the empty file is stored as the format says', () => {
  const { drafts, content } = store(Buffer.alloc(0));
  assert.equal(Buffer.from(drafts[0]!.bytes).toString('hex'), '789c030000000001');
  assert.equal(drafts[0]!.name, 'e8/ec3d88b62ebf526e4e5a4ff6162a3aa48a6b78');
  assert.deepEqual(Buffer.from(content), Buffer.from(emptyContent));
});

const keys = [
  ['', 338333539836370388n, 9098107892288553193n],
  ['/sw', 748981868904704061n, -2189496567014796459n],
  ['/hello.txt', -4683406450497660916n, -4484414705795282910n],
] as const;

for (const [path, first, second] of keys) {
  test(`pathKeyOf(${JSON.stringify(path)}) is the one of the format`, () => {
    assert.deepEqual(pathKeyOf(path as ByteText), [first, second]);
  });
}

test('objectNameOf() puts the first two digits into a folder and the kind at the end', () => {
  const hash = 'a5cefdc90f5755eb7c59103bec51cfb245512d7f';
  assert.equal(objectNameOf(hash, 'C'), 'a5/cefdc90f5755eb7c59103bec51cfb245512d7fC');
});

test('texts of bytes keep what is no UTF-8, and read as UTF-8 otherwise', () => {
  assert.equal(readableText(byteTextOf('größe')), 'größe');
  assert.deepEqual(rawOf('a\xff' as ByteText), Buffer.from([0x61, 0xff]));
  assert.equal(rawOf(byteTextOf('plain')), 'plain');
});

test('a content that never reaches a mark is cut at the most, as the example of 40 MiB and 40 bytes', () => {
  const sizes: number[] = [];
  const writer = createContentWriter({ known: () => undefined, put: () => {} });
  const block = Buffer.alloc(1 << 20);
  for (let index = 0; index < 40; index += 1) writer.push(block);
  writer.push(Buffer.alloc(40));
  const { content, size } = writer.end();
  for (const part of partsOf(content)!) sizes.push(part.size);
  assert.deepEqual([sizes, size], [[16777216, 16777216, 8388648], 41943080]);
});

test('cuts depend on the content before them alone, not on how it comes', () => {
  const small = { least: 64, average: 128, most: 512 };
  const bytes = Buffer.from(Array.from({ length: 5000 }, (_, index) => (index * index * 7 + (index >> 3)) & 255));
  const cutsOf = (step: number) => {
    const finder = createCutFinder(small);
    const cuts: number[] = [];
    for (let at = 0; at < bytes.length; at += step) {
      const block = bytes.subarray(at, at + step);
      for (let from = finder.next(block, 0); from >= 0; from = finder.next(block, from)) cuts.push(at + from);
    }
    return cuts;
  };
  assert.deepEqual(cutsOf(7), cutsOf(5000));
  assert.ok(cutsOf(5000).length > 8);
  assert.equal(usualCuts.most, 16 << 20);
});

test('parts come back from their packed form', () => {
  const parts = [
    { size: 5, hash: Buffer.alloc(20, 1) },
    { size: 2 ** 40, hash: Buffer.alloc(20, 2) },
  ];
  assert.deepEqual(partsOf(packParts(parts)), parts);
  assert.equal(partsOf(Buffer.alloc(20)), undefined);
});

for (const [name, isRight] of [
  ['sw.nova.example.org', true],
  ['a'.repeat(60), true],
  ['a'.repeat(61), false],
  ['a/b', false],
  ['', false],
  ['.hidden', false],
  ['a..b', false],
] as const) {
  test(`the name ${JSON.stringify(name.slice(0, 30))} of ${name.length} characters is ${isRight ? 'taken' : 'refused'}`, () => {
    if (isRight) assert.equal(parseRepositoryName(name), name);
    else assert.throws(() => parseRepositoryName(name), { code: 'NAME_INVALID' });
  });
}
