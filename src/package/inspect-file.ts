import type { Digest } from '../core/digest-text.ts';
import type { PackageElf } from '../model/package-manifest.ts';
import { type BytePatch, type ByteSource, patchSource } from './byte-source.ts';
import { planSearchPathEdit } from './elf/edit-search-path.ts';
import { readDynamic } from './elf/read-dynamic.ts';
import { type ElfFile, readElf } from './elf/read-elf.ts';
import { newestGlibcOf } from './elf/read-versions.ts';
import type { SearchPathPlace } from './elf/relative-search-path.ts';
import { scanRoot } from './relocate/scan-root.ts';
import { searchCompressed } from './relocate/search-compressed.ts';

/** What the packer has to know of one file. */
export interface InspectedFile {
  /** Of the bytes as they are packed. */
  readonly digest: Digest;
  readonly size: number;
  /** Edits of the bytes on their way into the package. */
  readonly patches: readonly BytePatch[];
  readonly kind: 'text' | 'binary';
  /** Where the packed bytes have the build root. */
  readonly offsets: readonly number[];
  readonly elf?: PackageElf;
  /** Why the root cannot be changed everywhere in it. */
  readonly reasons: readonly string[];
  /** Folders of the store that it names, though the package neither is nor depends on them. */
  readonly strays: readonly string[];
}

/** Reads one file of a prefix: ELF frame and search path, digest, occurrences of the root. */
export async function inspectFile(source: ByteSource, place: SearchPathPlace): Promise<InspectedFile> {
  const elf = readElf(source);
  const { patches, description } = elf === undefined ? { patches: [] } : inspectElf(source, elf, place);
  const packed = patchSource(source, patches);
  const scan = scanRoot(packed, place.root);
  const reasons = await searchCompressed(packed, elf, place.root);
  if (scan.wideOffset !== undefined)
    reasons.push(`the build root is in it in wide characters, first at byte ${scan.wideOffset}`);
  return {
    digest: scan.digest,
    size: source.size,
    patches,
    kind: scan.isText ? 'text' : 'binary',
    offsets: scan.offsets,
    ...(description === undefined ? {} : { elf: description }),
    reasons,
    strays: findStrays(packed, scan.offsets, place),
  };
}

function inspectElf(
  source: ByteSource,
  elf: ElfFile,
  place: SearchPathPlace,
): { patches: readonly BytePatch[]; description?: PackageElf } {
  const dynamic = readDynamic(source, elf);
  if (dynamic === undefined) return { patches: [] };
  const glibc = newestGlibcOf(source, elf, dynamic);
  return {
    patches: planSearchPathEdit(source, { elf, dynamic }, place).patches,
    description: {
      path: place.path,
      ...(dynamic.soname === undefined ? {} : { soname: dynamic.soname }),
      needed: dynamic.needed,
      ...(glibc === undefined ? {} : { glibc }),
    },
  };
}

/** Looks at what follows each occurrence of the root: `/store/<name>`. */
function findStrays(source: ByteSource, offsets: readonly number[], place: SearchPathPlace): string[] {
  const strays = new Set<string>();
  const length = Buffer.byteLength(place.root);
  for (const offset of offsets) {
    const behind = source.read(offset + length, 256).toString('latin1');
    const [, name] = /^\/+store\/+([A-Za-z0-9_][A-Za-z0-9_.+~@=-]*-[0-9a-f]{20})(?![A-Za-z0-9_])/.exec(behind) ?? [];
    if (name !== undefined && name !== place.storeName && !place.dependencies.has(name)) strays.add(name);
  }
  return [...strays].sort();
}
