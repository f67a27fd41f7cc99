import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { formatObjectHash, type ObjectKind, parseObjectHash } from '../format/object-hash.ts';
import type { PathBytes } from '../format/path-bytes.ts';
import type { ObjectReference } from '../objects/fetch-object.ts';

/** Every object that catalogs refer to, once, with the first path that does; it lies in a file, so that a million of them need no memory. */
export interface ObjectLedger {
  /** Notes an object; gives what contradicts what was said of it before. */
  readonly add: (reference: ObjectReference, path: PathBytes) => string | undefined;
  readonly count: () => number;
  readonly hasKey: (hash: string, kind: ObjectKind) => boolean;
  /** All of them, in the order of their hashes. Nothing may be added meanwhile. */
  readonly all: () => Iterable<{ readonly reference: ObjectReference; readonly path: PathBytes }>;
  readonly close: () => void;
}

/** Makes an empty ledger in a folder. */
export function createLedger(folder: string): ObjectLedger {
  const path = join(folder, `${randomBytes(8).toString('hex')}.ledger`);
  const database = new DatabaseSync(path);
  database.exec(
    `PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE; PRAGMA cache_size = -32000;
     CREATE TABLE object (hash TEXT, kind TEXT, packed INTEGER, size INTEGER, path TEXT, PRIMARY KEY (hash, kind)) WITHOUT ROWID;
     BEGIN`,
  );
  rmSync(path); // it is gone with this process, however that ends
  const insert = database.prepare('INSERT OR IGNORE INTO object VALUES (?, ?, ?, ?, ?)');
  const find = database.prepare('SELECT packed, size FROM object WHERE hash = ? AND kind = ?');
  const all = database.prepare('SELECT hash, kind, packed, size, path FROM object ORDER BY hash, kind');
  let count = 0;
  return {
    add: ({ hash, kind, isCompressed, size }, path) => {
      const text = formatObjectHash(hash);
      const packed = isCompressed ? 1 : 0;
      if (insert.run(text, kind, packed, size ?? -1, path).changes === 1) {
        count += 1;
        return undefined;
      }
      const before = find.get(text, kind)!;
      if (before.packed !== packed) return 'its object is compressed for one entry and not for another';
      return before.size === (size ?? -1) ? undefined : 'its object has another size for another entry';
    },
    count: () => count,
    hasKey: (hash, kind) => find.get(hash, kind) !== undefined,
    all: function* () {
      for (const { hash, kind, packed, size, path } of all.iterate()) {
        const plain = Number(size);
        const reference: ObjectReference = {
          hash: parseObjectHash(String(hash))!,
          kind: String(kind) as ObjectKind,
          isCompressed: packed === 1,
          size: plain,
          limit: plain,
        };
        yield { reference, path: String(path) };
      }
    },
    close: () => database.close(),
  };
}
