import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { runProcess } from '../core/run-process.ts';
import { formatSetupScripts } from './setup-scripts.ts';

const shells = [
  ['dash', 'setup.sh', (file: string) => ['-eu', '-c', `. '${file}'; . '${file}' && env`]],
  ['bash', 'setup.sh', (file: string) => ['--norc', '-eu', '-c', `. '${file}'; . '${file}' && env`]],
  ['zsh', 'setup.sh', (file: string) => ['-f', '-eu', '-c', `. '${file}'; . '${file}' && env`]],
  ['tcsh', 'setup.csh', (file: string) => ['-f', '-c', `source '${file}'; source '${file}' && env`]],
  ['fish', 'setup.fish', (file: string) => ['--no-config', '-c', `source '${file}'; source '${file}' && env`]],
] as const;

async function environmentOf(shell: string, argv: readonly string[], env: Record<string, string>) {
  const result = await runProcess([shell, ...argv], { env, timeoutSeconds: 20 });
  assert.equal(result.exitCode, 0, `${shell}: ${result.stderr}`);
  assert.equal(result.stderr, '', shell);
  return new Map(
    result.stdout.split('\n').map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
}

async function scriptsIn(area: string): Promise<Record<string, string>> {
  const folder = await mkdtemp(join(tmpdir(), 'setup-'));
  const paths: Record<string, string> = {};
  for (const { file, text } of formatSetupScripts(`${area}/current/view`, area)) {
    paths[file] = join(folder, file);
    await writeFile(paths[file], text);
  }
  return paths;
}

for (const [shell, file, argv] of shells) {
  for (const area of ['/opt/nova', "/opt/it's a $HOME !x"]) {
    test(`${shell} puts the view of "${area}" in front once, and loses nothing that was there`, async () => {
      const paths = await scriptsIn(area);
      const env = { PATH: '/usr/bin:/bin', HOME: '/nowhere', CMAKE_PREFIX_PATH: '/old/a:/old/b' };
      const after = await environmentOf(shell, argv(paths[file]!), env);
      const view = `${area}/current/view`;
      assert.equal(after.get('PATH'), `${view}/bin:/usr/bin:/bin`);
      assert.equal(after.get('CMAKE_PREFIX_PATH'), `${view}:/old/a:/old/b`);
      assert.equal(after.get('PKG_CONFIG_PATH'), `${view}/lib/pkgconfig:${view}/share/pkgconfig`);
      assert.equal(after.get('MANPATH'), `${view}/share/man:`, 'the system keeps its manual pages');
      assert.equal(after.get('BINFARM_AREA'), area);
      assert.equal(after.has('LD_LIBRARY_PATH'), false);
    });
  }
}

for (const [shell, file, argv] of shells) {
  test(`${shell} finds the binfarm of an area behind the view, if there is one`, async (context) => {
    const area = await mkdtemp(join(tmpdir(), "it's a $HOME !x-"));
    context.after(() => rm(area, { recursive: true }));
    const paths = await scriptsIn(area);
    const env = { PATH: '/usr/bin:/bin', HOME: '/nowhere' };
    const view = `${area}/current/view/bin`;
    assert.equal((await environmentOf(shell, argv(paths[file]!), env)).get('PATH'), `${view}:/usr/bin:/bin`);
    await mkdir(join(area, 'bin'));
    await writeFile(join(area, 'bin', 'binfarm'), '');
    await chmod(join(area, 'bin', 'binfarm'), 0o755);
    const after = await environmentOf(shell, argv(paths[file]!), env);
    assert.equal(after.get('PATH'), `${view}:${area}/bin:/usr/bin:/bin`);
  });
}
