import assert from 'node:assert/strict';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { digestOf } from '../../src/core/digest.ts';
import { hexOf } from '../../src/core/digest-text.ts';
import { packTar, type TarEntry } from '../fakes/pack-archive.ts';
import { makeFarm, makeTopFolder, namesOf } from './farm-fixture.ts';
import { findText, snapshotOf } from './read-tree.ts';
import { listStored } from './stored-packages.ts';
import { tinyPackages } from './tiny-packages.ts';

const top = makeTopFolder('bad-source');
const secret = 'this came out of the archive';
let count = 0;

const good: TarEntry[] = [
  { name: 'packed-1.0/', type: 'directory' },
  { name: 'packed-1.0/data.txt', data: 'data of an archive' },
];

function recipeOf(sha256: string): string {
  return `import { none, recipe } from 'binfarm';

export default recipe({
  name: 'packed',
  summary: 'Data that come in an archive',
  license: 'Apache-2.0',
  category: 'test',
  source: (version) => 'https://packed.invalid/packed-' + version + '.tar.gz',
  versions: { '1.0': { sha256: '${sha256}' } },
  build: none({ '.': 'share' }),
});
`;
}

/** A farm with delta and with a package whose archive is in a mirror that is a folder. */
function farmWith(archive: Buffer, sha256 = hexOf(digestOf(archive))) {
  count += 1;
  const farm = makeFarm(join(top, `farm${count}`), {
    recipes: { delta: tinyPackages.delta!, packed: { 'recipe.ts': recipeOf(sha256) } },
    stack: `settings: { mirrors: ["./mirror"] }\n`,
  });
  mkdirSync(farm.path('mirror'));
  writeFileSync(farm.path('mirror', 'packed-1.0.tar.gz'), archive);
  return farm;
}

interface BadSource {
  readonly says: string;
  readonly entries: readonly TarEntry[];
  readonly spoil?: (archive: Buffer) => Buffer;
  readonly sha256?: string;
  readonly code: string;
  readonly exitCode: number;
  readonly message: RegExp;
  readonly hint: RegExp;
}

const badSources: BadSource[] = [
  {
    says: 'a source with another checksum than its recipe states',
    entries: good,
    sha256: '0'.repeat(64),
    code: 'SOURCE_MISMATCH',
    exitCode: 1,
    message: /0000/,
    hint: /./,
  },
  {
    says: 'a truncated archive',
    entries: good,
    spoil: (archive) => archive.subarray(0, archive.length - 20),
    code: 'ARCHIVE_INVALID',
    exitCode: 1,
    message: /packed/,
    hint: /./,
  },
  {
    says: 'an archive with a file that leads out of it by "../"',
    entries: [...good, { name: 'packed-1.0/../../../../escaped.txt', data: secret }],
    code: 'ARCHIVE_UNSAFE',
    exitCode: 1,
    message: /\.\./,
    hint: /./,
  },
  {
    says: 'an archive with an absolute path',
    entries: [...good, { name: join(top, 'escaped.txt'), data: secret }],
    code: 'ARCHIVE_UNSAFE',
    exitCode: 1,
    message: /escaped/,
    hint: /./,
  },
  {
    says: 'an archive that writes through a link that leads out of it',
    entries: [
      ...good,
      { name: 'packed-1.0/way', type: 'symlink', linkname: '../../../..' },
      { name: 'packed-1.0/way/escaped.txt', data: secret },
    ],
    code: 'ARCHIVE_UNSAFE',
    exitCode: 1,
    message: /way/,
    hint: /./,
  },
];

interface Failed {
  readonly built: readonly string[];
  readonly failed: readonly {
    readonly key: string;
    readonly error: { readonly code: string; readonly message: string; readonly hint?: string };
  }[];
}

for (const { says, entries, spoil, sha256, code, exitCode, message, hint } of badSources) {
  test(`${says} is ${code}; the other packages are built, and nothing of it is left outside the build folder`, async () => {
    const archive = gzipSync(await packTar(entries));
    const farm = farmWith(spoil?.(archive) ?? archive, sha256);
    const { built, failed } = farm.json<Failed>(['build', '--offline'], exitCode);
    assert.deepEqual(namesOf(built), ['delta']);
    assert.equal(failed.length, 1);
    const { error } = failed[0]!;
    assert.equal(error.code, code, error.message);
    assert.match(error.message, message);
    assert.match(error.hint ?? '', hint, error.message);
    assert.deepEqual(
      (await listStored(farm)).map(({ name }) => name),
      ['delta'],
    );
    assert.deepEqual(
      findText(farm.folder, secret).filter((path) => !path.startsWith('mirror/')),
      [],
    );
    assert.equal(existsSync(join(top, 'escaped.txt')), false);

    const without = ['.binfarm/ledger', '.binfarm/lock', '.binfarm/logs'];
    const before = snapshotOf(farm.folder, without);
    farm.json(['build', '--offline'], exitCode);
    assert.deepEqual(snapshotOf(farm.folder, without), before, 'a second try changes nothing');
  });
}

test('an archive that is in no mirror is DOWNLOAD_FAILED with the addresses that were tried', async () => {
  const farm = farmWith(gzipSync(await packTar(good)));
  farm.edit('recipes/packed/recipe.ts', (text) => text.replaceAll('/packed-', '/missing-'));
  const { failed } = farm.json<Failed>(['build', '--offline'], 1);
  assert.equal(failed[0]!.error.code, 'DOWNLOAD_FAILED');
  assert.match(failed[0]!.error.hint ?? '', /./);
});

test('a good archive in the mirror is built without any network, and afterwards without the mirror', async () => {
  const farm = farmWith(gzipSync(await packTar(good)));
  assert.deepEqual(farm.build('--offline'), ['delta', 'packed']);
  rmSync(farm.path('mirror'), { recursive: true });
  assert.deepEqual(farm.build('--offline', '--force', 'packed'), ['packed']);
});
