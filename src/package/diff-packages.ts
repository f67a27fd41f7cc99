import { zstdDecompressSync } from 'node:zlib';
import { formatCanonicalJson } from '../core/json.ts';
import type { PackageEntry, PackageManifest } from '../model/package-manifest.ts';
import { bufferSource, type FileSource, openFileSource } from './byte-source.ts';
import { locateSection } from './elf/locate-section.ts';
import { comparePaths } from './manifest/safe-path.ts';
import { verifyPackage } from './verify-package.ts';

/** One difference between two packages. */
export type PackageDifference =
  | { readonly change: 'added' | 'removed'; readonly path: string }
  | { readonly change: 'type' | 'mode' | 'target'; readonly path: string; readonly from: string; readonly to: string }
  | {
      readonly change: 'content';
      readonly path: string;
      /** The first byte that differs; the size of the shorter one where it is the beginning of the other. */
      readonly offset: number;
      readonly fromSize: number;
      readonly toSize: number;
      /** Where in an ELF file that is. */
      readonly section?: string;
    };

/** How two packages differ. */
export interface PackageComparison {
  /** Parts of the metadata that differ, beside what follows from the entries. */
  readonly metadata: readonly string[];
  /** By path. */
  readonly entries: readonly PackageDifference[];
}

type FrameList = readonly { readonly offset: number; readonly endOffset: number; readonly size: number }[];

interface IndexedPackage {
  readonly manifest: PackageManifest;
  readonly frames: ReadonlyMap<string, FrameList>;
  readonly blob: FileSource;
}

/** Compares two packages by what is in them, to explain why a build is not reproducible. Both are verified on the way.
 * @throws PACKAGE_DAMAGED, PACKAGE_NOT_FOUND */
export async function diffPackages(a: string, b: string): Promise<PackageComparison> {
  const from = await indexPackage(a);
  try {
    const to = await indexPackage(b);
    try {
      return { metadata: diffMetadata(from.manifest, to.manifest), entries: diffEntries(from, to) };
    } finally {
      to.blob.close();
    }
  } finally {
    from.blob.close();
  }
}

async function indexPackage(path: string): Promise<IndexedPackage> {
  const frames = new Map<string, { offset: number; endOffset: number; size: number }[]>();
  const { manifest } = await verifyPackage(
    path,
    {},
    {
      content: (entry, offset, bytes, frame) => {
        if (offset === 0) frames.set(entry.path, []);
        frames.get(entry.path)?.push({ offset: frame.offset, endOffset: frame.endOffset, size: bytes.length });
      },
    },
  );
  return { manifest, frames, blob: openFileSource(path) };
}

const derived: ReadonlySet<string> = new Set(['entries', 'relocations', 'elf', 'notRelocatable']);

function diffMetadata(from: PackageManifest, to: PackageManifest): string[] {
  const keys = [...new Set([...Object.keys(from), ...Object.keys(to)])] as (keyof PackageManifest)[];
  const differ = (key: keyof PackageManifest) => formatCanonicalJson([from[key]]) !== formatCanonicalJson([to[key]]);
  return keys.filter((key) => !derived.has(key) && differ(key)).sort();
}

function diffEntries(from: IndexedPackage, to: IndexedPackage): PackageDifference[] {
  const later = new Map(to.manifest.entries.map((entry) => [entry.path, entry]));
  const differences: PackageDifference[] = [];
  for (const entry of from.manifest.entries) {
    const other = later.get(entry.path);
    later.delete(entry.path);
    if (other === undefined) differences.push({ change: 'removed', path: entry.path });
    else differences.push(...diffEntry(from, to, [entry, other]));
  }
  for (const path of later.keys()) differences.push({ change: 'added', path });
  return differences.sort((a, b) => comparePaths(a.path, b.path));
}

function diffEntry(
  from: IndexedPackage,
  to: IndexedPackage,
  [entry, other]: readonly [PackageEntry, PackageEntry],
): PackageDifference[] {
  const { path } = entry;
  if (entry.type !== other.type) return [{ change: 'type', path, from: entry.type, to: other.type }];
  const differences: PackageDifference[] = [];
  if ('mode' in entry && 'mode' in other && entry.mode !== other.mode) {
    differences.push({ change: 'mode', path, from: entry.mode.toString(8), to: other.mode.toString(8) });
  }
  if ('target' in entry && 'target' in other && entry.target !== other.target) {
    differences.push({ change: 'target', path, from: entry.target, to: other.target });
  }
  if (entry.type === 'file' && other.type === 'file' && entry.digest !== other.digest) {
    const offset = firstDifference(from, to, path);
    const section = sectionAt(from, path, offset);
    const sizes = { fromSize: entry.size, toSize: other.size };
    differences.push({ change: 'content', path, offset, ...sizes, ...(section === undefined ? {} : { section }) });
  }
  return differences;
}

/** Files are cut at the same places in every package, so parts can be compared one by one. */
function firstDifference(from: IndexedPackage, to: IndexedPackage, path: string): number {
  const [a, b] = [from.frames.get(path) ?? [], to.frames.get(path) ?? []];
  let offset = 0;
  for (let index = 0; index < Math.min(a.length, b.length); index++) {
    const [left, right] = [readFrame(from, path, index), readFrame(to, path, index)];
    const common = Math.min(left.length, right.length);
    if (!left.subarray(0, common).equals(right.subarray(0, common))) {
      return offset + left.subarray(0, common).findIndex((byte, at) => byte !== right[at]);
    }
    offset += common;
  }
  return offset;
}

function readFrame(index: IndexedPackage, path: string, number: number): Buffer {
  const frame = index.frames.get(path)?.[number];
  if (frame === undefined) return Buffer.alloc(0);
  return zstdDecompressSync(index.blob.read(frame.offset, frame.endOffset - frame.offset), {
    maxOutputLength: frame.size,
  });
}

const largestElf = 1 << 29;

function sectionAt(index: IndexedPackage, path: string, offset: number): string | undefined {
  const frames = index.frames.get(path) ?? [];
  const size = frames.reduce((sum, frame) => sum + frame.size, 0);
  if (size > largestElf || !readFrame(index, path, 0).subarray(0, 4).equals(Buffer.from('\x7fELF', 'latin1')))
    return undefined;
  return locateSection(bufferSource(Buffer.concat(frames.map((_, number) => readFrame(index, path, number)))), offset);
}
