import { createHash } from 'node:crypto';
import { type Extract, extract, type Header } from 'tar-stream';
import type { Digest } from '../../core/digest-text.ts';
import { FarmError, isFarmError } from '../../core/farm-error.ts';
import type { RootEntry, RootLayer } from '../root-tree.ts';
import { decompressLayer } from './decompress-layer.ts';
import { type BlobSource, openBlob } from './open-blob.ts';

/** A layer of a foreign image as it is in a registry: a tar, compressed by gzip or zstd or not at all. Whiteouts become removals; devices, owners and extended attributes are left out.
 * With its digest, the blob is checked when its last entry has been taken.
 * Its entries throw ARCHIVE_INVALID when it is damaged or does not have the digest, ARCHIVE_UNSAFE when a path leaves the root. */
export function tarLayer(name: string, blob: BlobSource, expect: { readonly digest?: Digest } = {}): RootLayer {
  return { name: `the layer "${name}"`, entries: () => readTarLayer(name, openBlob(blob), expect.digest) };
}

async function* readTarLayer(
  name: string,
  source: AsyncGenerator<Buffer>,
  digest: Digest | undefined,
): AsyncGenerator<RootEntry> {
  const sha256 = createHash('sha256');
  const blob = withHash(source, (bytes) => void (digest !== undefined && sha256.update(bytes)));
  const tar = extract({ highWaterMark: 1 << 18, filenameEncoding: 'latin1', allowUnknownFormat: true } as object);
  const fed = feed(decompressLayer(blob), tar);
  fed.catch((error: unknown) => tar.destroy(error as Error));
  try {
    for await (const entry of tar) {
      const made = rootEntryOf(entry.header, () => readContent(entry, name), name);
      if (made !== undefined) yield made;
      entry.resume(); // what was not wanted
    }
    await fed;
    for await (const _ of blob); // what follows the end
  } catch (error) {
    throw damaged(name, error);
  } finally {
    tar.destroy(null);
    await blob.return(undefined);
  }
  if (digest !== undefined && `sha256:${sha256.digest('hex')}` !== digest) {
    throw invalid(name, `it does not have the digest ${digest}`);
  }
}

/** What fails while a content is read fails there, and not in the reader of the entries. */
async function* readContent(content: AsyncIterable<unknown>, layer: string): AsyncGenerator<Buffer> {
  try {
    for await (const part of content) yield part as Buffer;
  } catch (error) {
    throw damaged(layer, error);
  }
}

async function* withHash(source: AsyncGenerator<Buffer>, update: (bytes: Buffer) => void): AsyncGenerator<Buffer> {
  for await (const bytes of source) {
    update(bytes);
    yield bytes;
  }
}

/** Gives the tar to the parser, no faster than its entries are taken. */
async function feed(source: AsyncGenerator<Buffer>, tar: Extract): Promise<void> {
  let room: (() => void) | undefined;
  const wake = () => room?.();
  tar.on('drain', wake);
  tar.on('close', wake);
  for await (const bytes of source) {
    if (tar.destroyed) return;
    if (tar.write(bytes)) continue;
    await new Promise<void>((resolve) => {
      room = resolve;
    });
  }
  tar.end(null);
}

function rootEntryOf(header: Header, content: () => AsyncIterable<Buffer>, layer: string): RootEntry | undefined {
  const path = pathOf(nameOf(header, 'path', header.name, layer));
  const time = Number(paxOf(header).mtime ?? (header.mtime?.getTime() ?? 0) / 1000);
  const removal = removalOf(path);
  if (removal !== undefined) return removal === 'nothing' ? undefined : removal;
  const type: string | null | undefined = header.type;
  const mode = header.mode ?? 0o755;
  switch (type) {
    case 'file':
    case 'contiguous-file':
      refuseSparse(header, layer);
      return { type: 'file', path, mode, time, size: header.size ?? 0, content };
    case 'directory':
      return { type: 'directory', path, mode, time };
    case 'symlink':
      return { type: 'symlink', path, time, target: nameOf(header, 'linkpath', header.linkname ?? '', layer) };
    case 'link':
      return { type: 'hardlink', path, target: pathOf(nameOf(header, 'linkpath', header.linkname ?? '', layer)) };
    default:
      return undefined; // devices and pipes: whoever runs the image brings its own
  }
}

const whiteout = '.wh.';

/** What a name stands for in the image specification: a layer's way to remove. */
function removalOf(path: string): RootEntry | 'nothing' | undefined {
  const slash = path.lastIndexOf('/');
  const name = path.slice(slash + 1);
  if (!name.startsWith(whiteout)) return undefined;
  const folder = path.slice(0, Math.max(0, slash));
  if (name === '.wh..wh..opq') return { type: 'removal', what: 'contents', path: folder };
  if (name.startsWith('.wh..wh.')) return 'nothing';
  return { type: 'removal', what: 'path', path: path.slice(0, slash + 1) + name.slice(whiteout.length) };
}

/** `./a/` and `/a` are `a`; what leaves the root is left for the merge to refuse. */
function pathOf(name: string): string {
  return name
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/');
}

/** Names from pax headers come as text, others as bytes. */
function nameOf(header: Header, key: 'path' | 'linkpath', name: string, layer: string): string {
  const text = paxOf(header)[key];
  if (text !== undefined) return text;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(name, 'latin1'));
  } catch (error) {
    throw invalid(layer, `the name ${JSON.stringify(name.slice(0, 200))} is not UTF-8`, error);
  }
}

function refuseSparse(header: Header, layer: string): void {
  if (Object.keys(paxOf(header)).some((key) => key.startsWith('GNU.sparse.'))) {
    throw invalid(layer, `"${header.name.slice(0, 200)}" is a sparse file, which is not supported`);
  }
}

function paxOf(header: Header): Readonly<Record<string, string>> {
  return (header.pax ?? {}) as Readonly<Record<string, string>>;
}

function damaged(layer: string, error: unknown): FarmError {
  return isFarmError(error) ? error : invalid(layer, 'it is truncated or damaged', error);
}

function invalid(layer: string, state: string, cause?: unknown): FarmError {
  return new FarmError(
    'ARCHIVE_INVALID',
    `Cannot read the layer "${layer}": ${state}`,
    cause === undefined ? {} : { cause },
  );
}
