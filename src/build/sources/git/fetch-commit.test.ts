import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { digestOf } from '../../../core/digest.ts';
import type { SourceLocation } from '../../../model/source-location.ts';
import { extractSource } from '../extract-source.ts';
import { fetchSources } from '../fetch-sources.ts';
import { openSourceCache, type SourceCache } from '../source-cache.ts';
import { digestOfCommit } from './fetch-commit.ts';

let folder: string;
let url: string;
let cache: SourceCache;
let commits: readonly string[];

function git(...args: string[]): string {
  const identity = ['-c', 'user.name=a', '-c', 'user.email=a@example.org', '-c', 'init.defaultBranch=main'];
  const env = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };
  return execFileSync('git', [...identity, ...args], { cwd: join(folder, 'work'), env, encoding: 'utf8' }).trim();
}

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'binfarm-git-'));
  await mkdir(join(folder, 'work/src'), { recursive: true });
  git('init', '--quiet');
  const made: string[] = [];
  for (const text of ['one', 'two']) {
    await writeFile(join(folder, 'work/src/a.cc'), text);
    await symlink(text, join(folder, `work/src/${text}`));
    git('add', '.');
    git('commit', '--quiet', '-m', text);
    made.push(git('rev-parse', 'HEAD'));
  }
  commits = made;
  url = pathToFileURL(join(folder, 'work')).href;
  cache = await openSourceCache({ directory: join(folder, 'cache') });
});
after(() => rm(folder, { recursive: true }));

function locate(commit: string, where = url): SourceLocation {
  return { kind: 'git', digest: digestOfCommit(commit), file: 'work', urls: [], git: { url: where, commit } };
}

test('digestOfCommit is the digest of a text, so that a plan can be made without git', () => {
  assert.equal(digestOfCommit('a'), digestOf('git:a'));
});

test('a commit is fetched once and unpacked as it was, without a folder taken away', async () => {
  for (const [index, commit] of commits.entries()) {
    const [fetched] = await fetchSources([locate(commit)], { cache });
    const root = join(folder, `out${index}`);
    await extractSource(fetched!, { root, into: 'w' });
    assert.deepEqual(await readdir(join(root, 'w')), ['src']);
    assert.equal(await readFile(join(root, 'w/src/a.cc'), 'utf8'), ['one', 'two'][index]);
    assert.equal(
      (await stat(join(root, 'w/src/a.cc'))).mtimeMs / 1000,
      Number(git('show', '-s', '--format=%ct', commit)),
    );
  }
  await rename(join(folder, 'work'), join(folder, 'away'));
  await fetchSources(
    commits.map((commit) => locate(commit)),
    { cache, offline: true },
  );
  await rename(join(folder, 'away'), join(folder, 'work'));
});

const invalid: readonly (readonly [says: string, code: string, location: () => SourceLocation])[] = [
  ['a branch', 'RECIPE_INVALID', () => locate('main')],
  ['a short commit', 'RECIPE_INVALID', () => locate(commits[0]!.slice(0, 12))],
  ['a digest of something else', 'SOURCE_MISMATCH', () => ({ ...locate(commits[0]!), digest: digestOf('x') })],
  ['a commit that is not there', 'DOWNLOAD_FAILED', () => locate('0'.repeat(40))],
  ['a protocol that runs a program', 'DOWNLOAD_FAILED', () => locate(commits[0]!, 'ext::touch /tmp/binfarm-pwned')],
  ['an address that looks like an option', 'DOWNLOAD_FAILED', () => locate(commits[0]!, '--upload-pack=touch')],
];

for (const [says, code, location] of invalid) {
  test(`a git source is refused that names ${says}`, async () => {
    await assert.rejects(fetchSources([location()], { cache }), { code });
    const left = await readdir(join(cache.directory, 'git'), { recursive: true });
    assert.ok(!left.some((name) => name.endsWith('.tmp')));
  });
}

test('a repository that is larger than the limit is not kept', async () => {
  const fresh = await openSourceCache({ directory: join(folder, 'fresh') });
  const error = await fetchSources([locate(commits[0]!)], { cache: fresh, limits: { maxBytes: 10 } }).catch(
    (thrown: unknown) => thrown,
  );
  assert.match(`${error}`, /its repository is larger than the limit of 10 B/);
  assert.deepEqual(await readdir(join(folder, 'fresh/git'), { recursive: true }).then((names) => names.length), 1);
});

test('a git source on another machine is not fetched when binfarm is offline', async () => {
  const location = locate(commits[0]!, 'https://user:secret@git.example.org/a.git');
  await assert.rejects(fetchSources([location], { cache, offline: true }), {
    code: 'DOWNLOAD_FAILED',
    message: 'Cannot fetch source "work" from "https://***@git.example.org/a.git": binfarm is offline',
  });
});
