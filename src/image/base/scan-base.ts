import type { RootEntry, RootFile, RootLayer } from '../root-tree.ts';
import { type BaseFacts, observeBase } from './base-facts.ts';

/** More than a C library has (bytes). */
const largestLibrary = 64 << 20;

/** Reads the layers of a base, the lowest first, for what it is known by; the content of files is passed over but for the C library's.
 * @throws ARCHIVE_INVALID, ARCHIVE_UNSAFE, and what the layers throw */
export async function scanBase(layers: readonly RootLayer[]): Promise<BaseFacts> {
  const observer = observeBase();
  for (const layer of layers) {
    for await (const entry of layer.entries()) {
      if (observer.see(entry.path, typeOf(entry)) && entry.type === 'file') observer.read(await contentOf(entry));
    }
  }
  return observer.facts();
}

function typeOf(entry: RootEntry): RootEntry['type'] {
  return entry.type;
}

async function contentOf({ content, size }: RootFile): Promise<Buffer> {
  if (Buffer.isBuffer(content) || size > largestLibrary) return Buffer.isBuffer(content) ? content : Buffer.alloc(0);
  const parts: Buffer[] = [];
  for await (const part of content()) parts.push(Buffer.from(part));
  return Buffer.concat(parts);
}
