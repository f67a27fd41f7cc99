import { constants, privateEncrypt, sign, X509Certificate } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type FakeCatalog, type FakeTree, fakeTime, makeFakeCatalog } from './cvmfs-catalog.ts';
import { type FakeChanges, type FakeStore, openFakeStore } from './cvmfs-objects.ts';

const keys = join(import.meta.dirname, '../fixtures/cvmfs');
const pem = (name: string) => readFileSync(join(keys, name), 'utf8');

/** The name of every repository that this makes. */
export const fakeName = 'tiny.example.org';

/** The file with the master key's public half. */
export const fakeKeyFile = join(keys, 'master.pub');

/** Writes a repository into a folder, by the page on the format alone and as simply as can be, with fixed keys: it shares nothing with binfarm's own writer and reader. */
export function makeFakeRepository(folder: string, tree: FakeTree, changes: FakeChanges = {}): void {
  mkdirSync(folder, { recursive: true });
  const store = openFakeStore(folder, changes);
  const { suffix, hashOf, put } = store;
  const root = makeFakeCatalog(store, '', tree);
  const certificateText = changes.certificate?.(pem('certificate.crt')) ?? pem('certificate.crt');
  const [certificate, metainfo] = [put(certificateText, 'X'), put(JSON.stringify({ description: 'tiny' }), 'M')];
  const history = put(makeHistory(store, root), 'H');
  const reflog = makeReflog(store, [root.hash, certificate, history, metainfo]);
  writeFileSync(join(folder, '.cvmfsreflog'), reflog);
  const hashes = { C: root.hash, X: certificate, H: history, M: metainfo, Y: hashOf(reflog) };
  const fields = {
    ...Object.fromEntries(Object.entries(hashes).map(([letter, hash]) => [letter, `${hash}${suffix}`])),
    B: root.size,
    R: 'd41d8cd98f00b204e9800998ecf8427e',
    D: 240,
    S: changes.revision ?? 7,
    G: 'yes',
    A: 'no',
    N: fakeName,
    T: fakeTime,
  };
  const lines = Object.entries(fields).map(([letter, value]) => `${letter}${value}\n`);
  writeManifest(store, lines.join(''));
  writeWhitelist(store, certificateText);
}

function writeManifest({ folder, changes, hashOf, suffix }: FakeStore, lines: string): void {
  const text = changes.manifest?.(lines) ?? lines;
  const hash = `${hashOf(Buffer.from(text, 'latin1'))}${suffix}`;
  const key = { key: pem('certificate.key'), padding: constants.RSA_PKCS1_PADDING };
  writeSigned(join(folder, '.cvmfspublished'), `${text}--\n${hash}\n`, sign('RSA-SHA1', Buffer.from(hash), key));
}

function writeWhitelist({ folder, changes, hashOf, suffix }: FakeStore, certificate: string): void {
  const der = certificate.includes('BEGIN CERT') ? new X509Certificate(pem('certificate.crt')).raw : Buffer.alloc(0);
  const fingerprint = hashOf(der)
    .toUpperCase()
    .replace(/..(?!$)/g, '$&:');
  const lines = `20231114000000\nE20991114000000\nN${fakeName}\n${fingerprint}${suffix.toUpperCase()} # of the tests\n`;
  const text = changes.whitelist?.(lines) ?? lines;
  const hash = `${hashOf(Buffer.from(text, 'latin1'))}${suffix}`;
  const key = { key: pem('master.key'), padding: constants.RSA_PKCS1_PADDING };
  writeSigned(join(folder, '.cvmfswhitelist'), `${text}--\n${hash}\n`, privateEncrypt(key, Buffer.from(hash)));
}

function writeSigned(path: string, text: string, signature: Buffer): void {
  writeFileSync(path, Buffer.concat([Buffer.from(text, 'latin1'), signature]));
}

function makeHistory({ database, changes, suffix }: FakeStore, root: FakeCatalog): Buffer {
  const { revision = 7, historySql = '' } = changes;
  return database('history', (db) => {
    db.exec(`CREATE TABLE properties (key TEXT PRIMARY KEY, value TEXT);
      INSERT INTO properties VALUES ('schema', '1.0'), ('schema_revision', '3'), ('fqrn', '${fakeName}');
      CREATE TABLE branches (branch TEXT PRIMARY KEY, parent TEXT, initial_revision INTEGER);
      INSERT INTO branches VALUES ('', NULL, 0);
      CREATE TABLE tags (name TEXT PRIMARY KEY, hash TEXT, revision INTEGER, timestamp INTEGER, channel INTEGER, description TEXT, size INTEGER, branch TEXT);
      INSERT INTO tags VALUES ('trunk', '${root.hash}${suffix}', ${revision}, ${fakeTime}, 0, 'current HEAD', ${root.size}, '');
      CREATE TABLE recycle_bin (hash TEXT PRIMARY KEY, flags INTEGER); ${historySql}`);
  });
}

function makeReflog({ database, changes, suffix }: FakeStore, hashes: readonly string[]): Buffer {
  return database('reflog', (db) => {
    db.exec(`CREATE TABLE properties (key TEXT PRIMARY KEY, value TEXT);
      INSERT INTO properties VALUES ('schema', '1.0'), ('schema_revision', '0'), ('fqrn', '${fakeName}');
      CREATE TABLE refs (hash TEXT PRIMARY KEY, type INTEGER, timestamp INTEGER)`);
    const insert = db.prepare('INSERT INTO refs VALUES (?, ?, ?)');
    for (const [type, hash] of hashes.entries()) insert.run(`${hash}${suffix}`, type, fakeTime);
    db.exec(changes.reflogSql ?? '');
  });
}

const tinyXattrs = '01020601757365722e61621007757365722e62696e6661726d2e706b67706b672d312e30';

/** A tree with one of everything. */
export const fakeTree: FakeTree = {
  'hello.txt': { file: 'hello binfarm\n' },
  empty: { in: {} },
  variant: { link: '$(BINFARM_ARCH:-x86_64)' },
  latest: { link: `/cvmfs/${fakeName}/sw/1.0` },
  pipe: { pipe: true },
  plain: { file: 'stored as it is\n', plain: true },
  one: { file: 'linked\n', row: { hardlinks: (1n << 32n) + 2n } },
  two: { file: 'linked\n', row: { hardlinks: (1n << 32n) + 2n } },
  sw: {
    in: {
      README: { file: 'hello binfarm\n' },
      '1.0': {
        nested: true,
        in: {
          bin: { in: { tool: { file: '#!/bin/sh\necho tool\n', row: { mode: 0o100755 } } } },
          'big.bin': { file: Buffer.alloc(25_000, 'big'), chunk: 10_000 },
          'up.txt': { link: '../README' },
          noted: { file: 'x', row: { xattr: Buffer.from(tinyXattrs, 'hex') } },
          deep: { nested: true, in: { 'leaf.txt': { file: 'leaf\n' } } },
        },
      },
    },
  },
};
