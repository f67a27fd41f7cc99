import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { digestOf } from '../../core/digest.ts';
import { isFarmError } from '../../core/farm-error.ts';
import { runProcess } from '../../core/run-process.ts';
import { fileOf, foundDirectory, foundFile, foundSymlink, inParts, layerOf, readBack } from '../read-back.ts';
import type { RootEntry, RootFile, RootTree } from '../root-tree.ts';
import { dataBlockSize } from './superblock.ts';
import { writeSquashfs } from './write-squashfs.ts';

const folder = mkdtempSync(join(tmpdir(), 'binfarm-squashfs-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const time = 1_700_000_000;
let images = 0;

async function write(tree: RootTree): Promise<string> {
  const output = join(folder, `${++images}.sqfs`);
  await writeSquashfs(tree, output, { time });
  return output;
}

/** Bytes that hardly compress, the same in every run. */
function noise(size: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(size);
  for (let at = 0, state = seed; at < size; at++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    bytes[at] = state >>> 24;
  }
  return bytes;
}

const root = { '': foundDirectory(0o755, time) };
const block = noise(dataBlockSize);

const trees: readonly { says: string; entries: readonly RootEntry[]; want: Record<string, string> }[] = [
  { says: 'nothing', entries: [], want: {} },
  {
    says: 'an empty file, and one of a byte',
    entries: [fileOf('empty', ''), fileOf('one', '1', { mode: 0o4755, time: 5 })],
    want: { empty: foundFile('', { time }), one: foundFile('1', { time: 5, mode: 0o4755 }) },
  },
  {
    says: 'files of one block, a byte less and a byte more, whole and in parts',
    entries: [-1, 0, 1, dataBlockSize].flatMap((more) => {
      const content = noise(dataBlockSize + more, more + 9);
      return [
        fileOf(`whole${more}`, content),
        fileOf(`parts${more}`, Buffer.concat([content, content]), {
          content: inParts(Buffer.concat([content, content]), 1, 70_000, 3, 500_000),
        }),
      ];
    }),
    want: Object.fromEntries(
      [-1, 0, 1, dataBlockSize].flatMap((more) => {
        const content = noise(dataBlockSize + more, more + 9);
        return [
          [`whole${more}`, foundFile(content, { time })],
          [`parts${more}`, foundFile(Buffer.concat([content, content]), { time })],
        ];
      }),
    ),
  },
  {
    says: 'zeros, alone and among others',
    entries: [
      fileOf('zeros', Buffer.alloc(3 * dataBlockSize + 5)),
      fileOf('among', Buffer.concat([block, Buffer.alloc(2 * dataBlockSize), block, Buffer.alloc(7)])),
      fileOf('first', Buffer.concat([Buffer.alloc(dataBlockSize), block])),
    ],
    want: {
      zeros: foundFile(Buffer.alloc(3 * dataBlockSize + 5), { time }),
      among: foundFile(Buffer.concat([block, Buffer.alloc(2 * dataBlockSize), block, Buffer.alloc(7)]), { time }),
      first: foundFile(Buffer.concat([Buffer.alloc(dataBlockSize), block]), { time }),
    },
  },
  {
    says: 'links of both kinds',
    entries: [
      { type: 'directory', path: 'd', mode: 0o1777, time: 3 },
      fileOf('d/a', 'shared'),
      { type: 'hardlink', path: 'z', target: 'd/a' },
      { type: 'hardlink', path: 'd/e/b', target: 'z' },
      { type: 'symlink', path: 's', target: 'nowhere/é', time: 4 },
      { type: 'symlink', path: 'long', target: 'x'.repeat(4000) },
    ],
    want: {
      d: foundDirectory(0o1777, 3),
      'd/e': foundDirectory(0o755, time),
      ...Object.fromEntries(['d/a', 'z', 'd/e/b'].map((path) => [path, foundFile('shared', { time, links: 3 })])),
      s: foundSymlink('nowhere/é', 4),
      long: foundSymlink('x'.repeat(4000), time),
    },
  },
  {
    says: 'names of 255 bytes, of other scripts, and in the order of their bytes',
    entries: ['n'.repeat(255), 'é', 'z', 'ｚ', '😀', ' ', '-', '"\n\\'].map((name) => fileOf(name, name)),
    want: Object.fromEntries(
      ['n'.repeat(255), 'é', 'z', 'ｚ', '😀', ' ', '-', '"\n\\'].map((name) => [name, foundFile(name, { time })]),
    ),
  },
  {
    says: 'a deep path',
    entries: [fileOf(`${'d/'.repeat(500)}f`, 'deep')],
    want: {
      ...Object.fromEntries(
        Array.from({ length: 500 }, (_, depth) => ['d/'.repeat(depth + 1).slice(0, -1), foundDirectory(0o755, time)]),
      ),
      [`${'d/'.repeat(500)}f`]: foundFile('deep', { time }),
    },
  },
];

for (const { says, entries, want } of trees) {
  test(`unsquashfs gets back ${says}`, async () => {
    assert.deepEqual(await readBack(await write([layerOf(...entries)])), { ...root, ...want });
  });
}

test('unsquashfs gets back folders with 50,000 entries, and finds each name', async () => {
  const names = Array.from({ length: 50_000 }, (_, index) => `large/entry-with-a-rather-long-name-${index * 7919}`);
  const entries = names.map((path, index): RootEntry => {
    if (index % 1000 === 1) return { type: 'directory', path, mode: 0o755 };
    return index % 3 === 0 ? { type: 'symlink', path, target: `${index}` } : fileOf(path, `${index}`);
  });
  const image = await write([layerOf(...entries)]);
  const { stdout } = await runProcess(['unsquashfs', '-no-progress', '-ls', '-dest', '', image]);
  const listed = stdout.trimEnd().split('\n').slice(2);
  assert.deepEqual(listed, names.map((path) => `/${path}`).toSorted());
  for (const index of [0, 1, 25_001, 49_999]) {
    const found = await runProcess(['unsquashfs', '-no-progress', '-ls', '-dest', '', image, names[index]!]);
    assert.equal(found.stdout.trimEnd().split('\n').at(-1), `/${names[index]}`);
  }
});

test('equal contents are stored once, whether they come whole, in parts or with their digest', async () => {
  const content = noise(3 * dataBlockSize + 100);
  const single = statSync(await write([layerOf(fileOf('a', content), fileOf('s', 'small'))])).size;
  const never: RootFile['content'] = () => assert.fail('it need not be read');
  const image = await write([
    layerOf(
      fileOf('a', content, { content: inParts(content, 65_536) }),
      fileOf('b', content),
      fileOf('c', content, { digest: digestOf(content), content: never }),
      fileOf('s', 'small'),
      fileOf('t', 'small'),
    ),
  ]);
  assert.ok(statSync(image).size <= single + 4096);
  const found = await readBack(image);
  for (const path of ['a', 'b', 'c']) assert.equal(found[path], foundFile(content, { time }));
  assert.equal(found.t, foundFile('small', { time }));
});

test('a wrong digest of one file does not reach another', async () => {
  const found = await readBack(
    await write([
      layerOf(fileOf('evil', 'evil', { digest: digestOf('good') }), fileOf('x', 'good', { digest: digestOf('good') })),
    ]),
  );
  assert.equal(found.x, foundFile('good', { time }));
});

test('the same tree gives the same bytes, however its contents are cut', async () => {
  const content = Buffer.concat([noise(5 * dataBlockSize), Buffer.alloc(1_000_000, 'text ')]);
  const tree = (cut: RootFile['content']) => [
    layerOf(fileOf('a', 'a'), fileOf('big', content, { content: cut }), fileOf('z', noise(1000))),
  ];
  const [first, second] = [await write(tree(content)), await write(tree(inParts(content, 4000, 131_072, 1)))];
  assert.ok(readFileSync(first).equals(readFileSync(second)));
});

test('a file system of any size is a multiple of 4096 bytes, and no temporary file stays beside it', async () => {
  const output = join(folder, 'replaced.sqfs');
  writeFileSync(output, 'old');
  const { size, inodes } = await writeSquashfs([layerOf(fileOf('a', 'a'))], output, { time });
  assert.deepEqual([statSync(output).size, size % 4096, inodes], [size, 0, 2]);
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.endsWith('.tmp')),
    [],
  );
});

