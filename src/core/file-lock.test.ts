import assert from 'node:assert/strict';
import { mkdtemp, readFile, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { describeOwner, type LockOwner, readLockOwner, takeFileLock } from './file-lock.ts';

async function lockPath(): Promise<string> {
  return join(await mkdtemp(join(tmpdir(), 'lock-')), 'lock');
}

test('a lock that is held is LOCKED for who does not wait, and names its owner', async () => {
  const path = await lockPath();
  const held = await takeFileLock(path, { command: 'binfarm "100 %" build', wait: false });
  await assert.rejects(takeFileLock(path, { command: 'other', wait: false }), {
    code: 'LOCKED',
    message: new RegExp(`"binfarm "100 %" build" \\(process ${process.pid} on .*\\) has held it for \\d+\\.\\d s$`),
  });
  await held.close();
  await (await takeFileLock(path, { command: 'next', wait: false })).close();
});

test('a link in the place of a lock is refused, and what it leads to stays as it is', async () => {
  const path = await lockPath();
  await writeFile(`${path}.other`, 'precious');
  await symlink(`${path}.other`, path);
  await assert.rejects(takeFileLock(path, { command: 'binfarm gc', wait: true }), { code: 'PATH_EXISTS' });
  assert.equal(await readFile(`${path}.other`, 'utf8'), 'precious');
});

test('who waits is told for whom, and gets the lock when it is free', async () => {
  const path = await lockPath();
  const held = await takeFileLock(path, { command: 'first', wait: false });
  let told: LockOwner | undefined;
  const onWait = (owner: LockOwner | undefined) => {
    told = owner;
    void held.close();
  };
  const second = await takeFileLock(path, { command: 'second', wait: true, onWait });
  assert.equal(told?.command, 'first');
  assert.equal((await readLockOwner(path))?.command, 'second');
  assert.match(describeOwner(await readLockOwner(path)), /^"second"/);
  await second.close();
});

test('a signal ends the waiting with its reason, and leaves the lock to its holder', async () => {
  const path = await lockPath();
  const held = await takeFileLock(path, { command: 'first', wait: false });
  const controller = new AbortController();
  const options = {
    command: 'second',
    wait: true,
    signal: controller.signal,
    onWait: () => controller.abort(new Error('enough')),
  };
  await assert.rejects(takeFileLock(path, options), /enough/);
  await assert.rejects(takeFileLock(path, { command: 'third', wait: false }), { code: 'LOCKED' });
  await held.close();
});

test('a lock in a folder that is not there is refused with what flock says', async () => {
  const path = join(await lockPath(), 'deep', 'lock');
  await assert.rejects(takeFileLock(path, { command: 'x', wait: true }), {
    code: 'PERMISSION_DENIED',
    message: /flock: /,
  });
});
