import assert from 'node:assert/strict';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { readRegularFile } from './read-regular-file.ts';
import { runProcess } from './run-process.ts';

test('a file is read, and refused when it has more bytes than may be', async () => {
  const path = join(await mkdtemp(join(tmpdir(), 'regular-')), 'file');
  await writeFile(path, 'four');
  assert.equal((await readRegularFile(path, 4)).toString(), 'four');
  await assert.rejects(readRegularFile(path, 3), { code: 'PATH_EXISTS' });
});

test('a folder, a pipe and a device are refused at once', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'regular-'));
  const pipe = join(folder, 'pipe');
  assert.equal((await runProcess(['mkfifo', pipe])).exitCode, 0);
  for (const path of [folder, pipe, '/dev/zero'])
    await assert.rejects(readRegularFile(path, 100), { code: 'PATH_EXISTS' });
});

test('a missing file is told as the system tells it', async () => {
  await assert.rejects(readRegularFile('/nowhere/at/all', 1), { code: 'ENOENT' });
});
