import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readSync, writeSync } from 'node:fs';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openJobserver } from './jobserver.ts';

const pause = () => new Promise((resolve) => setTimeout(resolve, 50));

test('a build that begins takes its slot from the pool as soon as one is free, and gives it back when it ends', async () => {
  const jobserver = await openJobserver(2);
  const { descriptor } = jobserver;
  const take = () => readSync(descriptor, Buffer.alloc(1));
  take();
  take(); // make holds both
  jobserver.enter();
  await pause();
  writeSync(descriptor, '+');
  await pause();
  jobserver.leave();
  assert.equal(take(), 1, 'the slot that was withdrawn is back');
  writeSync(descriptor, '++');
  await jobserver.close();
});

test('a build that ends before a slot could be withdrawn leaves as many slots as there were', async () => {
  const jobserver = await openJobserver(1);
  const { descriptor } = jobserver;
  readSync(descriptor, Buffer.alloc(1));
  jobserver.enter();
  await pause();
  jobserver.leave();
  await pause();
  writeSync(descriptor, '+');
  assert.equal(readSync(descriptor, Buffer.alloc(8)), 1);
  await jobserver.close();
});

test('two makes share the slots: with three slots, never more than three recipes run', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'make-'));
  const recipe = '\t@echo + >> log; sleep 0.1; echo - >> log\n';
  await writeFile(join(folder, 'Makefile'), `all: 1 2 3 4 5 6\n%:\n${recipe}`);
  const jobserver = await openJobserver(3);
  jobserver.enter();
  jobserver.enter();
  await pause(); // now both builds have their own slot, and one is left
  const run = async () => {
    const { descriptor, makeFlags } = jobserver;
    const make = spawn('make', {
      cwd: folder,
      env: { ...process.env, MAKEFLAGS: makeFlags },
      stdio: ['ignore', 'ignore', 'inherit', descriptor, descriptor],
    });
    await once(make, 'close');
    jobserver.leave();
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
