import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { findEscapingLink } from './find-escaping-link.ts';

const cases: readonly (readonly [
  says: string,
  links: Readonly<Record<string, string>>,
  escaping: string | undefined,
])[] = [
  ['a link beside it', { a: 'b' }, undefined],
  ['a link to the tree itself', { 'a/b': '..' }, undefined],
  ['a link up and down again inside', { 'a/b/c': '../../d/./e' }, undefined],
  ['a link above the tree', { 'a/b': '../..' }, 'a/b'],
  ['a link above the tree and back', { a: '../x/a' }, 'a'],
  ['an absolute link', { a: '/etc' }, 'a'],
  ['a link through another that goes up', { 'a/b/up': '../..', 'a/b/x': 'up/../y' }, 'a/b/x'],
  ['a link through another that goes down', { down: 'a/b/c', x: 'down/../../../y' }, undefined],
  ['links in a circle', { a: 'b', b: 'a/../..' }, undefined],
];

for (const [says, links, escaping] of cases) {
  test(`findEscapingLink judges ${says}`, () => {
    assert.equal(findEscapingLink(new Map(Object.entries(links))), escaping);
  });
}

test('findEscapingLink gives up on links that are made to take for ever', () => {
  const links = new Map(Array.from({ length: 30_000 }, (_, index) => [`l${index}`, `${'x/../'.repeat(200)}y`]));
  assert.notEqual(findEscapingLink(links), undefined);
});

test('findEscapingLink finds whatever the operating system would follow out of the tree', () => {
  const names = ['a', 'b', 'c/a', 'c/b', 'c/d/a', 'c/d/b'];
  const target = fc.array(fc.constantFrom('..', '..', 'a', 'b', 'c', 'd', '.'), { minLength: 1, maxLength: 5 });
  const top = mkdtempSync(join(tmpdir(), 'binfarm-links-'));
  try {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...names), target, { maxKeys: 5 }), (choice) => {
        const links = new Map(Object.entries(choice).map(([path, parts]) => [path, parts.join('/')]));
        const tree = join(mkdtempSync(join(top, 't-')), 'tree');
        mkdirSync(join(tree, 'c/d'), { recursive: true });
        for (const [path, to] of links) symlinkSync(to, join(tree, path));
        const escapes = [...links.keys()].some((path) => leadsOut(tree, join(tree, path)));
        assert.ok(!escapes || findEscapingLink(links) !== undefined, JSON.stringify([...links]));
      }),
      { numRuns: 300 },
    );
  } finally {
    rmSync(top, { recursive: true });
  }
});

function leadsOut(tree: string, path: string): boolean {
  try {
    const real = realpathSync.native(path);
    return real !== tree && !real.startsWith(`${tree}/`);
  } catch {
    return false;
  }
}
