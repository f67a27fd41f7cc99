import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { archiveInvalid } from './archive-error.ts';
import type { ArchiveKind } from './archive-kind.ts';
import { readProcess } from './read-process.ts';

const bufferBytes = 1 << 18;

/** The tar stream inside a file; zlib and zstd are in Node, the others are programs of the system. Memory stays below some megabytes for
 * gzip and bzip2, 128 MB for zstd and 1 GiB for xz, whatever the archive asks for.
 * @throws ARCHIVE_INVALID, TOOL_MISSING; errors of node:zlib as they are */
export function decompress(
  path: string,
  kind: Exclude<ArchiveKind, 'zip'>,
  context: { readonly file: string; readonly signal?: AbortSignal },
): AsyncIterable<Uint8Array> {
  switch (kind) {
    case 'tar':
      return createReadStream(path, { highWaterMark: bufferBytes });
    case 'tar.gz':
      return pipeline(
        createReadStream(path, { highWaterMark: bufferBytes }),
        createGunzip({ chunkSize: bufferBytes }),
        () => {},
      );
    case 'tar.zst':
      return decompressZstd(path);
    case 'tar.bz2':
      return decompressWith(['bzip2', '--decompress', '--stdout'], path, context);
    case 'tar.xz':
      return decompressWith(['xz', '--decompress', '--stdout', '--memlimit-decompress=1GiB'], path, context);
  }
}

/** Node's decoder ends with the first frame and has no word for the rest; it does tell how many bytes it took. */
async function* decompressZstd(path: string): AsyncGenerator<Uint8Array> {
  const { size } = await stat(path);
  for (let start = 0; start < size; ) {
    const decoder = createZstdDecompress({ chunkSize: bufferBytes });
    yield* pipeline(createReadStream(path, { start, highWaterMark: bufferBytes }), decoder, () => {});
    if (decoder.bytesWritten === 0) return;
    start += decoder.bytesWritten;
  }
}

function decompressWith(
  argv: readonly [string, ...string[]],
  path: string,
  context: { readonly file: string; readonly signal?: AbortSignal },
): AsyncIterable<Uint8Array> {
  return readProcess(argv, {
    input: path,
    env: { PATH: process.env.PATH, LC_ALL: 'C' }, // without XZ_OPT and BZIP2
    hint: `Install ${argv[0] === 'xz' ? 'xz-utils' : argv[0]} with the system's package manager`,
    failure: (complaint) => archiveInvalid(context.file, `it is truncated or damaged (${complaint})`),
    ...(context.signal === undefined ? {} : { signal: context.signal }),
  });
}
