import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { buildExecutable } from '../../script/build-executable.ts';
import { type Nginx, startNginx } from '../fakes/nginx.ts';
import { makeFarm, makeTopFolder } from './farm-fixture.ts';
import { findTemporary, listTree } from './read-tree.ts';
import { runBinfarm } from './run-binfarm.ts';

const top = makeTopFolder('bootstrap');
const farm = makeFarm(join(top, 'farm'));
const key = farm.path('keys/farm.key.pub');
const first = join(top, 'first-binhost');
const area = join(top, 'area');
let server: Nginx;
let executable = '';

interface Line {
  readonly curl: string;
  readonly wget: string;
}

before(async () => {
  executable = join(top, 'binfarm');
  copyFileSync((await buildExecutable()).path, executable);
  farm.build();
  farm.json(['release', 'create', '2026.1']);
  farm.json(['release', 'announce', '2026.1']);
  const pushed = farm.json<{ serial: number; changed: boolean; glibc: string }>(['bootstrap', 'push', executable]);
  assert.deepEqual([pushed.serial, pushed.changed], [1, true]);
  assert.match(pushed.glibc, /^2\.\d+$/);
  cpSync(farm.path('binhost'), first, { recursive: true });
  server = await startNginx(join(top, 'web'), farm.path('binhost'));
});

after(() => server[Symbol.asyncDispose]());

/** Runs a line as it is typed on a machine where nothing is installed. */
async function type(line: string, folder: string): Promise<{ code: number | null; text: string }> {
  mkdirSync(folder);
  const child = spawn('/bin/sh', ['-c', line], {
    cwd: folder,
    env: { PATH: '/usr/bin:/bin', HOME: folder, NO_COLOR: '1' },
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, text };
}

for (const client of ['curl', 'wget'] as const) {
  test(`one line with ${client} brings binfarm to a machine without it, which then installs by itself`, async () => {
    const line = farm.json<Line>(['bootstrap', 'line', `http://${server.host}`])[client];
    assert.ok(line.startsWith(`${client} `));
    const home = join(top, client);
    const { code, text } = await type(line, home);
    assert.equal(code, 0, text);
    assert.equal(existsSync(join(home, 'binfarm.part')), false);
    const { code: updated, text: said } = await type(
      `${home}/tiny/bin/binfarm update ${home}/tiny && . ${home}/tiny/setup.sh && gamma && command -v binfarm`,
      join(top, `${client}-update`),
    );
    assert.equal(updated, 0, said);
    assert.match(said, /gamma read 42 and data of alpha/);
    assert.ok(said.includes(`${home}/tiny/bin/binfarm\n`));
  });
}

test('the line runs nothing when what was fetched is not what was published', async () => {
  const line = farm
    .json<Line>(['bootstrap', 'line', farm.path('binhost')])
    .curl.replace(/'[0-9a-f]{64} /, `'${'0'.repeat(64)} `);
  const home = join(top, 'refused');
  const { code, text } = await type(line, home);
  assert.notEqual(code, 0);
  assert.match(text, /FAILED/);
  assert.deepEqual(listTree(home), ['binfarm.part']);
});

test('binfarm bootstrap verifies what it fetches, and leaves the old one when it is wrong', () => {
  const options = ['--from', farm.path('binhost'), '--name', 'tiny', '--key', key];
  const made = runBinfarm(['bootstrap', area, ...options]);
  assert.equal(made.exitCode, 0, made.stderr);
  assert.match(runBinfarm(['bootstrap', area]).stdout, /is in place already/);
  const [blob] = listTree(farm.path('binhost/v2/tiny/programs/blobs')).filter(
    (name) => statSync(farm.path('binhost/v2/tiny/programs/blobs', name)).size > 1_000_000,
  );
  const path = farm.path('binhost/v2/tiny/programs/blobs', blob!);
  const bytes = readFileSync(path);
  const other = join(top, 'other');
  for (const [says, damaged] of [
    ['a byte that changed', bytes.with(30_000_000, bytes[30_000_000]! ^ 1)],
    ['an end that is missing', bytes.subarray(0, -1000)],
  ] as const) {
    rmSync(path);
    writeFileSync(path, damaged);
    const { exitCode, stderr } = runBinfarm(['bootstrap', other, ...options]);
    assert.equal(exitCode, 1, `${says}: ${stderr}`);
    assert.match(stderr, /PACKAGE_DAMAGED/, says);
    assert.equal(existsSync(join(other, 'bin/binfarm')), false, says);
    assert.deepEqual(findTemporary(other), [], says);
  }
  rmSync(path);
  writeFileSync(path, bytes);
  const unknown = runBinfarm(['bootstrap', join(top, 'unknown'), '--from', farm.path('binhost'), '--name', 'tiny']);
  assert.match(unknown.stderr, /KEY_INVALID/);
});

test('an update renews the binfarm of an area without disturbing one that runs, and an older one is refused', async (context) => {
  assert.equal(runBinfarm(['update', area]).exitCode, 0);
  const binfarm = join(area, 'bin/binfarm');
  const running = spawn(binfarm, ['shell', area, '--', 'sh', '-c', 'read -r line; gamma'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  context.after(() => running.kill());
  appendFileSync(executable, 'another version'); // a program with something behind its end is another file, and runs all the same
  const pushed = farm.json<{ serial: number }>(['bootstrap', 'push', executable]);
  assert.equal(pushed.serial, 2);
  const elsewhere = farm.json<{ serial: number }>(['bootstrap', 'push', executable, '--to', join(top, 'mirror')]);
  assert.equal(elsewhere.serial, 2, 'a mirror has it under the same number');
  const { exitCode, stdout, stderr } = runBinfarm(['update', area]);
  assert.equal(exitCode, 0, stderr);
  assert.match(stdout, /binfarm \S+ is renewed/);
  assert.equal(statSync(binfarm).size, statSync(executable).size);
  running.stdin.end('\n');
  let said = '';
  for await (const text of running.stdout.setEncoding('utf8')) said += text;
  assert.equal(said, 'gamma read 42 and data of alpha\n');
  const old = runBinfarm(['bootstrap', area, '--from', first]);
  assert.equal(old.exitCode, 1);
  assert.match(old.stderr, /it is number 1, and number 2 was seen before \[PROGRAM_OLD\]/);
  assert.equal(spawnSync(binfarm, ['--version']).status, 0);
});

test('what is no executable of binfarm is not published', () => {
  for (const file of ['/bin/sh', farm.path('binfarm.yaml')]) {
    const { exitCode, stderr } = farm.run('bootstrap', 'push', file);
    assert.equal(exitCode, 1);
    assert.match(stderr, /PROGRAM_INVALID/);
  }
  assert.match(farm.run('bootstrap', 'push').stderr, /it runs from its sources/);
  assert.match(farm.run('bootstrap', 'line', '--arch', 'aarch64').stderr, /PROGRAM_NOT_FOUND/);
});
