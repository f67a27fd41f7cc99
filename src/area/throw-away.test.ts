import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeArea } from './area-index.ts';
import { areaLayoutOf } from './area-layout.ts';
import { pendingPath } from './generation.ts';
import { removeAreaLeftovers } from './remove-area-leftovers.ts';
import { emptyTrash, throwAway } from './throw-away.ts';

async function emptyArea() {
  const layout = areaLayoutOf(await mkdtemp(join(tmpdir(), 'area-')));
  await makeArea(layout);
  return layout;
}

test('what is thrown away is out of its place at once, and its space comes back when the trash is emptied, by several at a time', async () => {
  const layout = await emptyArea();
  const paths = Array.from({ length: 20 }, (_, index) => join(layout.store, `package-${index}`));
  for (const path of paths) {
    await mkdir(join(path, 'a', 'b'), { recursive: true });
    await writeFile(join(path, 'a', 'b', 'file'), 'content');
  }
  await throwAway(layout, paths);
  assert.deepEqual(await readdir(layout.store), []);
  assert.equal((await readdir(layout.trash)).length, 20);
  const problems = await Promise.all(Array.from({ length: 4 }, () => emptyTrash(layout)));
  assert.deepEqual(problems, Array(4).fill(undefined));
  assert.deepEqual(await readdir(layout.trash), []);
});

test('a link in the place of the trash is not followed: neither is anything moved there, nor deleted', async () => {
  const layout = await emptyArea();
  const other = await mkdtemp(join(tmpdir(), 'other-'));
  await writeFile(join(other, 'precious'), '');
  await symlink(other, layout.trash);
  await mkdir(join(layout.store, 'package'));
  await assert.rejects(throwAway(layout, [join(layout.store, 'package')]), { code: 'AREA_INVALID' });
  assert.equal(await emptyTrash(layout), undefined);
  assert.deepEqual([await readdir(other), await readdir(layout.store)], [['precious'], ['package']]);
});

test('what killed processes leave is taken away: half-written files and folders, and generations that never came into use; all else stays', async () => {
  const layout = await emptyArea();
  const stay = ['store/tool-1', 'generations/1', 'my notes.tmp', 'store/strange.tmp'];
  for (const path of [...stay, 'generations/2', 'store/.tool-2.0123.tmp', 'generations/.3.17.tmp'])
    await mkdir(join(layout.root, path), { recursive: true });
  await mkdir(layout.keys);
  for (const path of ['area.json.00ff.tmp', 'current.17.tmp', 'setup.sh.17.tmp', 'keys/abc.pub.00ff.tmp'])
    await writeFile(join(layout.root, path), '');
  await writeFile(pendingPath(layout, 2), '');
  await removeAreaLeftovers(layout);
  await emptyTrash(layout);
  assert.deepEqual((await readdir(layout.root, { recursive: true })).sort(), [
    ...['.trash', 'generations', 'generations/1', 'keys', 'my notes.tmp', 'store', 'store/strange.tmp', 'store/tool-1'],
  ]);
});
