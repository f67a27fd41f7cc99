import { open } from 'node:fs/promises';

/** What a file is, told from its first bytes. */
export type ArchiveKind = 'tar' | 'tar.gz' | 'tar.bz2' | 'tar.xz' | 'tar.zst' | 'zip';

const signatures: readonly (readonly [ArchiveKind, readonly number[]])[] = [
  ['tar.gz', [0x1f, 0x8b]],
  ['tar.bz2', [0x42, 0x5a, 0x68]],
  ['tar.xz', [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]],
  ['tar.zst', [0x28, 0xb5, 0x2f, 0xfd]],
  ['zip', [0x50, 0x4b, 0x03, 0x04]],
  ['zip', [0x50, 0x4b, 0x05, 0x06]],
];

/** Tells the kind of an archive from its first 512 bytes, as names often lie; undefined when it is none. */
export function archiveKindOf(head: Uint8Array): ArchiveKind | undefined {
  const found = signatures.find(([, bytes]) => bytes.every((byte, at) => head[at] === byte));
  if (found !== undefined) return found[0];
  if (head[0]! >= 0x50 && head[0]! <= 0x5f && head[1] === 0x2a && head[2] === 0x4d && head[3] === 0x18)
    return 'tar.zst'; // a skippable frame
  return isTarHeader(head) ? 'tar' : undefined;
}

/** Tells the kind of the archive in a file. */
export async function readArchiveKind(path: string): Promise<ArchiveKind | undefined> {
  const handle = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(512), 0, 512, 0);
    return archiveKindOf(buffer.subarray(0, bytesRead));
  } finally {
    await handle.close();
  }
}

/** Tar has no signature that old archives carry too, but its header has a checksum (POSIX.1, pax: ustar interchange format). */
function isTarHeader(head: Uint8Array): boolean {
  if (head.length < 512) return false;
  const stated = Number.parseInt(Buffer.from(head.subarray(148, 156)).toString('latin1').trim(), 8);
  const sum = head.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 0x20 : byte), 0);
  return sum === stated;
}
