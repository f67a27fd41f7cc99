import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { commandTable } from '../../src/cli/command-table.ts';
import { runBinfarm } from './run-binfarm.ts';

const launcher = join(import.meta.dirname, '../../bin/binfarm');
const folder = mkdtempSync(join(tmpdir(), 'command-line-'));
after(() => rmSync(folder, { recursive: true }));

test('--version prints one line', () => {
  const run = runBinfarm(['--version']);
  assert.match(run.stdout, /^binfarm \d+\.\d+\.\d+\n$/);
  assert.deepEqual([run.exitCode, run.stderr], [0, '']);
});

test('the launcher works through a symbolic link, from any folder', () => {
  const link = join(folder, 'linked');
  symlinkSync(launcher, link);
  assert.equal(spawnSync(link, ['--version'], { cwd: '/', encoding: 'utf8' }).status, 0);
});

const refused = [
  { argv: ['biuld'], message: /Cannot run "binfarm biuld"/ },
  { argv: ['version', '--jsno'], message: /Did you mean --json\?/ },
  { argv: ['version', 'extra'], message: /too many arguments/ },
  { argv: ['complete', 'cmd'], message: /bash, fish, zsh/ },
  { argv: ['version', '--quiet', '--verbose'], message: /cannot be used with/ },
];

for (const { argv, message } of refused) {
  test(`"binfarm ${argv.join(' ')}" ends with exit code 2 and a hint`, () => {
    const run = runBinfarm(argv);
    assert.deepEqual([run.exitCode, run.stdout], [2, '']);
    assert.match(run.stderr, message);
    assert.match(run.stderr, /hint: /);
  });
}

test('with --json an error is an object on stdout', () => {
  const run = runBinfarm(['version', '--json', 'extra']);
  assert.equal(run.exitCode, 2);
  assert.equal(JSON.parse(run.stdout).error.code, 'ARGUMENT_INVALID');
  assert.equal(run.stderr, '');
});

test('a reader that goes away is no error', () => {
  const run = spawnSync('sh', ['-c', `"${launcher}" --help | head -n 1; "${launcher}" version --help | true`], {
    encoding: 'utf8',
  });
  assert.deepEqual([run.status, run.stderr], [0, '']);
});

for (const { name } of commandTable) {
  test(`"binfarm ${name} --help" shows a page`, () => {
    const run = runBinfarm([...name.split(' '), '--help']);
    assert.equal(run.exitCode, 0);
    assert.match(run.stdout, new RegExp(`^Usage: binfarm ${name}`));
  });
}

for (const shell of ['bash', 'fish', 'zsh']) {
  test(`the completion script is one that ${shell} can read`, () => {
    const script = join(folder, `completion.${shell}`);
    writeFileSync(script, runBinfarm(['complete', shell]).stdout);
    const run = spawnSync(shell, ['-n', script], { encoding: 'utf8' });
    assert.deepEqual([run.error, run.status, run.stderr], [undefined, 0, '']);
  });
}

test('completion offers commands and their options', () => {
  assert.match(runBinfarm(['complete', '--', 'vers']).stdout, /^version\t/);
  assert.match(runBinfarm(['complete', '--', 'version', '--js']).stdout, /^--json\t/);
});

test('completion of nonsense is nothing, not an error', () => {
  assert.equal(runBinfarm(['complete', '--', 'frobnicate', '']).exitCode, 0);
});
