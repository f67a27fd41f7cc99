import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { userCacheFolder } from '../../core/user-cache-folder.ts';
import type { Base } from '../base/base.ts';
import { openMachineBases, readOs } from '../base/machine-base.ts';
import { runSandboxed } from './run-sandboxed.ts';
import type { Sandbox } from './sandbox-argv.ts';

let base: Base;
before(async () => {
  const bases = await openMachineBases(userCacheFolder(process.env), () => {});
  base = await bases.provide({ os: await readOs(), compiler: { name: 'gcc', version: '12' }, packages: [] });
});

const root = '/binfarm/root-of-this-test';

async function inSandbox(script: string, options: { timeoutSeconds?: number; env?: Record<string, string> } = {}) {
  const work = await mkdtemp(join(tmpdir(), 'sandbox-'));
  for (const name of ['source', 'build', 'home', 'tmp', 'prefix']) await mkdir(join(work, name));
  const sandbox: Sandbox = {
    base,
    work,
    storeTop: '/binfarm',
    packages: [{ from: join(work, 'prefix'), to: `${root}/store/own`, writable: true }],
    tools: fileURLToPath(new URL('./tools', import.meta.url)),
  };
  const lines: string[] = [];
  await writeFile(join(work, 'source', 'answer.c'), 'int answer(void) { return 42; }\n');
  const result = await runSandboxed(sandbox, {
    argv: ['sh', '-c', script],
    cwd: '/work/source',
    env: { PATH: '/usr/bin:/bin', COMPILER_PATH: '/binfarm-tools', ...options.env },
    timeoutSeconds: options.timeoutSeconds ?? 60,
    onLine: (line) => lines.push(line),
  });
  return { ...result, lines, work };
}

test('a build runs as an ordinary user without a network, and sees nothing of the machine', async () => {
  const { lines } = await inSandbox(
    'id -u; ls /; cat /proc/net/dev | tail -n +3 | grep -vc lo:; ls /root /etc/ssh 2>&1; hostname',
  );
  assert.equal(lines[0], '1000');
  assert.ok(!lines.includes('home'), 'no home folders');
  assert.equal(lines.at(-1), 'binfarm');
});

test('a build can write to its own folders and prefix, and nowhere else', async () => {
  const { lines, work } = await inSandbox(`
    for place in /work/x /tmp/x ${root}/store/own/x; do touch $place && echo yes $place; done
    for place in /x /usr/x /etc/x /binfarm/x ${root}/x ${root}/store/x /binfarm-tools/x; do touch $place 2>/dev/null && echo no $place; done`);
  assert.deepEqual(lines, ['yes /work/x', 'yes /tmp/x', `yes ${root}/store/own/x`]);
  assert.deepEqual(await readdir(join(work, 'prefix')), ['x']);
});

test('libraries of the machine that a build does not declare cannot be linked', async () => {
  const { exitCode, lines } = await inSandbox(
    'echo "int main(void){return 0;}" > m.c; gcc m.c -o m -lcrypt; gcc m.c -o m -ltirpc',
  );
  assert.notEqual(exitCode, 0);
  assert.equal(lines.filter((line) => line.includes('cannot find -l')).length, 2);
});

test('the linker adds the run paths of BINFARM_RPATH, also when others are given', async () => {
  const rpath = `${root}/store/own/lib:${root}/store/dep/lib`;
  const script =
    'gcc -shared -fPIC answer.c -o libanswer.so -Wl,-rpath,/elsewhere && readelf -d libanswer.so | grep -o "RUNPATH.*"';
  const { lines } = await inSandbox(script, { env: { BINFARM_RPATH: rpath } });
  assert.deepEqual(lines, [`RUNPATH)            Library runpath: [/elsewhere:${rpath}]`]);
});

test('a program that takes too long is ended with all its children', async () => {
  const { timedOut, exitCode } = await inSandbox('sleep 300 & sleep 300', { timeoutSeconds: 0.5 });
  assert.equal(timedOut, true);
  assert.equal(exitCode, 137);
});

test('the CPU time of children and the memory in use are measured', async () => {
  const work = '$x = q(x) x 60_000_000; for ($i = 0; $i < 20_000_000; $i++) {}';
  const { cpuSeconds, peakBytes } = await inSandbox(`perl -e '${work}'`);
  assert.ok(cpuSeconds > 0.2 && cpuSeconds < 20, `${cpuSeconds} s`);
  assert.ok(peakBytes > 55e6, `${peakBytes} bytes`);
});