const failures: readonly { says: string; file: RootFile; code?: string; message: RegExp }[] = [
  {
    says: 'content is shorter than it says',
    file: fileOf('a', 'abc', { size: 5 }),
    code: 'ARCHIVE_INVALID',
    message: /^Cannot store "a": it has 3 bytes instead of 5$/,
  },
  {
    says: 'large content is shorter than it says',
    file: fileOf('a', block, { size: dataBlockSize + 1, content: inParts(block, 1000) }),
    code: 'ARCHIVE_INVALID',
    message: /^Cannot store "a": it has 131072 bytes instead of 131073$/,
  },
  {
    says: 'large content is longer than it says',
    file: fileOf('a', block, {
      size: dataBlockSize,
      content: async function* () {
        for (;;) yield block;
      },
    }),
    code: 'ARCHIVE_INVALID',
    message: /^Cannot store "a": it has more bytes instead of 131072$/,
  },
  {
    says: 'reading fails',
    file: fileOf('a', block, {
      content: async function* () {
        yield block.subarray(0, 10);
        throw new Error('cut off');
      },
    }),
    message: /^cut off$/,
  },
];

for (const { says, file, code, message } of failures) {
  test(`nothing is left when ${says}`, async () => {
    const output = join(folder, 'failed.sqfs');
    const tree = [layerOf(fileOf('before', noise(400_000)), file)];
    await assert.rejects(writeSquashfs(tree, output, { time }), (error: Error) => {
      assert.match(error.message, message);
      assert.equal(isFarmError(error) ? error.code : undefined, code);
      return true;
    });
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.startsWith('failed')),
      [],
    );
  });
}

