import { digestOf } from '../../core/digest.ts';
import type { CompressedText } from './chunked-layer.ts';
import { skippableFrame } from './zstd-frame.ts';

/** Bytes that the footer carries. */
export const footerSize = 64;

const magic = 'GNUlInUx';

/** Where the table of contents and the tar-split of a layer lie: offsets of their compressed bytes in the blob. */
export interface LayerIndex {
  readonly toc: { readonly offset: number; readonly size: number; readonly rawSize: number };
  readonly tarSplit: { readonly offset: number; readonly size: number; readonly rawSize: number };
}

/** Formats what follows the tar in a blob: the table of contents, the tar-split and the footer, each in a skippable frame.
 * `offset` is where the first of them begins. */
export function formatLayerTail(
  offset: number,
  toc: CompressedText,
  tarSplit: CompressedText,
): { readonly bytes: Buffer; readonly annotations: Readonly<Record<string, string>> } {
  const tocOffset = offset + 8;
  const index: LayerIndex = {
    toc: { offset: tocOffset, size: toc.bytes.length, rawSize: toc.rawSize },
    tarSplit: { offset: tocOffset + toc.bytes.length + 8, size: tarSplit.bytes.length, rawSize: tarSplit.rawSize },
  };
  return {
    bytes: Buffer.concat([toc.bytes, tarSplit.bytes, formatFooter(index)].map(skippableFrame)),
    annotations: layerAnnotations(index, toc.bytes),
  };
}

/** Formats the footer: seven numbers of 64 bits, little-endian, and a magic word. */
export function formatFooter(index: LayerIndex): Buffer {
  const footer = Buffer.alloc(footerSize);
  const numbers = [
    index.toc.offset,
    index.toc.size,
    index.toc.rawSize,
    1,
    index.tarSplit.offset,
    index.tarSplit.size,
    index.tarSplit.rawSize,
  ];
  for (const [place, number] of numbers.entries()) footer.writeBigUInt64LE(BigInt(number), place * 8);
  footer.write(magic, footerSize - magic.length, 'latin1');
  return footer;
}

/** Reads a footer; undefined when it is none, or points outside of a blob of that size. */
export function parseFooter(footer: Buffer, blobSize: number): LayerIndex | undefined {
  if (footer.length !== footerSize || footer.toString('latin1', footerSize - magic.length) !== magic) return undefined;
  const numbers = Array.from({ length: 7 }, (_, place) => Number(footer.readBigUInt64LE(place * 8)));
  if (numbers.some((number) => number > Number.MAX_SAFE_INTEGER)) return undefined;
  const [tocOffset, tocSize, tocRawSize, kind, splitOffset, splitSize, splitRawSize] = numbers as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  if (kind !== 1 || tocOffset + tocSize > blobSize || splitOffset + splitSize > blobSize) return undefined;
  return {
    toc: { offset: tocOffset, size: tocSize, rawSize: tocRawSize },
    tarSplit: { offset: splitOffset, size: splitSize, rawSize: splitRawSize },
  };
}

/** The annotations that a descriptor of the blob needs, so that clients can fetch parts of it. */
export function layerAnnotations(index: LayerIndex, compressedToc: Buffer): Readonly<Record<string, string>> {
  const prefix = 'io.github.containers.zstd-chunked';
  return {
    [`${prefix}.manifest-checksum`]: digestOf(compressedToc),
    [`${prefix}.manifest-position`]: `${index.toc.offset}:${index.toc.size}:${index.toc.rawSize}:1`,
    [`${prefix}.tarsplit-position`]: `${index.tarSplit.offset}:${index.tarSplit.size}:${index.tarSplit.rawSize}`,
  };
}
