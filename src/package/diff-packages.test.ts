import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { runProcess } from '../core/run-process.ts';
import { diffPackages } from './diff-packages.ts';
import { packPrefix } from './pack-prefix.ts';
import { sampleDraft } from './sample-prefix.ts';

let folder = '';
const draft = sampleDraft('/binfarm/'.padEnd(64, 'x'), 'diff');

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'binfarm-diff-'));
});
after(() => rm(folder, { recursive: true, force: true }));

async function pack(name: string, make: (prefix: string) => Promise<void>, change: object = {}): Promise<string> {
  const prefix = join(folder, name);
  await mkdir(prefix);
  await make(prefix);
  const output = `${prefix}.tar.zst`;
  await packPrefix({ prefix, manifest: { ...draft, ...change }, output });
  return output;
}

async function compile(prefix: string, text: string): Promise<void> {
  await writeFile(`${prefix}/x.c`, `const char *when(void) { return "${text}"; }\n`);
  const { exitCode } = await runProcess(
    ['gcc', '-shared', '-fPIC', '-nostdlib', '-Wl,--build-id=none', '-o', 'libx.so', 'x.c'],
    { cwd: prefix },
  );
  assert.equal(exitCode, 0);
  await rm(`${prefix}/x.c`);
}

test('diffPackages names what was added, removed and changed, and the section that differs first', async () => {
  const a = await pack('a', async (prefix) => {
    await compile(prefix, '12:00:01');
    await writeFile(`${prefix}/gone`, '');
    await writeFile(`${prefix}/longer`, 'same');
    await writeFile(`${prefix}/mode`, '');
    await writeFile(`${prefix}/type`, '');
    await symlink('mode', `${prefix}/target`);
  });
  const make = async (prefix: string) => {
    await compile(prefix, '12:00:02');
    await writeFile(`${prefix}/come`, '');
    await writeFile(`${prefix}/longer`, 'same and more');
    await writeFile(`${prefix}/mode`, '');
    await chmod(`${prefix}/mode`, 0o755);
    await symlink('mode', `${prefix}/type`);
    await symlink('type', `${prefix}/target`);
  };
  const b = await pack('b', make, { summary: 'Another' });
  const { metadata, entries } = await diffPackages(a, b);
  assert.deepEqual(metadata, ['summary']);
  const library = entries.find(({ path }) => path === 'libx.so');
  assert.ok(library?.change === 'content' && library.section === '.rodata' && library.offset > 0);
  assert.deepEqual(
    entries.filter((entry) => entry !== library),
    [
      { change: 'added', path: 'come' },
      { change: 'removed', path: 'gone' },
      { change: 'content', path: 'longer', offset: 4, fromSize: 4, toSize: 13 },
      { change: 'mode', path: 'mode', from: '644', to: '755' },
      { change: 'target', path: 'target', from: 'mode', to: 'type' },
      { change: 'type', path: 'type', from: 'file', to: 'symlink' },
    ],
  );
  assert.deepEqual(await diffPackages(a, a), { metadata: [], entries: [] });
});
