import { hash } from 'node:crypto';

/** A path or a name inside a repository, byte for byte: one character for each byte, since names need not be UTF-8. The root is empty, others begin with `/`. */
export type PathBytes = string;

/** No system takes a longer path. */
const longestPath = 4095;

/** The bytes of a path, for hashing and for the file system. */
export function bytesOfPath(path: PathBytes): Buffer {
  return Buffer.from(path, 'latin1');
}

/** The path that bytes are. */
export function pathOfBytes(bytes: Uint8Array): PathBytes {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

/** A path as people read it: as UTF-8, with `\xNN` for bytes that are none and for control characters; the root is `/`. */
export function showPath(path: PathBytes): string {
  if (path === '') return '/';
  const text = bytesOfPath(path).toString('utf8');
  const isUtf8 = !text.includes('�') || Buffer.from(text, 'utf8').equals(bytesOfPath(path));
  const show = (character: string) => `\\x${character.codePointAt(0)!.toString(16).padStart(2, '0')}`;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is to be made visible
  return isUtf8 ? text.replace(/[\x00-\x1f\x7f]/g, show) : path.replace(/[\x00-\x1f\x7f-\xff]/g, show);
}

/** Reads a path that somebody typed: with or without a slash at either end, without `.` and `..`. Undefined when it is none. */
export function parseTypedPath(text: string): PathBytes | undefined {
  const parts = pathOfBytes(Buffer.from(text, 'utf8'))
    .split('/')
    .filter((part) => part !== '' && part !== '.');
  if (parts.some((part) => nameProblem(part) !== undefined)) return undefined;
  return parts.map((part) => `/${part}`).join('');
}

/** Says why a name cannot be one component of a path; undefined when it can. */
export function nameProblem(name: PathBytes): string | undefined {
  if (name === '') return 'a name is empty';
  if (name === '.' || name === '..') return `"${name}" is no name`;
  if (name.includes('/') || name.includes('\0')) return `the name "${showPath(name)}" has a slash or a zero byte`;
  return name.length > 255 ? 'a name is longer than 255 bytes' : undefined;
}

/** Says why a text is no absolute path of a repository; undefined when it is one. */
export function pathProblem(path: PathBytes): string | undefined {
  if (path.length > longestPath) return `it is longer than ${longestPath} bytes`;
  if (path === '') return undefined;
  if (!path.startsWith('/')) return 'it does not begin with a slash';
  return path
    .slice(1)
    .split('/')
    .map(nameProblem)
    .find((problem) => problem !== undefined);
}

/** The folder that a path is in; the root's own is the root. */
export function parentOf(path: PathBytes): PathBytes {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

/** Every prefix of a path that is a path, from the root down to itself. */
export function* ancestry(path: PathBytes): Generator<PathBytes> {
  yield '';
  for (let end = path.indexOf('/', 1); end !== -1; end = path.indexOf('/', end + 1)) yield path.slice(0, end);
  if (path !== '') yield path;
}

/** The key of a path in a catalog: the two halves of its MD5, each a little-endian signed integer. */
export interface PathKey {
  readonly first: bigint;
  readonly second: bigint;
}

/** The key of a path in a catalog. */
export function keyOfPath(path: PathBytes): PathKey {
  const digest = hash('md5', bytesOfPath(path), 'buffer');
  return { first: digest.readBigInt64LE(0), second: digest.readBigInt64LE(8) };
}
