import { pipeline, Readable } from 'node:stream';
import { createGunzip, createZstdDecompress, type ZstdDecompress } from 'node:zlib';

const bufferBytes = 1 << 18;
const zstdMagics = [0xfd2fb528, ...Array.from({ length: 16 }, (_, kind) => 0x184d2a50 + kind)];

/** The tar of a layer that is compressed by gzip or zstd, or not at all: told from its first bytes, whatever its media type says.
 * Throws errors of node:zlib when it is damaged. */
export async function* decompressLayer(source: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  let head = Buffer.alloc(0);
  while (head.length < 4) {
    const next = await source.next();
    if (next.done) break;
    head = Buffer.concat([head, next.value]);
  }
  const magic = head.length < 4 ? 0 : head.readUInt32LE(0);
  const whole = withHead(head, source);
  if ((magic & 0xffff) === 0x8b1f) yield* gunzip(whole);
  else if (zstdMagics.includes(magic)) yield* unzstd(whole);
  else yield* whole;
}

async function* withHead(head: Buffer, source: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  if (head.length > 0) yield head;
  yield* source;
}

async function* gunzip(source: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  yield* pipeline(Readable.from(source), createGunzip({ chunkSize: bufferBytes }), () => {});
}

/** Node's decoder ends with the first frame; it does tell how many bytes it took. */
async function* unzstd(source: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  const first = await source.next();
  let rest: Buffer | undefined = first.done ? undefined : first.value;
  while (rest !== undefined && rest.length > 0) {
    const decoder = createZstdDecompress({ chunkSize: bufferBytes });
    const fed = feed(decoder, source, rest);
    fed.catch(() => {}); // it is awaited below, unless the decoder fails first
    yield* decoder as AsyncIterable<Buffer>;
    rest = await fed;
  }
}

/** Gives a decoder bytes until it wants no more, and gives back what it did not take. */
async function feed(
  decoder: ZstdDecompress,
  source: AsyncGenerator<Buffer>,
  first: Buffer,
): Promise<Buffer | undefined> {
  const closed = new Promise<void>((resolve) => decoder.once('close', resolve));
  let given = 0;
  let bytes = first;
  while (!decoder.destroyed) {
    given += bytes.length;
    const part = bytes;
    await Promise.race([closed, new Promise<void>((resolve) => decoder.write(part, () => resolve()))]);
    if (decoder.bytesWritten < given) return bytes.subarray(bytes.length - (given - decoder.bytesWritten));
    const next = await source.next();
    if (next.done) break;
    bytes = next.value;
  }
  decoder.end();
  return undefined;
}
