import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFarmError } from '../core/farm-error.ts';
import { mergeTree } from './merge-tree.ts';
import { fileOf, layerOf } from './read-back.ts';
import type { RootNode } from './root-node.ts';
import type { RootEntry, RootTree } from './root-tree.ts';

const folder = (path: string, mode = 0o755): RootEntry => ({ type: 'directory', path, mode });
const symlink = (path: string, target: string): RootEntry => ({ type: 'symlink', path, target });
const hardlink = (path: string, target: string): RootEntry => ({ type: 'hardlink', path, target });
const gone = (path: string): RootEntry => ({ type: 'removal', what: 'path', path });
const emptied = (path: string): RootEntry => ({ type: 'removal', what: 'contents', path });

/** Merges and lists what there is; a file's data are its content. */
async function merged(tree: RootTree): Promise<{ found: Record<string, string>; stored: string[] }> {
  const stored: string[] = [];
  const root = await mergeTree(tree, async ({ content }) => {
    stored.push(content.toString());
    return content.toString();
  });
  const found: Record<string, string> = {};
  const list = (node: RootNode<string>, path: string) => {
    if (node.type === 'file') found[path] = node.data;
    else if (node.type === 'symlink') found[path] = `-> ${node.target}`;
    else {
      found[`${path}/`] = node.mode.toString(8);
      for (const [name, child] of node.children) list(child, path === '' ? name : `${path}/${name}`);
    }
  };
  list(root, '');
  return { found, stored };
}

const cases: readonly { says: string; layers: RootTree; want: Record<string, string>; stored?: readonly string[] }[] = [
  {
    says: 'an upper file replaces a lower one, which is not even stored',
    layers: [layerOf(fileOf('a', 'old'), fileOf('b', 'kept')), layerOf(fileOf('a', 'new'))],
    want: { '/': '755', a: 'new', b: 'kept' },
    stored: ['new', 'kept'],
  },
  {
    says: 'folders are merged, and the upper one gives the mode',
    layers: [layerOf(folder('d', 0o700), fileOf('d/a', 'a')), layerOf(folder('d', 0o711), fileOf('d/b', 'b'))],
    want: { '/': '755', 'd/': '711', 'd/a': 'a', 'd/b': 'b' },
  },
  {
    says: 'a folder that only a lower layer names has the mode from there',
    layers: [layerOf(folder('', 0o700), folder('d', 0o700)), layerOf(fileOf('d/b', 'b'))],
    want: { '/': '700', 'd/': '700', 'd/b': 'b' },
  },
  {
    says: 'a file or link hides the folder below it',
    layers: [
      layerOf(fileOf('d/a', 'a'), folder('e'), fileOf('e/x', 'x')),
      layerOf(fileOf('d', 'd'), symlink('e', 'd')),
    ],
    want: { '/': '755', d: 'd', e: '-> d' },
  },
  {
    says: 'a folder hides the file below it',
    layers: [layerOf(fileOf('d', 'd')), layerOf(folder('d'), fileOf('d/a', 'a'))],
    want: { '/': '755', 'd/': '755', 'd/a': 'a' },
  },
  {
    says: 'a removal hides what is below, and not what its own layer or one above has',
    layers: [
      layerOf(fileOf('a', '1'), fileOf('b', '1'), fileOf('c', '1'), folder('d', 0o700), fileOf('d/x', '1')),
      layerOf(gone('a'), gone('b'), fileOf('b', '2'), gone('c'), gone('d'), gone('nothing')),
      layerOf(fileOf('c', '3'), fileOf('d/y', '3')),
    ],
    want: { '/': '755', b: '2', c: '3', 'd/': '755', 'd/y': '3' },
  },
  {
    says: 'a folder can be emptied of what is below',
    layers: [
      layerOf(folder('d', 0o711), fileOf('d/a', '1'), fileOf('d/e/a', '1'), fileOf('x', '1')),
      layerOf(folder('d', 0o700), fileOf('d/b', '2'), emptied('d')),
    ],
    want: { '/': '755', 'd/': '700', 'd/b': '2', x: '1' },
  },
  {
    says: 'the last of several entries at one path counts',
    layers: [layerOf(fileOf('a', '1'), fileOf('a', '2'), folder('b', 0o700), folder('b', 0o711), symlink('b', 'a'))],
    want: { '/': '755', a: '2', b: '-> a' },
  },
  {
    says: 'a hard link keeps the content of a file that an upper layer replaces, also through another link',
    layers: [
      layerOf(fileOf('a', 'old'), hardlink('b', 'a'), hardlink('c', 'b'), fileOf('z', 'z')),
      layerOf(fileOf('a', 'new'), gone('b')),
    ],
    want: { '/': '755', a: 'new', c: 'old', z: 'z' },
    stored: ['new', 'z', 'old'],
  },
  {
    says: 'a hard link to a symbolic link is one, too',
    layers: [layerOf(symlink('a', 'x'), hardlink('b', 'a'))],
    want: { '/': '755', a: '-> x', b: '-> x' },
  },
  {
    says: 'a name that is not ASCII is its bytes',
    layers: [layerOf(fileOf('é', '1'), fileOf('日', '2'))],
    want: { '/': '755', [Buffer.from('é').toString('latin1')]: '1', [Buffer.from('日').toString('latin1')]: '2' },
  },
];

