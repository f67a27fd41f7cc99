import { type FileHandle, open } from 'node:fs/promises';
import { FarmError } from '../../core/farm-error.ts';
import { translateFileError } from '../../core/translate-file-error.ts';

/** What the second line of every bundle says. */
export const bundleMark = '# binfarm.bundle/1';

/** Where a member's bytes are in a bundle's file. */
export interface BundleMember {
  readonly offset: number;
  readonly size: number;
}

/** What a bundle's first lines say: where the payload is, and how long it is. */
const places = /^payload_offset=(\d{1,8})\npayload_size=(\d{1,15})\n/m;

/** Bytes behind the payload: its sha256 in hexadecimal digits, and a new line. */
export const trailerSize = 65;

const largestHeader = 1 << 16;
const windowSize = 1 << 16;
const blockSize = 512;
const mostMembers = 200_000;

/** Finds the members of a bundle by walking its tar from header to header; the bytes of members are not read.
 * @throws BUNDLE_INVALID when it is truncated, or something that no bundle is; BINHOST_INVALID when it is no bundle at all */
export async function readBundleMembers(path: string): Promise<ReadonlyMap<string, BundleMember>> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, 'r');
    return await walk(file, path);
  } catch (error) {
    throw translateFileError(error, 'read', path);
  } finally {
    await file?.close();
  }
}

async function walk(file: FileHandle, path: string): Promise<ReadonlyMap<string, BundleMember>> {
  const { size } = await file.stat();
  const { offset, end } = await findPayload(file, path, size);
  const readBytes = createWindow(file);
  const members = new Map<string, BundleMember>();
  let pax: MemberHeader | undefined;
  for (let position = offset; position + blockSize <= end; ) {
    const block = await readBytes(position, blockSize);
    if (block.every((byte) => byte === 0)) return members;
    const header = { ...parseBlock(block, path), ...pax };
    position += blockSize;
    if (header.size > end - position) throw bundleInvalid(path, 'a member reaches beyond its end');
    pax = header.isPax ? parsePax(await readBytes(position, Math.min(header.size, blockSize)), path) : undefined;
    if (pax === undefined) addMember(members, header, { position, path });
    position += Math.ceil(header.size / blockSize) * blockSize;
  }
  throw bundleInvalid(path, 'its end is missing');
}

async function findPayload(
  file: FileHandle,
  path: string,
  size: number,
): Promise<{ readonly offset: number; readonly end: number }> {
  const start = (await readAt(file, 0, Math.min(size, largestHeader))).toString('latin1');
  if (!start.startsWith(`#!/bin/sh\n${bundleMark}\n`)) {
    throw new FarmError('BINHOST_INVALID', `Cannot use "${path}" as a binhost: it is a file, and no bundle`);
  }
  const [, from, length] = places.exec(start) ?? [];
  if (from === undefined) throw bundleInvalid(path, 'its header is damaged');
  const [offset, end] = [Number(from), Number(from) + Number(length)];
  const whole = end + trailerSize;
  if (size < whole) throw bundleInvalid(path, `it is truncated: it has ${size} of ${whole} bytes`);
  if (size > whole) throw bundleInvalid(path, 'something follows its end');
  return { offset, end };
}

/** Reads small pieces that mostly lie close together, with few calls of the system. */
function createWindow(file: FileHandle): (position: number, length: number) => Promise<Buffer> {
  let bytes: Buffer = Buffer.alloc(0);
  let from = 0;
  return async (position, length) => {
    if (position < from || position + length > from + bytes.length)
      [bytes, from] = [await readAt(file, position, windowSize), position];
    return bytes.subarray(position - from, position - from + length);
  };
}

interface MemberHeader {
  readonly name: string;
  readonly size: number;
  /** It is no member, but tells more about the next one. */
  readonly isPax: boolean;
}

function addMember(
  members: Map<string, BundleMember>,
  { name, size }: MemberHeader,
  { position, path }: { readonly position: number; readonly path: string },
): void {
  if (!/^[a-z0-9][A-Za-z0-9._:/-]{0,511}$/.test(name) || name.includes('..'))
    throw bundleInvalid(path, 'a member has a name that it cannot have');
  if (members.has(name)) throw bundleInvalid(path, `it has "${name}" twice`);
  if (members.size === mostMembers) throw bundleInvalid(path, 'it has too many members');
  members.set(name, { offset: position, size });
}

/** Parses a header as `formatTarHeader` writes it for a plain file; anything else is refused. */
function parseBlock(block: Buffer, path: string): MemberHeader {
  const text = (from: number, to: number) => block.toString('latin1', from, to).replace(/\0.*$/s, '');
  const [name, size, flag] = [text(0, 100), text(124, 136), text(156, 157)];
  let sum = 0;
  for (const [index, byte] of block.entries()) sum += index >= 148 && index < 156 ? 32 : byte;
  const isKnown = (flag === '0' || flag === 'x') && text(257, 263) === 'ustar' && /^[0-7]{11}$/.test(size);
  if (!isKnown || Number.parseInt(text(148, 154), 8) !== sum)
    throw bundleInvalid(path, 'the header of a member is damaged');
  return { name, size: Number.parseInt(size, 8), isPax: flag === 'x' };
}

/** Parses the records of a pax header: a long name, or a large size. */
function parsePax(bytes: Buffer, path: string): MemberHeader {
  const records = [...bytes.toString('latin1').matchAll(/^\d+ (path|size)=([^\n\0]*)\n/gm)];
  const values = new Map(records.map(([, key, value]) => [key, value!]));
  const size = values.get('size');
  if (values.size === 0 || !/^\d{1,15}$/.test(size ?? '0'))
    throw bundleInvalid(path, 'the header of a member is damaged');
  return {
    isPax: false,
    ...(values.has('path') ? { name: values.get('path')! } : {}),
    ...(size === undefined ? {} : { size: Number(size) }),
  } as MemberHeader;
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}

/** Says that a file is not the bundle that it should be. */
export function bundleInvalid(path: string, state: string): FarmError {
  return new FarmError('BUNDLE_INVALID', `Cannot use the bundle "${path}": ${state}`, {
    hint: 'Copy it again, and compare its sha256 with the one that it was published with',
  });
}
