import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeFarm, makeTopFolder } from './farm-fixture.ts';

const top = makeTopFolder('snapshots');
const farm = makeFarm(join(top, 'farm'));
const folder = join(import.meta.dirname, 'snapshots');
const isUpdate = process.env.UPDATE_SNAPSHOTS === '1';

/** What differs from run to run and from machine to machine, and what stands for it. */
const blanks: readonly (readonly [RegExp | string, string])[] = [
  [top, '<top>'],
  [/\b(x86_64|aarch64)-[a-z]+\d+-gcc\d+/g, '<platform>'],
  [/\b[0-9a-f]{64}\b/g, '<digest>'],
  [/(-\d[\w.]*)-[0-9a-f]{20}\b/g, '$1-<hash>'],
  [/\b[0-9a-f]{16}\b/g, '<key>'],
  [/\[ *\d+\.\d s\]/g, '[<time>]'],
  [/ *\b\d+(\.\d+)? (s|ms)\b/g, ' <time>'],
  [/ *\b\d+(\.\d+)? [kM]?B\b/g, ' <size>'],
  [/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<moment>'],
  [/ {2,}(?=[^ \n])/g, '  '],
];

/** Runs the command lines of a snapshot and compares all that they print, and their exit codes, with what it was. */
function compare(name: string, commands: readonly (readonly string[])[]): void {
  const parts = commands.map((argv) => {
    const { exitCode, stdout, stderr } = farm.run(...argv);
    const shown = [`$ binfarm ${argv.join(' ')}`, stderr, '---', stdout, `[exit code ${exitCode}]`, ''].join('\n');
    return blanks.reduce<string>((text, [pattern, blank]) => text.replaceAll(pattern, blank), shown);
  });
  const path = join(folder, `${name}.txt`);
  const text = parts.join('\n');
  if (isUpdate) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(path, text);
  }
  assert.equal(text, readFileSync(path, 'utf8'), `UPDATE_SNAPSHOTS=1 writes ${path} anew`);
}

test('the help pages read as they did', () => {
  compare('help', [['--help'], ['build', '--help'], ['install', '--help']]);
});

test('a plan, a build and an installation read as they did', () => {
  const oneByOne = ['build', '--parallel-builds', '1'];
  compare('build', [
    ['plan'],
    oneByOne,
    oneByOne,
    ['plan'],
    ['install', '--quiet', '--prefix', join(top, 'area')],
    ['list', join(top, 'area')],
  ]);
});

test('the answers about a package read as they did', () => {
  farm.edit('recipes/alpha/recipe.ts', (text) =>
    text.replace("'PREFIX=' + prefix", "'PREFIX=' + prefix, 'CFLAGS=-O1'"),
  );
  compare('questions', [['why', 'alpha'], ['why', 'rebuild', 'alpha'], ['plan']]);
});

test('errors read as they did', () => {
  farm.edit('recipes/beta/src/beta.c', (text) => text.replace('alpha_answer()', 'alpha_question'));
  compare('errors', [
    ['biuld'],
    ['build', '--jsno'],
    ['build', 'alhpa'],
    ['build', '--locked'],
    ['build', '--parallel-builds', '1'],
    ['install', '--prefix', `/${'long'.repeat(20)}`, 'delta'],
  ]);
  farm.edit('binfarm.yaml', (text) => text.replace('"alpha"', '"alhpa"'));
  compare('stack-error', [['plan']]);
});
