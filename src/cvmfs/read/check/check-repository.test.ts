import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fakeKeys, filesIn, openCheckedRepositories } from '../../../../test/fakes/check-fake-repository.ts';
import type { FakeChanges } from '../../../../test/fakes/cvmfs-objects.ts';
import { fakeName, fakeTree } from '../../../../test/fakes/cvmfs-repository.ts';
import { isFarmError } from '../../../core/farm-error.ts';
import { readTrust } from '../read-trust.ts';
import { openFolderSource } from '../source/open-folder-source.ts';

const { make, check, remove } = openCheckedRepositories();
after(remove);
const context = { emit: () => {} };
const isFull = process.env.BINFARM_TEST_FULL !== undefined;

for (const algorithm of ['sha1', 'rmd160', 'shake128'] as const) {
  test(`a repository with one of everything, hashed by ${algorithm}, has no faults`, async () => {
    const result = await check(make(fakeTree, { algorithm }));
    assert.deepEqual([result.faults, result.warnings], [[], []]);
    const { name, revision, catalogs, entries, objects, tags, others } = result;
    assert.deepEqual(
      { name, revision, catalogs, entries, objects, tags, others },
      { name: fakeName, revision: 7, catalogs: 3, entries: 21, objects: 10, tags: 1, others: 0 },
    );
  });
}

test('a bit flipped in any byte of manifest, whitelist or certificate breaks the chain of trust', async () => {
  const folder = make();
  const source = openFolderSource(folder);
  const certificate = filesIn(folder).find((path) => path.endsWith('X'))!;
  for (const path of [join(folder, '.cvmfspublished'), join(folder, '.cvmfswhitelist'), certificate]) {
    const bytes = readFileSync(path);
    for (let index = 0; index < bytes.length; index += isFull ? 1 : 3) {
      const changed = Buffer.from(bytes);
      changed[index]! ^= 1 << (index % 8);
      writeFileSync(path, changed);
      const passed = await readTrust(source, { keys: fakeKeys, now: Date.UTC(2026, 0, 1) }, context).catch((error) => {
        if (!isFarmError(error)) throw error;
      });
      assert.equal(passed, undefined, `${path}, byte ${index}`);
    }
    writeFileSync(path, bytes);
  }
});

test('a bit flipped in any file, a file cut off, one with more behind it, and one that is missing are found', async () => {
  const folder = make();
  for (const path of filesIn(folder)) {
    const bytes = readFileSync(path);
    const places = isFull ? 40 : 3;
    const flipped = Array.from({ length: places }, (_, index) => {
      const changed = Buffer.from(bytes);
      changed[Math.round((index * (bytes.length - 1)) / (places - 1))]! ^= 1 << (index % 8);
      return changed;
    });
    for (const changed of [...flipped, bytes.subarray(0, -1), Buffer.concat([bytes, Buffer.from('x')])]) {
      writeFileSync(path, changed);
      assert.ok((await check(folder)).faultCount > 0, path);
    }
    rmSync(path);
    const found = await check(folder).catch((error) => {
      if (!isFarmError(error, 'CVMFS_NOT_FOUND')) throw error;
      return { faultCount: 1 };
    });
    assert.ok(found.faultCount > 0, path);
    writeFileSync(path, bytes);
  }
  assert.equal((await check(folder)).faultCount, 0);
});

