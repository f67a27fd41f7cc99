import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFarmError } from '../../core/farm-error.ts';
import { runProcess } from '../../core/run-process.ts';
import { formatEnvironmentScript, formatRunscript } from './image-files.ts';

async function shell(script: string, ...args: readonly string[]): Promise<string> {
  const { stdout, stderr } = await runProcess(['sh', '-c', script, 'sh', ...args], {
    env: { PATH: '/usr/bin:/bin', KEPT: 'kept', MINE: 'caller' },
  });
  assert.equal(stderr, '');
  return stdout;
}

test('a shell that reads the environment script has its values, whatever is in them and whatever the caller has', async () => {
  const values = { MINE: 'image', QUOTES: `it's "$HOME" \`x\` \\ }`, LINES: 'a\nb', EMPTY: '' };
  const found = await shell(
    `${formatEnvironmentScript(values)}\nprintf '%s|' "$MINE" "$QUOTES" "$LINES" "$EMPTY" "$KEPT"`,
  );
  assert.equal(found, `${Object.values(values).join('|')}|kept|`);
});

for (const name of ['', '1A', 'A B', 'A;rm', 'A=B', 'é']) {
  test(`the variable ${JSON.stringify(name)} is refused`, () => {
    assert.throws(
      () => formatEnvironmentScript({ [name]: 'x' }),
      (error) => isFarmError(error, 'NAME_INVALID'),
    );
  });
}

const say = ['printf', '<%s>'];
const runs: readonly { entrypoint?: string[]; command?: string[]; args: string[]; want: string }[] = [
  { entrypoint: say, command: ['a b', "it's"], args: [], want: `<a b><it's>` },
  { entrypoint: say, command: ['a b'], args: ['c', 'd e'], want: '<c><d e>' },
  { entrypoint: [...say, '$HOME'], args: [], want: '<$HOME>' },
  { command: [...say, 'x'], args: [], want: '<x>' },
  { command: [...say, 'x'], args: [...say, 'y'], want: '<y>' },
  { args: [...say, 'y'], want: '<y>' },
  { args: [], want: '' },
];

for (const { args, want, ...settings } of runs) {
  test(`an image with ${JSON.stringify(settings)} runs with ${JSON.stringify(args)}`, async () => {
    assert.equal(await shell(formatRunscript(settings), ...args), want);
  });
}
