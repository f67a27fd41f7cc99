import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { endSandbox, endStraySandboxes } from './end-sandbox.ts';

const work = mkdtempSync(join(tmpdir(), 'sandbox-'));
mkdirSync(join(work, 'one'));
const argv = ['--unshare-all', '--ro-bind', '/', '/', '--bind', join(work, 'one'), '/mnt', 'sleep', '60'];

function sandboxes(): string[] {
  const numbers = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return numbers.filter((pid) => {
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      return (
        command.startsWith('bwrap\0') &&
        command.includes(work) &&
        !/\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
      );
    } catch {
      return false; // it has ended
    }
  });
}

async function untilNone(): Promise<string[]> {
  for (let look = 0; look < 40 && sandboxes().length > 0; look += 1) await sleep(50);
  return sandboxes();
}

function start(): ChildProcess {
  return spawn('bwrap', argv, { stdio: ['ignore', 'pipe', 'pipe'] });
}

test('a sandbox that is ended at any moment of its beginning leaves nothing behind', async () => {
  for (let delay = 0; delay < 10; delay += 0.5) {
    const child = start();
    const closed = once(child, 'close');
    await sleep(delay);
    endSandbox(child.pid);
    await closed;
  }
  assert.deepEqual(await untilNone(), []);
});

test('a sandbox whose starter is gone is stray and is ended; one that has it stays', async () => {
  const orphan = spawn('sh', ['-c', 'bwrap "$@" & sleep 0.2', 'sh', ...argv], { stdio: 'ignore' });
  await once(orphan, 'close');
  const own = start();
  await sleep(200);
  assert.equal(sandboxes().length, 4);
  endStraySandboxes(join(work, 'other'));
  assert.equal(sandboxes().length, 4);
  endStraySandboxes(work);
  await sleep(200);
  assert.equal(sandboxes().length, 2);
  assert.equal(own.exitCode, null);
  endSandbox(own.pid);
  assert.deepEqual(await untilNone(), []);
});
