import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { packTar, type TarEntry } from '../../../test/fakes/pack-archive.ts';
import { digestOf } from '../../core/digest.ts';
import { addSource } from './add-source.ts';
import { extractSource } from './extract-source.ts';
import { type FetchedSource, fetchSources } from './fetch-sources.ts';
import { cachedPathOf, hasSource, openSourceCache, type SourceCache } from './source-cache.ts';
import { digestOfDirectory } from './tree/digest-of-directory.ts';

let folder: string;
let cache: SourceCache;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'binfarm-extract-'));
  cache = await openSourceCache({ directory: join(folder, 'cache') });
});
after(() => rm(folder, { recursive: true }));

const newRoot = () => mkdtemp(join(folder, 'root-'));

async function archive(entries: readonly TarEntry[]): Promise<FetchedSource> {
  const tar = await packTar(entries);
  const path = join(folder, 'archive.tar');
  await writeFile(path, tar);
  const { digest } = await addSource(cache, path);
  return { kind: 'archive', digest, file: 'archive.tar', path: cachedPathOf(cache, digest), bytes: tar.length };
}

test('addSource puts a file where fetchSources finds it', async () => {
  await writeFile(join(folder, 'local.tar'), 'local');
  const { digest, size, path } = await addSource(cache, join(folder, 'local.tar'));
  assert.deepEqual([digest, size], [digestOf('local'), 5]);
  assert.ok(await hasSource(cache, digest));
  const [fetched] = await fetchSources([{ kind: 'file', digest, file: 'x', urls: [] }], { cache, offline: true });
  assert.equal(fetched!.path, path);
});

test('addSource refuses what is no file', async () => {
  await assert.rejects(addSource(cache, join(folder, 'none')), { code: 'ARGUMENT_INVALID' });
  await assert.rejects(addSource(cache, folder), { code: 'ARGUMENT_INVALID' });
});

test('extractSource puts an archive below the sources and leaves nothing else there', async () => {
  const root = await newRoot();
  const counts = await extractSource(await archive([{ name: 't/a', data: 'abc' }]), { root, into: 'plugins/x' });
  assert.deepEqual(counts, { entries: 1, bytes: 3 });
  assert.deepEqual(await readdir(root, { recursive: true }), ['plugins', 'plugins/x', 'plugins/x/a']);
});

test('extractSource joins sources that share folders, but not files', async () => {
  const root = await newRoot();
  await extractSource(
    await archive([
      { name: 't/lib/a', data: 'a' },
      { name: 't/plugin', type: 'directory' },
    ]),
    { root, into: '' },
  );
  await extractSource(
    await archive([
      { name: 't/lib/b', data: 'b' },
      { name: 't/x', data: '' },
    ]),
    { root, into: '' },
  );
  await extractSource(await archive([{ name: 't/p', data: 'p' }]), { root, into: 'plugin' });
  assert.deepEqual((await readdir(root, { recursive: true })).toSorted(), [
    'lib',
    'lib/a',
    'lib/b',
    'plugin',
    'plugin/p',
    'x',
  ]);
  const again = await archive([{ name: 't/lib/a', data: 'other' }]);
  await assert.rejects(extractSource(again, { root, into: '' }), {
    code: 'RECIPE_INVALID',
    message: /another source has put/,
  });
  assert.equal(await readFile(join(root, 'lib/a'), 'utf8'), 'a');
});

test('extractSource leaves the folder as it was when an archive is hostile or damaged', async () => {
  const root = await newRoot();
  const hostile = await archive([
    { name: 'a', data: 'a' },
    { name: '../b', data: 'b' },
  ]);
  await assert.rejects(extractSource(hostile, { root, into: '' }), { code: 'ARCHIVE_UNSAFE' });
  await assert.rejects(extractSource(hostile, { root, into: '', limits: { entries: 0 } }), { code: 'ARCHIVE_UNSAFE' });
  assert.deepEqual(await readdir(root), []);
});

for (const into of ['../x', '/x', 'a/../../x', 'link', 'link/x', 'file/x']) {
  test(`extractSource refuses to put a source into "${into}"`, async () => {
    const root = await newRoot();
    await symlink(folder, join(root, 'link'));
    await writeFile(join(root, 'file'), '');
    await assert.rejects(
      extractSource(await archive([{ name: 'a', data: 'a' }]), { root, into }),
      (error: Error & { code: string }) => ['PATH_UNSAFE', 'PERMISSION_DENIED', 'ENOTDIR'].includes(error.code),
    );
  });
}

test('extractSource copies a single file under its name', async () => {
  const root = await newRoot();
  await writeFile(join(folder, 'data.txt'), 'data');
  const location = { kind: 'file', digest: digestOf('data'), file: 'data.txt', urls: [], directory: folder } as const;
  const [fetched] = await fetchSources([location], { cache });
  await extractSource(fetched!, { root, into: 'd' });
  assert.equal(await readFile(join(root, 'd/data.txt'), 'utf8'), 'data');
  assert.equal((await stat(join(root, 'd/data.txt'))).mode & 0o777, 0o644);
});

test('a file whose name is a path is refused, though the cache has it', async () => {
  await writeFile(join(folder, 'evil'), 'evil');
  const { digest, path } = await addSource(cache, join(folder, 'evil'));
  await assert.rejects(fetchSources([{ kind: 'file', digest, file: '../evil', urls: [] }], { cache }), {
    code: 'PATH_UNSAFE',
  });
  const source = { kind: 'file', digest, file: '../../evil', path, bytes: 4 } as const;
  await assert.rejects(extractSource(source, { root: await newRoot(), into: '' }), { code: 'PATH_UNSAFE' });
});

test('a folder is a source as long as it is what was planned', async () => {
  const root = await newRoot();
  const directory = join(folder, 'experiment');
  await mkdir(join(directory, 'src'), { recursive: true });
  await writeFile(join(directory, 'src/a.cc'), 'int a;');
  const location = {
    kind: 'directory',
    digest: await digestOfDirectory(directory),
    file: 'experiment',
    urls: [],
    directory,
  } as const;
  const [fetched] = await fetchSources([location], { cache });
  await extractSource(fetched!, { root, into: '' });
  assert.equal(await readFile(join(root, 'src/a.cc'), 'utf8'), 'int a;');
  await writeFile(join(directory, 'src/a.cc'), 'int b;');
  await assert.rejects(extractSource(fetched!, { root, into: 'later' }), { code: 'SOURCE_MISMATCH' });
  await assert.rejects(fetchSources([location], { cache }), { code: 'SOURCE_MISMATCH' });
  await rm(directory, { recursive: true });
  await assert.rejects(fetchSources([location], { cache }), { code: 'RECIPE_INVALID' });
});
