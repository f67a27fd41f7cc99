import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { FarmError } from '../../core/farm-error.ts';
import { plainStyle } from '../style.ts';
import { errorAsJson } from './error-as-json.ts';
import { renderError } from './render-error.ts';

const folder = mkdtempSync(join(tmpdir(), 'render-error-'));
writeFileSync(join(folder, 'binfarm.yaml'), 'farm: nova\nsets:\n  analysis: [gls]\n');
after(() => rmSync(folder, { recursive: true }));
const rendering = { style: plainStyle, folder };
const place = { file: join(folder, 'binfarm.yaml'), line: 3, column: 14 };

test('an error shows code, message, place with the line it points at, and the hint', () => {
  const error = new FarmError('RECIPE_UNKNOWN', 'Cannot find a recipe for "gls": there is none', {
    place,
    hint: 'Did you mean "gsl"?',
  });
  assert.equal(
    renderError(error, rendering),
    [
      'error: Cannot find a recipe for "gls": there is none [RECIPE_UNKNOWN]',
      '  --> binfarm.yaml:3:14',
      '  3 |   analysis: [gls]',
      '    |              ^',
      '  hint: Did you mean "gsl"?',
      '',
    ].join('\n'),
  );
});

test('a place whose file cannot be read is still named', () => {
  const error = new FarmError('STACK_INVALID', 'Cannot read it: gone', {
    place: { file: join(folder, 'gone.yaml'), line: 7 },
  });
  assert.match(renderError(error, rendering), /--> gone\.yaml:7\n/);
});

test('escape sequences in a message do not reach the terminal', () => {
  const error = new FarmError('SPEC_INVALID', 'Cannot read spec "\x1b]0;title\x07\x1b[2J": it is odd');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
  assert.doesNotMatch(renderError(error, rendering), /[\u001b\u0007]/);
});

test('an unexpected error shows its stack and where to report it', () => {
  const text = renderError(new TypeError('x is not a function'), rendering);
  assert.match(text, /UNEXPECTED/);
  assert.match(text, /render-error\.test\.ts/);
  assert.match(text, /CONTRIBUTING\.md/);
});

test('an error as JSON has the same parts', () => {
  const error = new FarmError('BUILD_FAILED', 'Cannot build "zlib": make ended with 2', {
    place,
    details: { phase: 'build' },
  });
  assert.deepEqual(errorAsJson(error), {
    code: 'BUILD_FAILED',
    message: 'Cannot build "zlib": make ended with 2',
    place,
    details: { phase: 'build' },
  });
});