test('writing ends when it is told to', async () => {
  const abort = new AbortController();
  const onFile = () => abort.abort(new Error('enough'));
  const tree = [layerOf(fileOf('a', 'a'), fileOf('b', 'b'))];
  const options = { time, onFile, signal: abort.signal };
  await assert.rejects(writeSquashfs(tree, join(folder, 'ended.sqfs'), options), /^Error: enough$/);
});

const name = fc.stringMatching(/^[a-dé日😀]{1,3}$/u);
const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => names.join('/'));
const size = fc.oneof(fc.nat(300), fc.constantFrom(dataBlockSize - 1, dataBlockSize, 2 * dataBlockSize + 1));
const target = fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme' }).map((text) => text.replaceAll('\0', '0'));
const item = fc.oneof(
  fc.record({ kind: fc.constant('file' as const), path, size, fill: fc.nat(3), mode: fc.nat(0o7777) }),
  fc.record({ kind: fc.constant('directory' as const), path, mode: fc.nat(0o777).map((mode) => mode | 0o700) }),
  fc.record({ kind: fc.constant('symlink' as const), path, target }),
);

type Item = typeof item extends fc.Arbitrary<infer One> ? One : never;

test('unsquashfs gets back any tree', async () => {
  const runs = process.env.BINFARM_TEST_FULL === undefined ? 25 : 1000;
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(item, { selector: (one) => one.path, maxLength: 40 }), async (items) => {
      const want: Record<string, string> = { ...root };
      const sorted = items.toSorted((a, b) => (a.path < b.path ? -1 : 1));
      const entries = sorted.flatMap((one) => (addParents(want, one.path) ? [addItem(want, one)] : []));
      assert.deepEqual(await readBack(await write([layerOf(...entries)])), want);
    }),
    { numRuns: runs },
  );
});

/** The entry for an item; what is to be found of it is added to `want`. */
function addItem(want: Record<string, string>, one: Item): RootEntry {
  const { path } = one;
  if (one.kind === 'directory') {
    want[path] = foundDirectory(one.mode, time);
    return { type: 'directory', path, mode: one.mode };
  }
  if (one.kind === 'symlink') {
    want[path] = foundSymlink(one.target, time);
    return { type: 'symlink', path, target: one.target };
  }
  const content = one.fill === 0 ? Buffer.alloc(one.size) : noise(one.size, one.fill);
  want[path] = foundFile(content, { time, mode: one.mode });
  return fileOf(path, content, { mode: one.mode });
}

/** False when something that is no folder is in the way. */
function addParents(want: Record<string, string>, path: string): boolean {
  const names = path.split('/').slice(0, -1);
  const parents = names.map((_, depth) => names.slice(0, depth + 1).join('/'));
  if (parents.some((parent) => !(want[parent] ?? 'directory').startsWith('directory'))) return false;
  for (const parent of parents) want[parent] ??= foundDirectory(0o755, time);
  return true;
}
