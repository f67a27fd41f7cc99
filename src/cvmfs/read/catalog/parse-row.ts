import { constants } from 'node:fs';
import { hashAlgorithms } from '../format/object-hash.ts';
import { keyOfPath, nameProblem, type PathBytes, pathOfBytes } from '../format/path-bytes.ts';
import { type Entry, type EntryKind, flag } from './catalog-entry.ts';
import type { Row } from './open-database.ts';

/** The columns without which a catalog cannot be read. */
export const neededColumns: readonly string[] =
  'md5path_1 md5path_2 parent_1 parent_2 hardlinks hash size mode mtime flags name symlink uid gid'.split(' ');

/** The columns that `parseRow` takes, in their order; those that an older schema does not have are NULL there. */
export function entryColumns(columns: ReadonlySet<string>): string {
  const optional = (name: string) => (columns.has(name) ? name : 'NULL');
  return `rowid, md5path_1, md5path_2, CAST(name AS BLOB), typeof(name), CAST(symlink AS BLOB), typeof(symlink), hash, ${optional('xattr')},
    hardlinks, size, mode, mtime, ${optional('mtimens')}, flags, uid, gid`;
}

/** What a row stands for: a path, or an entry of a folder. */
export type RowPlace = { readonly path: PathBytes } | { readonly parent: PathBytes };

const kinds = new Map<number, { readonly kind: EntryKind; readonly bits: number }>([
  [constants.S_IFIFO, { kind: 'pipe', bits: flag.file | flag.special }],
  [constants.S_IFCHR, { kind: 'character device', bits: flag.file | flag.special }],
  [constants.S_IFDIR, { kind: 'folder', bits: flag.folder }],
  [constants.S_IFBLK, { kind: 'block device', bits: flag.file | flag.special }],
  [constants.S_IFREG, { kind: 'file', bits: flag.file }],
  [constants.S_IFLNK, { kind: 'link', bits: flag.file | flag.link }],
  [constants.S_IFSOCK, { kind: 'socket', bits: flag.file | flag.special }],
]);
const kindBits = flag.folder | flag.file | flag.link | flag.special;
const knownBits = 0x1ffff;

/** Reads a row; a text says why it cannot be an entry. What it must be beside that is for `check` to tell. */
export function parseRow(row: Row, place: RowPlace): Entry | string {
  const names = readNames(row, place);
  if (typeof names === 'string') return names;
  const numbers = readNumbers(row.slice(9));
  if (typeof numbers === 'string') return numbers;
  const { flags, mode } = numbers;
  const kind = mode <= 0xffff ? kinds.get(mode & constants.S_IFMT) : undefined;
  if (kind === undefined) return 'its mode is of no kind of entry';
  if (flags > knownBits || (flags & kindBits) !== kind.bits) return 'its flags do not agree with its mode';
  const algorithm = hashAlgorithms[(flags >>> 8) & 7];
  const compression = (flags >>> 11) & 7;
  if (algorithm === undefined || compression > 1) return 'its flags name an unknown hash or compression';
  const [hash, xattrs] = [row[7], row[8]];
  if (hash !== null && !(hash instanceof Uint8Array && hash.length === 20)) return 'its hash has not 20 bytes';
  if (xattrs !== null && !(xattrs instanceof Uint8Array)) return 'its extended attributes are no bytes';
  return {
    ...names,
    ...numbers,
    kind: kind.kind,
    hash: hash === null ? undefined : { algorithm, hex: hexOfBytes(hash) },
    algorithm,
    isCompressed: compression === 0,
    xattrs: xattrs ?? undefined,
    rowid: row[0] as bigint,
  };
}

function readNames(row: Row, place: RowPlace): Pick<Entry, 'path' | 'name' | 'target'> | string {
  const [, first, second, nameBytes, nameType, target, targetType] = row;
  if (nameType !== 'text') return 'its name is no text';
  if (targetType !== 'text') return 'its link target is no text, on which clients crash';
  const name = pathOfBytes(nameBytes as Uint8Array);
  const path = 'path' in place ? place.path : `${place.parent}/${name}`;
  const problem = path === '' ? undefined : nameProblem(name);
  if (problem !== undefined) return problem;
  if (path === '' ? name !== '' : !path.endsWith(`/${name}`)) return 'it has not the name of its path';
  const key = keyOfPath(path);
  if (first !== key.first || second !== key.second) return 'its key is not the MD5 of its path';
  return { path, name, target: pathOfBytes(target as Uint8Array) };
}

type Numbers = Pick<
  Entry,
  'links' | 'linkGroup' | 'size' | 'mode' | 'mtime' | 'mtimeNanoseconds' | 'flags' | 'uid' | 'gid'
>;

function readNumbers([hardlinks, size, mode, mtime, nanoseconds, flags, uid, gid]: Row): Numbers | string {
  if (typeof hardlinks !== 'bigint' || hardlinks < 0n) return 'its link count is none';
  const values = [size, mode, flags, uid, gid].map(asNumber);
  const time = asNumber(mtime);
  if (time === undefined || !values.every((value) => value !== undefined && value >= 0)) {
    return 'a number of it is missing, negative or too large';
  }
  const fraction = nanoseconds === null ? undefined : asNumber(nanoseconds);
  if (nanoseconds !== null && !(fraction !== undefined && fraction >= 0 && fraction < 1e9)) {
    return 'its nanoseconds are none';
  }
  const [bytes, bits, own, user, group] = values as [number, number, number, number, number];
  return {
    links: Number(hardlinks & 0xffffffffn),
    linkGroup: Number(hardlinks >> 32n),
    size: bytes,
    mode: bits,
    mtime: time,
    mtimeNanoseconds: fraction,
    flags: own,
    uid: user,
    gid: group,
  };
}

/** A hash of a catalog as hexadecimal digits. */
export function hexOfBytes(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

/** A whole number of a row; undefined for what is none, or is too large to count with. */
export function asNumber(value: Row[number] | undefined): number | undefined {
  if (typeof value !== 'bigint') return undefined;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : undefined;
}
