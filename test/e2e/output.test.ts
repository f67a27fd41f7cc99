import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { commandTable } from '../../src/cli/command-table.ts';
import { makeFarm, makeTopFolder } from './farm-fixture.ts';
import { runBinfarm } from './run-binfarm.ts';

const top = makeTopFolder('output');
const farm = makeFarm(join(top, 'farm'));
const area = join(top, 'area');
const launcher = join(import.meta.dirname, '../../bin/binfarm');

before(() => {
  farm.build();
  assert.equal(farm.run('install', '--prefix', area).exitCode, 0);
  writeFileSync(farm.path('source.txt'), 'a source');
});

/** A command line for every command; those that hand the terminal over, and those that print a script, have no JSON. */
const lines: Readonly<Record<string, readonly string[] | 'no JSON'>> = {
  init: [join(top, 'new')],
  plan: [],
  build: [],
  clean: ['--dry-run'],
  install: ['--prefix', area],
  list: [area],
  activate: [area],
  shell: 'no JSON',
  info: ['alpha'],
  why: ['alpha'],
  'why rebuild': ['alpha'],
  doctor: [],
  version: [],
  complete: 'no JSON',
};

for (const [name, words] of Object.entries(lines)) {
  if (words === 'no JSON') continue;
  test(`"binfarm ${name} --json" prints one JSON document on stdout and nothing else`, () => {
    const { stdout, stderr } = farm.run(...name.split(' '), ...words, '--json', '--quiet');
    assert.notEqual(JSON.parse(stdout), undefined);
    assert.equal(stderr, '');
  });
}

for (const { name } of commandTable) {
  test(`"binfarm ${name} --json" with an unknown flag ends with 2 and one JSON document on stdout`, () => {
    const run = farm.run(...name.split(' '), '--no-such-flag', '--json');
    assert.deepEqual([run.exitCode, run.stderr], [2, '']);
    const { error } = JSON.parse(run.stdout) as { error: { code: string; message: string } };
    assert.equal(error.code, 'ARGUMENT_INVALID');
    assert.match(error.message, /--no-such-flag|required option/);
  });
}

/** What a command prints on a terminal, made by script(1). */
function onTerminal(argv: readonly string[], environment: Readonly<Record<string, string>>): string {
  const command = [launcher, ...argv].join(' ');
  const { CI: _, NO_COLOR: __, ...rest } = process.env;
  const { status, stdout } = spawnSync('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
    cwd: farm.folder,
    env: { ...rest, TERM: 'xterm-256color', ...farm.environment, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
  });
  assert.equal(status, 0, stdout);
  return stdout;
}

const colour = /\p{Cc}\[[\d;]*m/u;

test('on a terminal there are colours, with NO_COLOR or --no-color there are none', () => {
  assert.match(onTerminal(['plan'], {}), colour);
  assert.doesNotMatch(onTerminal(['plan'], { NO_COLOR: '1' }), colour);
  assert.doesNotMatch(onTerminal(['plan', '--no-color'], {}), colour);
});

test('a build on a terminal shows its progress and leaves the cursor visible', () => {
  const shown = onTerminal(['build', '--force', 'delta'], {});
  assert.match(shown, /delta/);
  const hidden = shown.lastIndexOf('\u001b[?25l');
  assert.ok(hidden === -1 || shown.lastIndexOf('\u001b[?25h') > hidden, 'the cursor is shown again');
});

test('into a pipe there are no colours and no control characters', () => {
  const { stdout, stderr } = runBinfarm(['build', '--force', 'delta'], {
    folder: farm.folder,
    environment: { ...farm.environment, NO_COLOR: '' },
  });
  assert.doesNotMatch(stdout + stderr, /(?![\n\t])\p{Cc}/u);
});

test('with --events - every line is an event, and the last one has the result', () => {
  const { stdout, stderr } = farm.run('build', '--force', 'alpha', '--events', '-', '--quiet');
  assert.equal(stderr, '');
  const events = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { type: string; value?: { built: string[] } });
  assert.ok(events.every(({ type }) => /^[a-z]+\.[a-zA-Z]+$/.test(type)));
  assert.equal(events.at(-1)!.type, 'command.finished');
  assert.equal(events.at(-1)!.value!.built.length, 1);
  for (const type of ['build.started', 'package.packed', 'package.stored', 'build.finished']) {
    assert.ok(
      events.some((event) => event.type === type),
      type,
    );
  }
});

test('an error after events is the last event, and the exit code is that of the error', () => {
  const { stdout, exitCode } = farm.run('build', 'no-such-package', '--events', '-', '--quiet');
  assert.equal(exitCode, 1);
  const last = JSON.parse(stdout.trimEnd().split('\n').at(-1)!) as { type: string; error: { code: string } };
  assert.deepEqual([last.type, last.error.code], ['command.failed', 'RECIPE_UNKNOWN']);
});
