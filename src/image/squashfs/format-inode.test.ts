import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatDirectoryInode, formatFileInode, formatSymlinkInode } from './format-inode.ts';
import { emptyFile, type StoredFile } from './stored-file.ts';
import { formatSuperblock, noFragment } from './superblock.ts';

const head = { mode: 0o755, time: 0x01020304, number: 7 };
const headHex = (kind: string) => `${kind}00ed0100000000${'04030201'}07000000`;

const plain: StoredFile = { ...emptyFile, size: 0x30005, start: 0x60, blocks: [0x100, 0x1000005] };
const fourGiB = 2 ** 32;

const files: readonly { says: string; file: StoredFile; links?: number; hex: string }[] = [
  {
    says: 'a plain file of two blocks has the short form',
    file: plain,
    hex: `${headHex('02')}60000000ffffffff0000000005000300${'00010000'}${'05000001'}`,
  },
  {
    says: 'a small file has a fragment and no block',
    file: { ...emptyFile, size: 9, fragment: 3, fragmentOffset: 0x1234 },
    hex: `${headHex('02')}00000000030000003412000009000000`,
  },
  {
    says: 'a file with two names has the extended form',
    file: plain,
    links: 2,
    hex: `${headHex('09')}60000000000000000500030000000000${'00'.repeat(8)}02000000ffffffff00000000ffffffff${'00010000'}${'05000001'}`,
  },
  {
    says: 'a file of 4 GiB and a byte has the extended form, and a hole says how large it is',
    file: { ...emptyFile, size: fourGiB + 1, start: 0x60, blocks: [0], holes: fourGiB },
    hex: `${headHex('09')}600000000000000001000000010000000000000001000000${'01000000'}ffffffff00000000ffffffff00000000`,
  },
  {
    says: 'a file that begins after 4 GiB has the extended form',
    file: { ...emptyFile, size: 1, start: fourGiB, blocks: [1] },
    hex: `${headHex('09')}00000000010000000100000000000000${'00'.repeat(8)}01000000ffffffff00000000ffffffff01000000`,
  },
];

for (const { says, file, links = 1, hex } of files) {
  test(`the inode of ${says}`, () => {
    assert.equal(formatFileInode(head, file, links).toString('hex'), hex);
  });
}

test('the largest file of the short form has one byte less than 4 GiB', () => {
  const kindOf = (size: number) => formatFileInode(head, { ...emptyFile, size }, 1).readUInt16LE(0);
  assert.deepEqual([fourGiB - 1, fourGiB].map(kindOf), [2, 9]);
});

test('the inode of a folder has the extended form with an index when its listing has more than 65,532 bytes', () => {
  const contents = { block: 0x2000, offset: 0x10, folders: 3, parent: 1 };
  const short = formatDirectoryInode(head, { ...contents, size: 65_532, index: [] });
  assert.equal(short.toString('hex'), `${headHex('01')}0020000005000000ffff100001000000`);
  const index = [{ position: 0x1ff0, block: 0x2345, name: 'né' }];
  const long = formatDirectoryInode(head, { ...contents, size: 65_533, index });
  const entry = `f01f00004523000001000000${'6ee9'}`;
  assert.equal(long.toString('hex'), `${headHex('08')}050000000000010000200000010000000100${'1000'}ffffffff${entry}`);
});

test('the inode of a symbolic link ends with its target', () => {
  assert.equal(formatSymlinkInode(head, '../a', 1).toString('hex'), `${headHex('03')}0100000004000000${'2e2e2f61'}`);
});

test('the superblock says where everything is', () => {
  const block = formatSuperblock({
    inodes: 2,
    fragments: 1,
    time: 0x01020304,
    rootReference: (0x11n << 16n) | 0x22n,
    inodeTable: 0x100,
    directoryTable: 0x200,
    fragmentTable: 0x300,
    idTable: 2 ** 33,
    bytesUsed: 2 ** 33 + 8,
  });
  const numbers = `${'6873717302000000'}0403020100000200${'01000000'}010011004002010004000000`;
  const places = ['2200110000000000', '0800000002000000', '0000000002000000', 'ffffffffffffffff', '0001000000000000'];
  const tables = ['0002000000000000', '0003000000000000', 'ffffffffffffffff'];
  assert.equal(block.toString('hex'), numbers + places.join('') + tables.join(''));
  assert.equal(noFragment, 0xffffffff);
});