const row = 'UPDATE catalog SET';
const wrong: readonly (readonly [says: string, path: string, sql: string, reason: RegExp])[] = [
  ['a key of another path', '', `${row} md5path_1 = 5 WHERE name = 'empty'`, /not the MD5 of its path/],
  ['a row in no folder', '', `${row} parent_1 = 5 WHERE name = 'plain'`, /entries of its catalog are in no folder/],
  ['a name with a slash', '', `${row} name = 'a/b' WHERE name = 'plain'`, /slash/],
  ['a name that leads up', '', `${row} name = '..' WHERE name = 'plain'`, /no name/],
  ['an empty name', '', `${row} name = '' WHERE name = 'plain'`, /empty/],
  ['a link target that is NULL', '', `${row} symlink = NULL WHERE name = 'plain'`, /clients crash/],
  ['a mode that its flags deny', '', `${row} mode = 16877 WHERE name = 'plain'`, /do not agree/],
  ['a mode of no kind', '', `${row} mode = 420 WHERE name = 'plain'`, /of no kind/],
  ['unknown flags', '', `${row} flags = flags + 131072 WHERE name = 'plain'`, /do not agree/],
  ['an unknown compression', '', `${row} flags = 4 + (2 << 11) WHERE name = 'plain'`, /unknown hash or compression/],
  ['another compression', '', `${row} flags = 4 WHERE name = 'plain'`, /no proper zlib stream/],
  ['no hash', '', `${row} hash = NULL WHERE name = 'plain'`, /without a hash/],
  ['a short hash', '', `${row} hash = x'00' WHERE name = 'plain'`, /20 bytes/],
  ['a hash of nothing', '', `${row} hash = zeroblob(20) WHERE name = 'plain'`, /missing/],
  ['a hash on a folder', '', `${row} hash = zeroblob(20) WHERE name = 'empty'`, /folder with a hash/],
  [
    'another size',
    '',
    `${row} size = 15 WHERE name = 'hello.txt'`,
    /size for another entry|unpacks to more|were promised/,
  ],
  ['a negative size', '', `${row} size = -1 WHERE name = 'hello.txt'`, /negative/],
  ['a huge size', '', `${row} size = 9223372036854775807 WHERE name = 'hello.txt'`, /too large/],
  ['a size that is text', '', `${row} size = 'much' WHERE name = 'hello.txt'`, /missing, negative/],
  ['a link’s other size', '', `${row} size = 1 WHERE name = 'variant'`, /target of the link has 23/],
  ['a file with a target', '', `${row} symlink = 'x' WHERE name = 'plain'`, /target of a link/],
  ['a pipe with a size', '', `${row} size = 1 WHERE name = 'pipe'`, /pipe with a size/],
  ['no link count', '', `${row} hardlinks = 0 WHERE name = 'plain'`, /link count is 0/],
  ['links without a group', '', `${row} hardlinks = 2 WHERE name = 'plain'`, /without a group/],
  ['too many links', '', `${row} hardlinks = (1 << 32) + 3 WHERE name IN ('one', 'two')`, /2 of its hard links/],
  ['unequal links', '', `${row} mtime = 5 WHERE name = 'two'`, /differs from it/],
  ['a folder’s other link count', '', `${row} hardlinks = 9 WHERE name = 'sw'`, /it has 1 folders/],
  ['nanoseconds of a second', '', `${row} mtimens = 1000000000 WHERE name = 'plain'`, /nanoseconds/],
  ['external folders', '', `${row} flags = flags + 128 WHERE name = 'empty'`, /"external"/],
  ['direct I/O on a link', '', `${row} flags = flags + 65536 WHERE name = 'variant'`, /"directIo"/],
  ['a nested root inside', '', `${row} flags = 33 WHERE name = 'empty'`, /root of a catalog, and is inside/],
  ['a mount point without a catalog', '', `${row} flags = 3 WHERE name = 'empty'`, /no catalog is named/],
  [
    'two kinds of mount point',
    '/sw/1.0',
    `${row} flags = 16387 WHERE name = 'deep'`,
    /and of another|of this revision/,
  ],
  [
    'a catalog without a mount point',
    '',
    "INSERT INTO nested_catalogs SELECT '/empty', sha1, size FROM nested_catalogs",
    /no mount point|not of/,
  ],
  ['a catalog above', '/sw/1.0', `UPDATE nested_catalogs SET path = '/sw'`, /not below/],
  ['a catalog outside', '', `UPDATE nested_catalogs SET path = '../sw'`, /slash/],
  ['another catalog’s size', '', 'UPDATE nested_catalogs SET size = size + 4096', /were promised|are told/],
  ['no catalog’s size', '', 'UPDATE nested_catalogs SET size = -1', /proper hash and size/],
  ['another mode at the mount point', '/sw/1.0', `${row} mode = 16832 WHERE name = '1.0'`, /differ in mode/],
  ['another time at the mount point', '/sw/1.0', `${row} mtime = mtime + 1 WHERE name = '1.0'`, /differ in mtime/],
  [
    'a root without its mark',
    '/sw/1.0',
    `${row} flags = 1 WHERE name = '1.0'`,
    /does not mark it as its root|mark of a nested/,
  ],
  ['another parent of a root', '/sw/1.0', `${row} parent_1 = 1 WHERE name = '1.0'`, /key of its parent/],
  [
    'another root prefix',
    '/sw/1.0',
    "UPDATE properties SET value = '/sw/2.0' WHERE key = 'root_prefix'",
    /catalog of "\/sw\/2.0"/,
  ],
  ['a root prefix at the top', '', "INSERT INTO properties VALUES ('root_prefix', '/x')", /catalog of "\/x"/],
  [
    'no marker',
    '/sw/1.0',
    `${row} name = '.cvmfscatalag' WHERE name = '.cvmfscatalog'`,
    /without a file .cvmfscatalog/,
  ],
  ['another schema', '', "UPDATE properties SET value = '2.4' WHERE key = 'schema'", /binfarm reads 2.5/],
  ['another schema revision', '', "UPDATE properties SET value = '5' WHERE key = 'schema_revision'", /not 6 or 7/],
  ['another revision', '', "UPDATE properties SET value = '8' WHERE key = 'revision'", /revision is 8/],
  ['a later change', '', "UPDATE properties SET value = '1800000000' WHERE key = 'last_modified'", /was changed after/],
  [
    'a previous revision that is none',
    '',
    "UPDATE properties SET value = 'x' WHERE key = 'previous_revision'",
    /previous_revision/,
  ],
  ['a gap between chunks', '/sw/1.0', 'UPDATE chunks SET offset = offset + 1 WHERE offset > 0', /begins at 10001/],
  [
    'a chunk twice',
    '/sw/1.0',
    'INSERT INTO chunks SELECT md5path_1, md5path_2, offset, 5, hash FROM chunks WHERE offset = 0',
    /begins at 0/,
  ],
  ['a chunk too few', '/sw/1.0', 'DELETE FROM chunks WHERE offset = 20000', /chunks end at 20000/],
  ['a chunk of size 0', '/sw/1.0', 'UPDATE chunks SET size = 0 WHERE offset = 20000', /proper offset and size/],
  ['chunks of nothing', '/sw/1.0', 'UPDATE chunks SET md5path_1 = 1', /belong to no file/],
  ['another hash of a chunk', '/sw/1.0', 'UPDATE chunks SET hash = zeroblob(20)', /missing/],
  ['attributes with more behind', '/sw/1.0', `${row} xattr = x'0100ff' WHERE name = 'noted'`, /behind its extended/],
  ['attributes that end early', '/sw/1.0', `${row} xattr = x'01020601' WHERE name = 'noted'`, /end too early/],
  [
    'a wrong counter',
    '/sw/1.0',
    "UPDATE statistics SET value = 9 WHERE counter = 'self_chunks'",
    /self_chunks .* is 9, and should be 3/,
  ],
  ['a wrong sum', '', "UPDATE statistics SET value = 9 WHERE counter = 'subtree_dir'", /subtree_dir .* is 9/],
  ['a counter too few', '', "DELETE FROM statistics WHERE counter = 'self_external'", /no counter self_external/],
  ['no statistics', '', 'DROP TABLE statistics', /no table "statistics"/],
  ['no chunks', '', 'DROP TABLE chunks', /table "chunks"/],
  [
    'a view in place of a table',
    '',
    'ALTER TABLE chunks RENAME TO c; CREATE VIEW chunks AS SELECT * FROM c',
    /has a view/,
  ],
  ['a trigger', '', 'CREATE TRIGGER t AFTER DELETE ON catalog BEGIN SELECT 1; END', /has a trigger/],
  ['a computed column', '', 'ALTER TABLE catalog ADD COLUMN z AS (size)', /computed columns/],
  ['an index over an expression', '', 'CREATE INDEX z ON catalog (abs(size))', /not over plain columns/],
  ['a partial index', '', 'CREATE INDEX z ON catalog (parent_1, parent_2) WHERE size > 0', /not over plain columns/],
  ['a mount point of no revision', '', "INSERT INTO bind_mountpoints VALUES ('/x', '', 0)", /names 1 mount points/],
];

