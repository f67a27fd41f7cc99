import assert from 'node:assert/strict';
import { createHash, createPublicKey, publicDecrypt, verify } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { inflateSync } from 'node:zlib';

/** What a repository publishes, as a reader finds it who believes nothing. */
export interface RepositoryState {
  readonly revision: number;
  readonly root: string;
  /** By path: what an entry is, its mode, and the SHA-1 of a file's content or a link's target. */
  readonly entries: ReadonlyMap<string, string>;
  readonly catalogs: readonly string[];
}

type Row = Record<string, number | bigint | string | Uint8Array | null>;

const names = [
  ...['regular', 'symlink', 'special', 'dir', 'nested', 'chunked', 'chunks', 'file_size', 'chunked_size'],
  ...['xattr', 'external', 'external_file_size'],
];

function sha1(bytes: string | Uint8Array): string {
  return createHash('sha1').update(bytes).digest('hex');
}

/** Reads a repository in a folder from its manifest on, with the rules of the stock tool's check: signatures, hashes, counters, link counts, transitions between catalogs, parts, reflog. */
export function assertRepository(folder: string, masterPublic: string): RepositoryState {
  const read = (name: string) => readFileSync(join(folder, name));
  const object = (hash: string, suffix: string): Buffer => {
    const stored = read(`data/${hash.slice(0, 2)}/${hash.slice(2)}${suffix}`);
    assert.equal(sha1(stored), hash, `object ${hash}${suffix}`);
    return inflateSync(stored);
  };
  const [manifest, signature] = splitSigned(read('.cvmfspublished'));
  const certificate = object(manifest.get('X')!, 'X').toString();
  assert.ok(
    verify('RSA-SHA1', Buffer.from(signature.digest), createPublicKey(certificate), signature.bytes),
    'signature',
  );
  const [list, listSignature] = splitSigned(read('.cvmfswhitelist'));
  const recovered = publicDecrypt({ key: readFileSync(masterPublic), padding: 1 }, listSignature.bytes);
  assert.equal(recovered.toString(), listSignature.digest);
  assert.equal(list.get('N'), manifest.get('N'));
  const reflog = read('.cvmfsreflog');
  assert.equal(sha1(reflog), manifest.get('Y'), 'reflog');
  const references = query(reflog, 'SELECT hash FROM refs').map(({ hash }) => hash);
  for (const key of ['C', 'X', 'H']) assert.ok(references.includes(manifest.get(key)!), `${key} in the reflog`);
  const tags = query(object(manifest.get('H')!, 'H'), "SELECT * FROM tags WHERE branch = ''");
  assert.equal(tags.find(({ name }) => name === 'trunk')?.hash, manifest.get('C'));

  const entries = new Map<string, string>();
  const catalogs: string[] = [];
  const raw = object(manifest.get('C')!, 'C');
  assert.equal(raw.length, Number(manifest.get('B')));
  const properties = readCatalog(raw, '', undefined);
  assert.equal(properties.get('revision'), manifest.get('S'));
  assert.ok(Number(properties.get('last_modified')) <= Number(manifest.get('T')));
  return { revision: Number(manifest.get('S')), root: manifest.get('C')!, entries, catalogs };

  function readCatalog(bytes: Buffer, prefix: string, mount: Row | undefined): Map<string, string> {
    assert.deepEqual([...bytes.subarray(18, 20)], [1, 1], 'rollback mode');
    catalogs.push(prefix);
    const all = new Map(query(bytes, 'SELECT * FROM properties').map(({ key, value }) => [String(key), String(value)]));
    assert.equal(all.get('root_prefix') ?? '', prefix);
    const rows = query(
      bytes,
      'SELECT *, CAST(name AS BLOB) AS bytes, CAST(symlink AS BLOB) AS target FROM catalog ORDER BY rowid',
    );
    const chunks = query(bytes, 'SELECT * FROM chunks ORDER BY offset');
    const nested = new Map(query(bytes, 'SELECT * FROM nested_catalogs').map((row) => [String(row.path), row]));
    const own = Object.fromEntries(names.map((name) => [name, 0])) as Record<string, number>;
    const below = Object.fromEntries(names.map((name) => [name, 0])) as Record<string, number>;
    const keyOf = (path: string) => createHash('md5').update(Buffer.from(path, 'latin1')).digest();
    const top = rows.find((row) => row.md5path_1 === keyOf(prefix).readBigInt64LE(0))!;
    if (mount !== undefined) {
      for (const field of ['hardlinks', 'size', 'mode', 'mtime', 'mtimens', 'symlink', 'name'])
        assert.deepEqual(top[field], mount[field], field);
      assert.equal(top.flags, 33n);
    }
    let reached = 0;
    const visit = (row: Row, path: string) => {
      reached += 1;
      assert.equal(row.md5path_2, keyOf(path).readBigInt64LE(8), path);
      const children = rows.filter(
        (child) => child !== top && child.parent_1 === row.md5path_1 && child.parent_2 === row.md5path_2,
      );
      const folders = children.filter(({ flags }) => Number(flags) & 1);
      assert.equal(row.hardlinks, BigInt(2 + folders.length), `links of ${path}`);
      own.dir! += 1;
      if (!nested.has(path) || path === prefix) entries.set(path, `folder ${Number(row.mode).toString(8)}`);
      for (const child of children) visitChild(child, path);
    };
    const visitChild = (child: Row, path: string) => {
      const name = Buffer.from(child.bytes as Uint8Array).toString('latin1');
      assert.ok(name !== '' && child.symlink !== null);
      const place = `${path}/${name}`;
      const flags = Number(child.flags);
      if (name === '.cvmfscatalog') assert.equal(path, prefix);
      if (flags & 2) visitMount(child, place);
      else if (flags & 1) visit(child, place);
      else visitLeaf(child, place, flags);
    };
    const visitMount = (row: Row, path: string) => {
      reached += 1;
      own.dir! += 1;
      own.nested! += 1;
      const { sha1: hash, size } = nested.get(path)!;
      const child = object(String(hash), 'C');
      assert.equal(child.length, Number(size));
      readCatalog(child, path, row);
      const statistics = query(child, 'SELECT * FROM statistics');
      for (const name of names)
        for (const part of ['self', 'subtree'])
          below[name]! += Number(statistics.find(({ counter }) => counter === `${part}_${name}`)!.value);
    };
    const visitLeaf = (row: Row, path: string, flags: number) => {
      reached += 1;
      assert.equal(row.hardlinks, 1n);
      if (flags & 8) {
        own.symlink! += 1;
        const target = Buffer.from(row.target as Uint8Array).toString('latin1');
        assert.equal(Number(row.size), target.length);
        entries.set(path, `link ${target}`);
      } else if (flags & 16) own.special! += 1;
      else {
        own.regular! += 1;
        own.file_size! += Number(row.size);
        entries.set(path, `file ${Number(row.mode).toString(8)} ${contentOf(row, path, flags)}`);
      }
    };
    const contentOf = (row: Row, path: string, flags: number): string => {
      if ((flags & 64) === 0) {
        const content = object(Buffer.from(row.hash as Uint8Array).toString('hex'), '');
        assert.equal(content.length, Number(row.size), path);
        return sha1(content);
      }
      assert.equal(row.hash, null);
      const parts = chunks.filter((chunk) => chunk.md5path_1 === row.md5path_1 && chunk.md5path_2 === row.md5path_2);
      own.chunked! += 1;
      own.chunked_size! += Number(row.size);
      own.chunks! += parts.length;
      const digest = createHash('sha1');
      let offset = 0n;
      for (const part of parts) {
        assert.equal(part.offset, offset);
        const content = object(Buffer.from(part.hash as Uint8Array).toString('hex'), 'P');
        assert.equal(BigInt(content.length), part.size);
        digest.update(content);
        offset += part.size as bigint;
      }
      assert.equal(offset, row.size);
      return digest.digest('hex');
    };
    visit(top, prefix);
    assert.equal(reached, rows.length, 'no entry dangles');
    assert.equal(nested.size, own.nested);
    assert.equal(entries.has(`${prefix}/.cvmfscatalog`), prefix !== '');
    const statistics = new Map(
      query(bytes, 'SELECT * FROM statistics').map(({ counter, value }) => [counter, Number(value)]),
    );
    for (const name of names) {
      assert.equal(statistics.get(`self_${name}`), own[name], `self_${name} of ${prefix}`);
      assert.equal(statistics.get(`subtree_${name}`), below[name], `subtree_${name} of ${prefix}`);
    }
    return all;
  }
}

