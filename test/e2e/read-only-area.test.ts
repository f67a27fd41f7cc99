import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { makeTopFolder } from './farm-fixture.ts';
import { runInNamespace } from './run-in-namespace.ts';
import type { ReadOnlyRun } from './run-on-read-only-area.ts';

const top = makeTopFolder('read-only-area');
let runs: readonly ReadOnlyRun[] = [];
const area = join(top, 'disk', 'area');

before(() => {
  runs = runInNamespace<ReadOnlyRun>('run-on-read-only-area.ts', [top]);
});

function runOf(name: string): ReadOnlyRun {
  return runs.find((run) => run.name === name)!;
}

for (const name of ['list', 'activate', 'shell', 'gc --dry-run', 'rollback --dry-run', 'remove --dry-run']) {
  test(`${name} works in an area on a read-only file system`, () => {
    const { exitCode, stdout, stderr } = runOf(name);
    assert.equal(exitCode, 0, stderr + stdout);
  });
}

test('the line of activate and the program that shell runs are those of the area', () => {
  assert.ok(runOf('activate').stdout.includes(`. '${area}/setup.sh'`));
  assert.equal(runOf('shell').stdout, 'a 1 with the data of a 1\n');
});

for (const name of ['install', 'install elsewhere', 'gc', 'rollback', 'remove', 'update']) {
  test(`${name} on a read-only file system is PERMISSION_DENIED, says why, and what can be done`, () => {
    const { exitCode, stdout } = runOf(name);
    const { error } = JSON.parse(stdout) as { error: { code: string; message: string; hint?: string } };
    assert.deepEqual([error.code, exitCode], ['PERMISSION_DENIED', 3], stdout);
    assert.match(error.message, /: the file system is read-only$/);
    if (name !== 'install elsewhere') {
      assert.match(error.message, /^Cannot change the area /);
      assert.match(error.hint ?? '', /install elsewhere/);
    }
  });
}
