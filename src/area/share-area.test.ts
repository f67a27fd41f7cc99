import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeAreaFolder, readSharing, shareFile } from './share-area.ts';

const cases = [
  { root: 0o755, sharing: undefined },
  { root: 0o700, sharing: undefined },
  { root: 0o775, sharing: { folderMode: 0o2775, fileMode: 0o664 } },
  { root: 0o2770, sharing: { folderMode: 0o2770, fileMode: 0o660 } },
  { root: 0o1777, sharing: { folderMode: 0o2775, fileMode: 0o664 } },
];

for (const { root, sharing } of cases) {
  test(`an area whose folder has mode ${root.toString(8)} is ${sharing ? 'shared with its group' : 'its owner’s alone'}`, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'share-'));
    await chmod(folder, root);
    const found = await readSharing(folder);
    const { gid } = await stat(folder);
    assert.deepEqual(found, sharing && { ...sharing, group: gid });
    const path = join(folder, 'made');
    await makeAreaFolder(path, found);
    const made = (await stat(path)).mode & 0o7777;
    const plain = join(folder, 'plain');
    await mkdir(plain);
    assert.equal(made, sharing?.folderMode ?? (await stat(plain)).mode & 0o7777);
    const file = join(folder, 'file');
    await writeFile(file, '', { mode: 0o600 });
    await shareFile(file, found);
    assert.equal((await stat(file)).mode & 0o777, sharing?.fileMode ?? 0o600);
  });
}
