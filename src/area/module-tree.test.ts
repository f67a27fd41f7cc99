import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { runProcess } from '../core/run-process.ts';
import { locateArea, makeArea } from './area-index.ts';
import type { AreaLayout } from './area-layout.ts';
import { createGeneration, switchGeneration } from './generation.ts';
import { isModuleTreeFresh, moduleTreeOf, planModuleTree, refreshModuleTree, writeModuleTree } from './module-tree.ts';
import { formatModulefile } from './modulefile.ts';

/** An area with releases 2026.1 and 2026.2 of a farm, in use one after the other, each with a program that says which it is. */
async function areaWithReleases(name = 'area'): Promise<AreaLayout> {
  const parent = await realpath(await mkdtemp(join(tmpdir(), 'modules-')));
  const layout = locateArea(join(parent, name), 200);
  await makeArea(layout);
  for (const release of ['2026.1', '2026.2']) {
    const storeName = `tool-${release}`;
    await mkdir(join(layout.store, storeName, 'bin'), { recursive: true });
    await writeFile(join(layout.store, storeName, 'bin', 'tool'), `#!/bin/sh\necho tool of ${release}\n`, {
      mode: 0o755,
    });
    const entries = [{ path: 'bin', type: 'directory', mode: 0o755 }] as const;
    const packages = [{ storeName, name: 'tool', asked: true, entries }];
    const { generation } = await createGeneration(layout, { farm: 'nova', platform: 'p', release, packages });
    await switchGeneration(layout, generation.number);
  }
  await writeModuleTree(layout, await planModuleTree(layout));
  return layout;
}

/** How each shell gets the `module` function, and how it says which of its variables changed. */
const shells = [
  ['dash', ['-c'], '. /usr/share/modules/init/sh'],
  ['bash', ['--norc', '-c'], '. /usr/share/modules/init/bash'],
  ['zsh', ['-f', '-c'], '. /usr/share/modules/init/zsh'],
  ['tcsh', ['-f', '-c'], 'source /usr/share/modules/init/tcsh'],
  ['fish', ['--no-config', '-c'], 'source /usr/share/modules/init/fish'],
] as const;

async function runShell(shell: string, argv: readonly string[], lines: readonly string[], env = {}): Promise<string> {
  const variables = { PATH: '/usr/bin:/bin', HOME: '/nowhere', CMAKE_PREFIX_PATH: '/old', ...env };
  const result = await runProcess([shell, ...argv, lines.join('\n')], { env: variables, timeoutSeconds: 60 });
  assert.equal(result.exitCode, 0, `${shell}: ${result.stderr}`);
  return result.stdout;
}

/** The variables between two marks, but for those that Modules keeps its own books in. */
function variablesAfter(mark: string, output: string): string[] {
  const part = output.split(`mark ${mark}\n`)[1]!.split('mark ')[0]!;
  return part.split('\n').filter((line) => !/^(__MODULES_|_?LOADEDMODULES|_LMFILES_|_=|SHLVL=|$)/.test(line));
}

for (const [shell, argv, init] of shells) {
  test(`${shell}: "module load nova" sets up what is in use, a version another, and unloading gives back the environment as it was`, async () => {
    const layout = await areaWithReleases();
    const lines = [
      init,
      `module use '${moduleTreeOf(layout)}'`,
      ...[
        'echo mark before',
        'env',
        'module load nova',
        'echo mark current',
        'env',
        'tool',
        'module unload nova',
        'echo mark between',
        'env',
      ],
      ...[
        'module load nova/2026.1',
        'echo mark loaded',
        'env',
        'tool',
        'module unload nova/2026.1',
        'echo mark after',
        'env',
        'echo mark end',
      ],
    ];
    const output = await runShell(shell, argv, lines);
    assert.match(output, /tool of 2026\.2[\s\S]*tool of 2026\.1/);
    const view = join(layout.generations, '1/view');
    const loaded = variablesAfter('loaded', output);
    for (const line of [
      `PATH=${view}/bin:/usr/bin:/bin`,
      `CMAKE_PREFIX_PATH=${view}:/old`,
      `PKG_CONFIG_PATH=${view}/lib/pkgconfig:${view}/share/pkgconfig`,
      `MANPATH=${view}/share/man:`,
      `BINFARM_AREA=${layout.root}`,
    ])
      assert.ok(loaded.includes(line), `${line} in\n${loaded.join('\n')}`);
    const before = variablesAfter('before', output);
    assert.deepEqual(variablesAfter('between', output), before);
    assert.deepEqual(variablesAfter('after', output), before);
  });
}

