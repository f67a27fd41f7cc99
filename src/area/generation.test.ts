import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, readlink, realpath, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { emptyAreaIndex, locateArea, makeArea, readAreaIndex, writeAreaIndex } from './area-index.ts';
import {
  createGeneration,
  listGenerationNumbers,
  readActiveGeneration,
  readGeneration,
  switchGeneration,
} from './generation.ts';
import type { ViewPackage } from './plan-view.ts';

async function areaWith(packages: readonly string[]) {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'area-')));
  const layout = locateArea(root, 64);
  await makeArea(layout);
  const viewPackages: ViewPackage[] = [];
  for (const name of packages) {
    await mkdir(join(layout.store, `${name}-1`, 'bin'), { recursive: true });
    await writeFile(join(layout.store, `${name}-1`, 'bin', name), name);
    const entries = [
      { path: 'bin', type: 'directory', mode: 0o755 },
      { path: `bin/${name}`, type: 'symlink', target: 'x' },
    ] as const;
    viewPackages.push({ storeName: `${name}-1`, name, asked: true, entries });
  }
  return { layout, index: emptyAreaIndex('nova'), viewPackages };
}

test('a generation is a view whose links lead into the store, and is in use only after the switch', async () => {
  const { layout, viewPackages } = await areaWith(['a', 'b']);
  const { generation, conflicts } = await createGeneration(layout, {
    farm: 'nova',
    platform: 'p',
    packages: viewPackages,
  });
  assert.equal(await readActiveGeneration(layout), undefined);
  assert.deepEqual(conflicts, []);
  await switchGeneration(layout, generation.number);
  assert.equal(await readActiveGeneration(layout), 1);
  assert.equal(await readFile(join(layout.current, 'view', 'bin', 'b'), 'utf8'), 'b');
  const link = await readlink(join(layout.generations, '1', 'view', 'bin', 'a'));
  assert.equal(link, join(layout.store, 'a-1', 'bin', 'a'));
  assert.match(await readFile(join(layout.root, 'setup.sh'), 'utf8'), /current\/view\/bin/);
});

test('switching back and forth leaves both generations whole and nothing else behind', async () => {
  const { layout, viewPackages } = await areaWith(['a', 'b']);
  await createGeneration(layout, { farm: 'nova', platform: 'p', packages: viewPackages });
  await createGeneration(layout, { farm: 'nova', platform: 'p', packages: viewPackages.slice(0, 1) });
  for (const number of [1, 2, 1]) await switchGeneration(layout, number);
  assert.equal(await readActiveGeneration(layout), 1);
  assert.deepEqual(await listGenerationNumbers(layout), [1, 2]);
  assert.deepEqual((await readGeneration(layout, 2)).packages, ['a-1']);
  assert.deepEqual((await readdir(layout.root)).sort(), [
    'current',
    'generations',
    'setup.csh',
    'setup.fish',
    'setup.sh',
    'store',
  ]);
});

test('an index comes back as it was written, and a damaged one is refused with AREA_INVALID', async () => {
  const { layout, index } = await areaWith([]);
  const packages = { 'a-1': { name: 'a', version: '1', platform: 'p', buildHash: 'h', digest: 'd', needs: [] } };
  await writeAreaIndex(layout, { ...index, packages });
  assert.deepEqual((await readAreaIndex(layout))?.packages, packages);
  await writeFile(layout.index, '{"format":"binfarm.area/1"');
  await assert.rejects(readAreaIndex(layout), { code: 'AREA_INVALID' });
});

test('a path that is too long for the packages is refused with the number of bytes', async () => {
  assert.throws(() => locateArea(`/${'x'.repeat(80)}`, 64), { code: 'PREFIX_TOO_LONG', message: /17 bytes too long/ });
});
