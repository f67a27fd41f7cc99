import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { test } from 'node:test';

test('the reader shares nothing with the publisher, so that neither repeats a mistake of the other', () => {
  const files = globSync('**/*.ts', { cwd: import.meta.dirname }).filter((file) => !file.endsWith('.test.ts'));
  assert.ok(files.length > 30, 'the scan finds files');
  const wrong = files.flatMap((file) => {
    const path = join(import.meta.dirname, file);
    const targets = [...readFileSync(path, 'utf8').matchAll(/from '(\.[^']+)'/g)].map(([, target]) => {
      return normalize(join(dirname(path), target!));
    });
    return targets.filter((target) => {
      return !target.startsWith(import.meta.dirname) && !target.startsWith(join(import.meta.dirname, '../../core/'));
    });
  });
  assert.deepEqual(wrong, []);
});
