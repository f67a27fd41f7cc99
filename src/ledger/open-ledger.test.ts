import assert from 'node:assert/strict';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { openLedger } from './open-ledger.ts';

const start = { name: 'zlib', version: '1.2.13', platform: 'p-o-gcc12-opt', jobs: 2, logPath: '/log' };

async function temporaryLedger(): Promise<string> {
  return join(await mkdtemp(join(tmpdir(), 'ledger-')), 'ledger.sqlite');
}

test('a build that has begun is interrupted until its end is recorded, also after reopening', async () => {
  const path = await temporaryLedger();
  const ledger = openLedger(path);
  const id = await ledger.startBuild({ ...start, buildHash: 'a'.repeat(64) });
  await ledger.close();
  const again = openLedger(path);
  assert.equal((await again.listBuilds({ name: 'zlib' }))[0]?.verdict, 'interrupted');
  await again.finishBuild(id, { verdict: 'built', seconds: 2.5, cpuSeconds: 4, peakBytes: 1000 });
  await again.finishBuild(id, { verdict: 'failed', seconds: 9, cpuSeconds: 9, peakBytes: 9 });
  const [build] = await again.listBuilds({ name: 'zlib' });
  assert.equal(build?.verdict, 'built', 'an end is written once');
  assert.equal(build?.seconds, 2.5);
  await again.close();
});

test('the last built identity is of another hash and of a build that succeeded', async () => {
  const ledger = openLedger(await temporaryLedger());
  const identityOf = (letter: string) => ({
    buildHash: letter.repeat(64),
    name: 'zlib',
    platform: start.platform,
    identity: letter,
  });
  await ledger.recordIdentities(['a', 'b', 'c'].map(identityOf));
  for (const [letter, verdict] of [
    ['a', 'built'],
    ['b', 'failed'],
    ['c', 'built'],
  ] as const) {
    const id = await ledger.startBuild({ ...start, buildHash: letter.repeat(64) });
    await ledger.finishBuild(id, { verdict, seconds: 1, cpuSeconds: 1, peakBytes: 1 });
  }
  assert.equal((await ledger.lastBuiltIdentity('zlib', start.platform, 'c'.repeat(64)))?.identity, 'a');
  assert.equal((await ledger.findIdentity('b'.repeat(64)))?.identity, 'b');
  await ledger.close();
});

test('a ledger of a newer binfarm is refused with LEDGER_TOO_NEW', async () => {
  const path = await temporaryLedger();
  const database = new DatabaseSync(path);
  database.exec('PRAGMA user_version = 99');
  database.close();
  assert.throws(() => openLedger(path), { code: 'LEDGER_TOO_NEW' });
});