for (const { says, layers, want, stored } of cases) {
  test(`merging layers: ${says}`, async () => {
    const result = await merged(layers);
    assert.deepEqual(
      Object.fromEntries(Object.entries(result.found).toSorted()),
      Object.fromEntries(Object.entries(want).toSorted()),
    );
    if (stored !== undefined) assert.deepEqual(result.stored, stored);
  });
}

const refused: readonly { says: string; layers: RootTree; code: string; message: RegExp }[] = [
  ...[
    '../a',
    'a/../b',
    '/a',
    'a/',
    'a//b',
    './a',
    'a\0b',
    'n'.repeat(256),
    'é'.repeat(128),
    `${'a/'.repeat(2100)}a`,
  ].map((path) => ({
    says: `the path ${JSON.stringify(path.slice(0, 20))} of ${path.length} characters`,
    layers: [layerOf(fileOf(path, ''))],
    code: 'ARCHIVE_UNSAFE',
    message: /^Cannot use the path ".*" of a sample: it is not one below the root/,
  })),
  {
    says: 'a file as the root',
    layers: [layerOf(fileOf('', ''))],
    code: 'ARCHIVE_INVALID',
    message: /only a folder can be the root/,
  },
  {
    says: 'a file below a link of the same layer',
    layers: [layerOf(symlink('a', '/etc'), fileOf('a/passwd', ''))],
    code: 'ARCHIVE_INVALID',
    message: /^Cannot merge "a\/passwd" of a sample: "a" is no folder$/,
  },
  {
    says: 'a link below a folder that an upper layer only implies',
    layers: [layerOf(symlink('bin', 'usr/bin')), layerOf(fileOf('bin/tool', ''))],
    code: 'ARCHIVE_INVALID',
    message: /^Cannot merge "bin" of a sample: a layer above has files in a folder of that name/,
  },
  ...[hardlink('b', 'a'), hardlink('b', 'b')].map((link) => ({
    says: `a hard link to ${(link as { target: string }).target} that leads nowhere`,
    layers: [layerOf(fileOf('a', 'lower')), layerOf(link)],
    code: 'ARCHIVE_INVALID',
    message: /^Cannot read a sample: a hard link leads to "[ab]", which it does not have$/,
  })),
  {
    says: 'hard links in a circle',
    layers: [layerOf(hardlink('a', 'b'), hardlink('b', 'a'))],
    code: 'ARCHIVE_INVALID',
    message: /a hard link leads to/,
  },
];

for (const { says, layers, code, message } of refused) {
  test(`merging refuses ${says} with ${code}`, async () => {
    await assert.rejects(merged(layers), (error) => {
      assert.ok(isFarmError(error), String(error));
      assert.equal(error.code, code);
      assert.match(error.message, message);
      return true;
    });
  });
}
