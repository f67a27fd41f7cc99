import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, realpath, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { areaLayoutOf } from './area-layout.ts';
import { findPrograms } from './find-programs.ts';

test('a program that runs from the store, and one that works in it, are found by the store name of the package, also through a link to the area', async () => {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'area-')));
  const link = `${root}-link`;
  await symlink(root, link);
  const layout = areaLayoutOf(link);
  for (const name of ['tool-1', 'data-2', 'idle-3']) await mkdir(join(layout.store, name), { recursive: true });
  const program = join(layout.store, 'tool-1', 'sleeper');
  await copyFile('/bin/sleep', program);
  const runs = [
    spawn(program, ['60'], { stdio: 'ignore' }),
    spawn('sleep', ['60'], { stdio: 'ignore', cwd: join(layout.store, 'data-2') }),
  ];
  try {
    await Promise.all(runs.map((run) => new Promise((resolve) => run.once('spawn', resolve))));
    const found = await findPrograms(layout);
    assert.deepEqual([...found.keys()].sort(), ['data-2', 'tool-1']);
    assert.deepEqual(found.get('tool-1'), [{ pid: runs[0]!.pid, command: 'sleeper' }]);
    assert.deepEqual(found.get('data-2'), [{ pid: runs[1]!.pid, command: 'sleep' }]);
  } finally {
    for (const run of runs) run.kill();
  }
});