test('the binfarm of an area is on the path behind the view', async () => {
  const layout = await areaWithReleases();
  await mkdir(join(layout.root, 'bin'));
  await writeFile(join(layout.root, 'bin/binfarm'), '', { mode: 0o755 });
  const script = `. /usr/share/modules/init/bash; module use '${moduleTreeOf(layout)}'; module load nova; echo $PATH; module unload nova; echo $PATH`;
  const { stdout } = await runProcess(['bash', '--norc', '-c', script], { env: { PATH: '/usr/bin:/bin' } });
  assert.equal(stdout, `${layout.current}/view/bin:${layout.root}/bin:/usr/bin:/bin\n/usr/bin:/bin\n`);
});

test('two releases of a farm are not loaded at once, and one that is gone says so', async () => {
  const layout = await areaWithReleases();
  const both = `. /usr/share/modules/init/bash; module use '${moduleTreeOf(layout)}'; module load nova/2026.1; module load nova/2026.2; echo $LOADEDMODULES`;
  const first = await runProcess(['bash', '--norc', '-c', both], { env: { PATH: '/usr/bin:/bin' } });
  assert.match(first.stderr, /conflict/i);
  assert.equal(first.stdout.trim(), 'nova/2026.1');
  await rm(join(layout.generations, '1'), { recursive: true });
  const gone = await runProcess(['bash', '--norc', '-c', both], { env: { PATH: '/usr/bin:/bin' } });
  assert.match(gone.stderr, /not there any more; "binfarm activate --modules"/);
});

test('a path with every character that Tcl would take apart is one word to it', async () => {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'modules-')));
  const view = join(folder, `a $b [c] {d "e" \\f;g#h`);
  await mkdir(join(folder, 'modules'));
  await mkdir(view);
  await writeFile(
    join(folder, 'modules/odd'),
    formatModulefile({ farm: 'odd', says: '[exit]', area: '/$HOME "} {', view }),
  );
  const script = `. /usr/share/modules/init/bash; module use '${folder}/modules'; module load odd; echo "$BINFARM_AREA"; echo "$PATH"`;
  const { stdout, stderr } = await runProcess(['bash', '--norc', '-c', script], { env: { PATH: '/usr/bin:/bin' } });
  assert.equal(stdout, `/$HOME "} {\n${view}/bin:/usr/bin:/bin\n`, stderr);
});

test('modulefiles follow the generations, and an area without any is left without', async () => {
  const layout = await areaWithReleases();
  const planned = await planModuleTree(layout);
  assert.equal(await isModuleTreeFresh(layout, planned), true);
  assert.deepEqual((await readdir(join(moduleTreeOf(layout), 'nova'))).sort(), [
    '.version',
    '2026.1',
    '2026.2',
    'current',
  ]);
  await rm(join(layout.generations, '1'), { recursive: true });
  await refreshModuleTree(layout);
  assert.deepEqual((await readdir(join(moduleTreeOf(layout), 'nova'))).sort(), ['.version', '2026.2', 'current']);
  assert.match(
    await readFile(join(moduleTreeOf(layout), 'nova/2026.2'), 'utf8'),
    /module-whatis "nova: 2026.2, 1 packages for p"/,
  );
  await rm(moduleTreeOf(layout), { recursive: true });
  await refreshModuleTree(layout);
  await assert.rejects(readdir(moduleTreeOf(layout)), { code: 'ENOENT' });
});
