import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CommandEntry } from './command-table.ts';
import { findCommand } from './find-command.ts';

const table: CommandEntry[] = ['build', 'image build', 'image push', 'install'].map((name) => ({
  name,
  summary: name,
  group: 'Parts',
  load: () => Promise.reject(new Error('a command is not loaded to find it')),
}));

const found = [
  { line: 'build', name: 'build', rest: '' },
  { line: 'build zlib --json', name: 'build', rest: 'zlib --json' },
  { line: '--farm x build zlib', name: 'build', rest: '--farm x zlib' },
  { line: '--farm=x --quiet build', name: 'build', rest: '--farm=x --quiet' },
  { line: 'image build full', name: 'image build', rest: 'full' },
  { line: 'image --json push', name: 'image push', rest: '--json' },
  { line: 'install -- build', name: 'install', rest: '-- build' },
  { line: 'help image build', name: 'image build', rest: '--help' },
];

for (const { line, name, rest } of found) {
  test(`"binfarm ${line}" is the command "${name}"`, () => {
    const invocation = findCommand(line.split(' '), table);
    assert.equal(invocation.kind, 'command');
    assert.deepEqual(invocation.kind === 'command' && [invocation.entry.name, invocation.rest.join(' ')], [name, rest]);
  });
}

const pages = [
  { line: [], kind: 'help', count: 4 },
  { line: ['--help'], kind: 'help', count: 4 },
  { line: ['help'], kind: 'help', count: 4 },
  { line: ['image'], kind: 'help', count: 2 },
  { line: ['image', '--help'], kind: 'help', count: 2 },
];

for (const { line, count } of pages) {
  test(`"binfarm ${line.join(' ')}" shows the help of ${count} commands`, () => {
    const invocation = findCommand(line, table);
    assert.equal(invocation.kind === 'help' && invocation.entries.length, count);
  });
}

test('--version needs no command', () => {
  assert.equal(findCommand(['--version'], table).kind, 'version');
});

const unknown = [
  { line: 'biuld', hint: /binfarm build/ },
  { line: 'image biuld', hint: /binfarm image build/ },
  { line: 'frobnicate', hint: /--help/ },
];

for (const { line, hint } of unknown) {
  test(`"binfarm ${line}" is refused with a hint`, () => {
    assert.throws(() => findCommand(line.split(' '), table), { code: 'ARGUMENT_INVALID', hint });
  });
}
