import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openJobserver } from './jobserver.ts';

test('no more slots are given than there are, and one that comes back is given again', async () => {
  const jobserver = await openJobserver(2);
  await Promise.all([jobserver.acquire(), jobserver.acquire()]);
  let third = false;
  const waiting = jobserver.acquire().then(() => {
    third = true;
  });
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(third, false);
  jobserver.release();
  await waiting;
  assert.equal(third, true);
  await jobserver.close();
});

test('two makes share the slots: with three slots, never more than three recipes run', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'make-'));
  const recipe = '\t@echo + >> log; sleep 0.1; echo - >> log\n';
  await writeFile(join(folder, 'Makefile'), `all: 1 2 3 4 5 6\n%:\n${recipe}`);
  const jobserver = await openJobserver(3);
  const run = async () => {
    await jobserver.acquire();
    const { descriptor, makeFlags } = jobserver;
    const make = spawn('make', {
      cwd: folder,
      env: { ...process.env, MAKEFLAGS: makeFlags },
      stdio: ['ignore', 'ignore', 'inherit', descriptor, descriptor],
    });
    await once(make, 'close');
    jobserver.release();
  };
  await Promise.all([run(), run()]);
  await jobserver.close();
  let now = 0;
  let most = 0;
  for (const sign of (await readFile(join(folder, 'log'), 'utf8')).trim().split('\n')) {
    now += sign === '+' ? 1 : -1;
    most = Math.max(most, now);
  }
  assert.equal(most, 3);
});
