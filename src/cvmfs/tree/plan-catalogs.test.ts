import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { byteTextOf } from '../format/byte-text.ts';
import { type PlanFolder, planCatalogs } from './plan-catalogs.ts';

const sizes = { usual: 20, inside: 200, least: 3, most: 2000 };

function folder(name: string, files: number, folders: readonly PlanFolder[] = []): PlanFolder {
  return { name: byteTextOf(name), entries: files + folders.length, folders };
}

function planned(root: PlanFolder): string[] {
  const names: string[] = [];
  const plan = planCatalogs(root, sizes);
  const visit = (item: PlanFolder, path: string) => {
    const reason = plan.get(item);
    if (reason !== undefined) names.push(`${path} ${reason}`);
    for (const child of item.folders) visit(child, `${path}/${child.name}`);
  };
  visit(root, '');
  return names.sort();
}

test('a version of something gets a catalog, however small the rest is', () => {
  const tree = folder('', 1, [folder('root', 0, [folder('6.32.04', 5), folder('6.34', 5), folder('notes', 5)])]);
  assert.deepEqual(planned(tree), ['/root/6.32.04 version', '/root/6.34 version']);
});

test('inside a version only what is too large is divided', () => {
  const tree = folder('', 1, [folder('tool-1.0', 5, [folder('lib', 150), folder('share', 250), folder('2.0', 10)])]);
  assert.deepEqual(planned(tree), ['/tool-1.0 version', '/tool-1.0/share size']);
});

test('elsewhere a folder with much in it gets a catalog, and what is left stays above', () => {
  const tree = folder('', 1, [folder('a', 30), folder('b', 5), folder('c', 1, [folder('d', 12), folder('e', 12)])]);
  assert.deepEqual(planned(tree), ['/a size', '/c size']);
});

test('a folder of very many small ones has the largest of them divided off', () => {
  const tree = folder('', 0, [
    folder(
      'many',
      0,
      Array.from({ length: 30 }, (_, index) => folder(`d${index}`, 5)),
    ),
  ]);
  const found = planned(tree);
  assert.ok(found.includes('/many size'));
  assert.ok(found.length > 20);
});

test('a folder that is larger than any catalog may be is refused', () => {
  assert.throws(() => planCatalogs(folder('', 0, [folder('flat', 2500)]), sizes), { code: 'CVMFS_CONTENT_REFUSED' });
});

const names = fc.stringMatching(/^[a-z][a-z0-9.-]{0,6}$/);
const trees = fc.letrec<{ tree: PlanFolder; leaf: PlanFolder; branch: PlanFolder }>((tie) => ({
  tree: fc.oneof({ maxDepth: 4 }, tie('leaf'), tie('branch')),
  leaf: fc.tuple(names, fc.nat(60)).map(([name, files]) => folder(name, files)),
  branch: fc
    .tuple(names, fc.nat(60), fc.array(tie('tree'), { maxLength: 4 }))
    .map(([name, files, folders]) => folder(name, files, folders)),
})).tree;

test('every entry is in one catalog, none has more than it may, and the same tree is divided in the same way', () => {
  fc.assert(
    fc.property(trees, (tree) => {
      const plan = planCatalogs(tree, sizes);
      assert.deepEqual([...planCatalogs(tree, sizes).entries()], [...plan.entries()]);
      const weightOf = (item: PlanFolder): number =>
        1 + item.entries + item.folders.reduce((sum, child) => sum + (plan.has(child) ? 0 : weightOf(child) - 1), 0);
      for (const item of [tree, ...plan.keys()]) assert.ok(weightOf(item) <= sizes.most);
    }),
  );
});