for (const [says, path, sql, reason] of wrong) {
  test(`check finds ${says}`, async () => {
    const { faults } = await check(make(fakeTree, { sql: { [path]: sql } }));
    assert.ok(
      faults.some((fault) => reason.test(fault.reason)),
      JSON.stringify(faults, null, 1),
    );
  });
}

const elsewhere: readonly (readonly [says: string, changes: FakeChanges, reason: RegExp])[] = [
  [
    'a tag of a catalog that is not there',
    { historySql: `INSERT INTO tags VALUES ('old', '${'0'.repeat(40)}', 1, 1, 0, '', 0, '')` },
    /is missing/,
  ],
  ['a tag of another revision', { historySql: 'UPDATE tags SET revision = 3' }, /its catalog has 7/],
  ['a tag of the future', { historySql: 'UPDATE tags SET revision = 9' }, /has the revision 9/],
  ['a tag with another size', { historySql: 'UPDATE tags SET size = size + 1' }, /tells \d+ bytes/],
  ['a tag on a branch that is missing', { historySql: "UPDATE tags SET branch = 'x'" }, /that is missing/],
  ['a branch without a tag', { historySql: "INSERT INTO branches VALUES ('x', '', 1)" }, /no tag is on its branch "x"/],
  [
    'the history of another repository',
    { historySql: "UPDATE properties SET value = 'x' WHERE key = 'fqrn'" },
    /history of "x"/,
  ],
  ['a reference log without the catalog', { reflogSql: 'DELETE FROM refs WHERE type = 0' }, /has not the catalog/],
  [
    'a reference log of another repository',
    { reflogSql: "UPDATE properties SET value = 'x' WHERE key = 'fqrn'" },
    /it is of "x"/,
  ],
  ['a manifest without a time', { manifest: (text) => text.replace(/^T.*\n/m, '') }, /no line T/],
  ['a manifest with two revisions', { manifest: (text) => `${text}S8\n` }, /two lines S/],
  ['a manifest with another root path', { manifest: (text) => text.replace(/^Rd/m, 'Re') }, /MD5 of an empty path/],
  ['a manifest of another size', { manifest: (text) => text.replace(/^B\d+/m, 'B1024') }, /were promised|more bytes/],
  ['a manifest with an empty line', { manifest: (text) => `${text}\n` }, /empty line/],
  ['a manifest that promises copies', { manifest: (text) => text.replace('Ano', 'Ayes') }, /there is such a copy/],
  [
    'a manifest of another repository than its whitelist',
    { manifest: (text) => text.replace(`N${fakeName}`, 'Nother.example.org') },
    /not of "other/,
  ],
  ['a whitelist that has expired', { whitelist: (text) => text.replace('E2099', 'E2025') }, /expired/],
  [
    'a whitelist without the certificate',
    { whitelist: (text) => text.replace(/^(..:){19}../m, `${'00:'.repeat(19)}00`) },
    /does not vouch/,
  ],
  ['a whitelist with another signature scheme', { whitelist: (text) => `${text}Vpkcs7\n` }, /does not verify/],
  ['a whitelist that is of no day', { whitelist: (text) => text.replace('E2099', 'E209913') }, /no E with a time/],
  ['a certificate that is none', { certificate: () => 'x' }, /not one certificate/],
  [
    'a catalog with a write-ahead log',
    { database: (bytes) => Buffer.concat([bytes.subarray(0, 18), Buffer.from([2, 2]), bytes.subarray(20)]) },
    /write-ahead log/,
  ],
  [
    'a catalog that is no database',
    { database: (bytes, path) => (path === '' ? Buffer.from('x'.repeat(4096)) : bytes) },
    /no SQLite database/,
  ],
  [
    'a catalog that is cut off',
    { database: (bytes, path) => (path === '' ? bytes.subarray(0, -1024) : bytes) },
    /another length/,
  ],
];

for (const [says, changes, reason] of elsewhere) {
  test(`check finds ${says}`, async () => {
    const { faults } = await check(make(fakeTree, changes));
    assert.ok(
      faults.some((fault) => reason.test(fault.reason)),
      JSON.stringify(faults, null, 1),
    );
  });
}
