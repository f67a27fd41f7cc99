import { createZstdCompress, constants as zlibConstants } from 'node:zlib';
import type { Digest } from '../../core/digest-text.ts';
import { formatCanonicalJson } from '../../core/json.ts';
import { tarHeadsOf } from './tar-frames.ts';
import type { TarMember } from './tar-member.ts';

/** Where the content of one file lies in a blob, and its checksums; one for every member that is not empty, in the order of the tar. */
export interface LayerPayload {
  readonly digest: Digest;
  /** CRC-64/ISO, eight bytes, big-endian. */
  readonly crc64: Buffer;
  readonly chunks: readonly LayerChunk[];
}

/** One zstd frame of a file's content. */
export interface LayerChunk {
  readonly offset: number;
  readonly endOffset: number;
  readonly digest: Digest;
  /** Where the chunk begins in the file. */
  readonly fileOffset: number;
  readonly size: number;
}

const tocTypes = { file: 'reg', directory: 'dir', symlink: 'symlink', hardlink: 'hardlink' } as const;

/** Formats the table of contents of a zstd:chunked layer, piece by piece: canonical JSON, one entry for each member and for each further chunk. */
export function* formatToc(
  members: Iterable<TarMember>,
  layer: { readonly payloads: readonly LayerPayload[]; readonly time: number; readonly tarSplitDigest: Digest },
): Generator<string> {
  const modtime = new Date(layer.time * 1000).toISOString().replace('.000Z', 'Z');
  let payload = 0;
  let separator = '{"entries":[';
  for (const member of members) {
    const common = {
      type: tocTypes[member.type],
      name: member.name,
      linkName: member.linkName || undefined,
      mode: member.mode,
      size: member.size,
      uid: 0,
      gid: 0,
      modtime,
    };
    for (const entry of tocEntries(common, member.size > 0 ? layer.payloads[payload++] : undefined)) {
      yield separator + formatCanonicalJson(entry);
      separator = ',';
    }
  }
  yield `],${formatCanonicalJson({ tarSplitDigest: layer.tarSplitDigest, version: 1 }).slice(1)}`;
}

function tocEntries(common: { readonly name: string }, payload: LayerPayload | undefined): object[] {
  if (payload === undefined) return [common];
  const [first, ...others] = payload.chunks;
  const place = { digest: payload.digest, offset: first?.offset, endOffset: payload.chunks.at(-1)?.endOffset };
  if (others.length === 0) return [{ ...common, ...place }];
  return [
    { ...common, ...place, ...chunkFields(first as LayerChunk) },
    ...others.map((chunk) => ({ type: 'chunk', name: common.name, offset: chunk.offset, ...chunkFields(chunk) })),
  ];
}

function chunkFields(chunk: LayerChunk): object {
  return { chunkOffset: chunk.fileOffset, chunkSize: chunk.size, chunkDigest: chunk.digest };
}

/** Formats the tar-split of a layer, line by line: all bytes of the tar but the files' contents, of which it has the checksums. */
export function* formatTarSplit(
  members: Iterable<TarMember>,
  layer: { readonly payloads: readonly LayerPayload[]; readonly time: number },
): Generator<string> {
  let position = 0;
  let payload = 0;
  for (const { head, member } of tarHeadsOf(members, layer.time)) {
    yield `${JSON.stringify({ type: 2, payload: head.toString('base64'), position: position++ })}\n`;
    if (member === undefined) return;
    const content =
      member.size > 0
        ? { size: member.size, payload: layer.payloads[payload++]?.crc64.toString('base64') }
        : { payload: null };
    yield `${JSON.stringify({ type: 1, name: member.name, ...content, position: position++ })}\n`;
  }
}

/** A text that was compressed as it was made. */
export interface CompressedText {
  readonly bytes: Buffer;
  readonly rawSize: number;
}

/** Compresses a text that comes in pieces to one zstd frame, holding only the compressed form. */
export async function compressPieces(pieces: Iterable<string>, level: number): Promise<CompressedText> {
  const stream = createZstdCompress({ params: { [zlibConstants.ZSTD_c_compressionLevel]: level } });
  const compressed: Buffer[] = [];
  stream.on('data', (bytes: Buffer) => compressed.push(bytes));
  let rawSize = 0;
  for (const batch of batches(pieces)) {
    const bytes = Buffer.from(batch);
    rawSize += bytes.length;
    await new Promise<void>((resolve, reject) => {
      stream.write(bytes, (error) => (error ? reject(error) : resolve()));
    });
  }
  await new Promise<void>((resolve, reject) => {
    stream.on('error', reject);
    stream.on('end', resolve);
    stream.end();
  });
  return { bytes: Buffer.concat(compressed), rawSize };
}

function* batches(pieces: Iterable<string>): Generator<string> {
  let batch = '';
  for (const piece of pieces) {
    batch += piece;
    if (batch.length < 1 << 18) continue;
    yield batch;
    batch = '';
  }
  yield batch;
}
