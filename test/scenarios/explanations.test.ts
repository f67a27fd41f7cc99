import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { solve } from '../../src/solve/solve.ts';
import { readRequest } from './compact-request.ts';
import { formatExplanation, unsolvableRequests } from './explained-requests.ts';

const folder = join(import.meta.dirname, '../golden/explanations');
const isUpdate = process.env.UPDATE_SNAPSHOTS === '1';
const mostLines = 12;

for (const { name, says } of unsolvableRequests) {
  test(`an explanation is short and names the directives: ${says}`, () => {
    const result = solve(readRequest(JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'))));
    assert.ok(!result.solved, 'there is no solution');
    const text = formatExplanation(result.explanation);
    const path = join(folder, `${name}.txt`);
    if (isUpdate) writeFileSync(path, text);
    assert.equal(text, readFileSync(path, 'utf8'), `UPDATE_SNAPSHOTS=1 writes ${path} anew`);
    assert.ok(text.trim().split('\n').length <= mostLines, text);
  });
}