function splitSigned(bytes: Buffer): [Map<string, string>, { digest: string; bytes: Buffer }] {
  const mark = bytes.indexOf('\n--\n');
  const body = bytes.subarray(0, mark + 1);
  const digest = bytes.toString('latin1', mark + 4, mark + 44);
  assert.equal(sha1(body), digest);
  const lines = body.toString('latin1').trimEnd().split('\n');
  return [new Map(lines.map((line) => [line[0]!, line.slice(1)])), { digest, bytes: bytes.subarray(mark + 45) }];
}

function query(bytes: Buffer, sql: string): Row[] {
  const database = new DatabaseSync(':memory:');
  try {
    database.deserialize(bytes);
    const statement = database.prepare(sql);
    statement.setReadBigInts(true);
    return statement.all() as Row[];
  } finally {
    database.close();
  }
}

/** The names of all objects that are there, sorted. */
export function objectsIn(folder: string): string[] {
  const data = join(folder, 'data');
  return readdirSync(data)
    .filter((part) => part.length === 2)
    .flatMap((part) => readdirSync(join(data, part)).map((name) => `${part}/${name}`))
    .sort();
}

/** What a killed publication could leave: temporary files and notes. */
export function leftoversIn(folder: string): string[] {
  const scratch = readdirSync(join(folder, 'data/txn'));
  const notes = readdirSync(join(folder, '.binfarm/journal')).filter((name) => name !== 'sealed');
  const own = readdirSync(folder).filter((name) => name.endsWith('.tmp'));
  assert.ok(existsSync(join(folder, '.revision')));
  return [...scratch, ...notes, ...own];
}
