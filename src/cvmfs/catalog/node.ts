import type { ByteText } from '../format/byte-text.ts';
import type { ContentHash } from '../format/content-hash.ts';
import type { Counters } from './counters.ts';

/** Which objects have the content of a file: the hash of one, or, for a file in parts, for each part its size (8 bytes, big-endian) and hash. */
export type PackedContent = Uint8Array;

/** A file of a repository. */
export interface FileNode {
  readonly kind: 'file';
  /** Permissions alone. */
  readonly mode: number;
  /** Seconds since 1970. */
  readonly mtime: number;
  readonly size: number;
  readonly content: PackedContent;
}

/** A symbolic link; `$(NAME)` in its target is replaced by clients. */
export interface LinkNode {
  readonly kind: 'symlink';
  readonly mtime: number;
  readonly target: ByteText;
}

/** A fifo, a socket or a device. */
export interface SpecialNode {
  readonly kind: 'special';
  /** With the bits of its type. */
  readonly mode: number;
  readonly mtime: number;
  /** The number of a device; 0 for others. */
  readonly device: number;
}

/** A folder whose entries are in the same catalog. */
export interface FolderNode {
  readonly kind: 'folder';
  mode: number;
  mtime: number;
  readonly children: Map<ByteText, Node>;
}

/** A folder whose entries are in a catalog of their own. */
export interface MountNode {
  readonly kind: 'mount';
  readonly mode: number;
  readonly mtime: number;
  /** How many folders are directly in it. */
  readonly folders: number;
  readonly catalog: CatalogReference;
}

/** A catalog as its parent refers to it. */
export interface CatalogReference {
  readonly hash: ContentHash;
  /** Not compressed, in bytes. */
  readonly size: number;
  /** Of all that is in it and below it; absent where nobody has looked into it yet. */
  readonly counters?: Counters;
}

/** An entry of a catalog. */
export type Node = FileNode | LinkNode | SpecialNode | FolderNode | MountNode;

/** The file that marks the root of a nested catalog. */
export const markerName: ByteText = '.cvmfscatalog' as ByteText;

/** The content of an empty file: the same object for all. */
export const emptyContent: PackedContent = Buffer.from('e8ec3d88b62ebf526e4e5a4ff6162a3aa48a6b78', 'hex');

/** Bytes of one part in a packed content. */
export const packedPartLength = 28;

/** One part of a file's content. */
export interface ContentPart {
  readonly size: number;
  readonly hash: Uint8Array;
}

/** Packs the parts of a file. */
export function packParts(parts: readonly ContentPart[]): PackedContent {
  const packed = Buffer.alloc(parts.length * packedPartLength);
  parts.forEach((part, index) => {
    packed.writeBigUInt64BE(BigInt(part.size), index * packedPartLength);
    packed.set(part.hash, index * packedPartLength + 8);
  });
  return packed;
}

/** The parts of a file; undefined for one whose content is a single object. */
export function partsOf(content: PackedContent): readonly ContentPart[] | undefined {
  if (content.length === 20) return undefined;
  const packed = Buffer.from(content.buffer, content.byteOffset, content.length);
  return Array.from({ length: packed.length / packedPartLength }, (_, index) => ({
    size: Number(packed.readBigUInt64BE(index * packedPartLength)),
    hash: packed.subarray(index * packedPartLength + 8, (index + 1) * packedPartLength),
  }));
}

/** The folders that are directly in a folder, those with catalogs of their own too: what its link count says. */
export function countFolders(folder: FolderNode): number {
  let count = 0;
  for (const { kind } of folder.children.values()) if (kind === 'folder' || kind === 'mount') count += 1;
  return count;
}
