import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { commandTable } from './command-table.ts';
import { createSyntax } from './create-syntax.ts';

test('no two commands have one name', () => {
  const names = commandTable.map(({ name }) => name);
  assert.deepEqual(names, [...new Set(names)]);
});

test('every file in commands/ is a command of the table', () => {
  const files = readdirSync(join(import.meta.dirname, 'commands')).filter((file) => !file.endsWith('.test.ts'));
  assert.deepEqual(files.toSorted(), commandTable.map(({ name }) => `${name.replaceAll(' ', '-')}.ts`).toSorted());
});

for (const entry of commandTable) {
  test(`"binfarm ${entry.name}" has no two options of one name, and --dry-run if it changes something`, async () => {
    const { command } = await entry.load();
    const flags = createSyntax(entry, command).options.flatMap(({ short, long }) => [short, long].filter(Boolean));
    assert.deepEqual(flags, [...new Set(flags)]);
    assert.equal(flags.includes('--dry-run'), command.changes);
  });
}
