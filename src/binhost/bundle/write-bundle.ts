import { createHash } from 'node:crypto';
import { type FileHandle, open, readdir, rename, rm, statfs } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Digest } from '../../core/digest-text.ts';
import { FarmError } from '../../core/farm-error.ts';
import { formatBytes } from '../../core/format-quantity.ts';
import { translateFileError } from '../../core/translate-file-error.ts';
import { syncFolder } from '../../core/write-file-atomic.ts';
import { formatTarHeader, packageTime, paddingOf } from '../../package/archive/tar-header.ts';
import { type BundleHeaderFacts, formatBundleHeader } from './bundle-header.ts';
import { trailerSize } from './bundle-members.ts';

/** A member that is to be written: a text, or bytes that are to be compared with their digest on the way. */
export interface BundlePart {
  readonly key: string;
  readonly content:
    | { readonly text: string }
    | {
        readonly digest: Digest;
        readonly size: number;
        readonly open: () => AsyncIterable<Uint8Array>;
        readonly name: string;
      };
}

/** A bundle that was written. */
export interface WrittenBundle {
  /** Of the whole file. */
  readonly digest: Digest;
  readonly size: number;
}

/** How a bundle is written. */
export interface BundleWriting {
  /** All that is known of it but where its parts lie. */
  readonly header: (offsetOf: (key: string) => number) => Omit<BundleHeaderFacts, 'payloadSize'>;
  readonly signal: AbortSignal;
  /** Told of every part before and after it is written. */
  readonly onStart?: (part: BundlePart) => void;
  readonly onEnd?: (part: BundlePart) => void;
}

const endBlocks = Buffer.alloc(1024);

/** The size in bytes of the payload that parts become. */
export function sizeOfPayload(parts: readonly BundlePart[]): number {
  return parts.reduce((sum, part) => sum + headerOf(part).length + padded(sizeOf(part)), endBlocks.length);
}

/** Writes a bundle: the installer, and behind it the parts as a tar. Equal parts have equal bytes. The file appears under its name only when it is whole; bytes are streamed.
 * @throws PACKAGE_DAMAGED when a part is not what its digest says; DISK_FULL, PERMISSION_DENIED */
export async function writeBundle(
  path: string,
  parts: readonly BundlePart[],
  writing: BundleWriting,
): Promise<WrittenBundle> {
  const offsets = layOut(parts);
  const payloadSize = sizeOfPayload(parts);
  const header = formatBundleHeader({ ...writing.header((key) => offsets.get(key)!), payloadSize });
  const size = Buffer.byteLength(header) + payloadSize + trailerSize;
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    await removeAbandoned(path);
    await requireSpace(path, size);
    const file = await open(temporary, 'wx', 0o755);
    let digest: Digest;
    try {
      digest = await writeAll(file, { header, parts, writing });
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
    await syncFolder(dirname(path));
    return { digest, size };
  } catch (error) {
    await rm(temporary, { force: true });
    throw translateFileError(error, 'write', path);
  }
}

/** Removes what killed processes of this machine have begun to write under the name of a bundle. */
async function removeAbandoned(path: string): Promise<void> {
  const names = await readdir(dirname(path)).catch(() => []);
  for (const name of names) {
    const pid = name.startsWith(`${basename(path)}.`) ? /\.(\d+)\.tmp$/.exec(name)?.[1] : undefined;
    if (pid !== undefined && !isAlive(Number(pid))) await rm(join(dirname(path), name), { force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function requireSpace(path: string, size: number): Promise<void> {
  const { bavail, bsize } = await statfs(dirname(path));
  if (bavail * bsize >= size) return;
  throw new FarmError(
    'DISK_FULL',
    `Cannot write "${path}": it needs ${formatBytes(size)}, and ${formatBytes(bavail * bsize)} are left`,
  );
}

interface Job {
  readonly header: string;
  readonly parts: readonly BundlePart[];
  readonly writing: BundleWriting;
}

/** Writes everything in order, the payload's digest last, and gives the digest of the whole file. */
async function writeAll(file: FileHandle, { header, parts, writing }: Job): Promise<Digest> {
  const whole = createHash('sha256').update(header);
  const payload = createHash('sha256');
  await file.appendFile(header);
  const append = async (bytes: Uint8Array) => {
    payload.update(bytes);
    whole.update(bytes);
    await file.appendFile(bytes);
  };
  for (const part of parts) {
    writing.signal.throwIfAborted();
    writing.onStart?.(part);
    await append(headerOf(part));
    await writePart(part, append);
    await append(Buffer.alloc(paddingOf(sizeOf(part))));
    writing.onEnd?.(part);
  }
  await append(endBlocks);
  const trailer = `${payload.digest('hex')}\n`;
  await file.appendFile(trailer);
  return `sha256:${whole.update(trailer).digest('hex')}` as Digest;
}

async function writePart({ content }: BundlePart, append: (bytes: Uint8Array) => Promise<void>): Promise<void> {
  if ('text' in content) return await append(Buffer.from(content.text));
  const hash = createHash('sha256');
  let size = 0;
  for await (const bytes of content.open()) {
    size += bytes.length;
    if (size > content.size) break;
    hash.update(bytes);
    await append(bytes);
  }
  if (size === content.size && hash.digest('hex') === content.digest.slice('sha256:'.length)) return;
  throw new FarmError(
    'PACKAGE_DAMAGED',
    `Cannot put "${content.name}" into a bundle: its blob is not ${content.digest}`,
    {
      hint: 'binfarm binhost check --repair',
    },
  );
}

/** Where the bytes of each part begin in the payload. */
function layOut(parts: readonly BundlePart[]): ReadonlyMap<string, number> {
  const offsets = new Map<string, number>();
  let position = 0;
  for (const part of parts) {
    position += headerOf(part).length;
    offsets.set(part.key, position);
    position += padded(sizeOf(part));
  }
  return offsets;
}

function headerOf(part: BundlePart): Buffer {
  return formatTarHeader({ name: part.key, type: 'file', mode: 0o644, size: sizeOf(part), linkName: '' }, packageTime);
}

function sizeOf({ content }: BundlePart): number {
  return 'text' in content ? Buffer.byteLength(content.text) : content.size;
}

function padded(size: number): number {
  return size + paddingOf(size);
}
