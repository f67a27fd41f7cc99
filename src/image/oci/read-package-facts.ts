import { open } from 'node:fs/promises';
import { digestOfFile } from '../../core/digest.ts';
import type { Digest } from '../../core/digest-text.ts';
import type { PackageManifest } from '../../model/package-manifest.ts';
import { driveStart } from '../../package/archive/drive-reader.ts';
import { footerSize, layerAnnotations, parseFooter } from '../../package/archive/layer-footer.ts';
import { readMetadata } from '../../package/archive/read-frames.ts';
import { damaged } from '../../package/archive/zstd-frame.ts';
import { parseTrustedManifest } from '../../package/manifest/parse-manifest.ts';

/** What an image has to know of a package; all of it read from a blob that has the digest which a release pins. */
export interface PackageFacts {
  readonly manifest: PackageManifest;
  /** Of the manifest in the package. */
  readonly manifestSize: number;
  /** Of every member, in seconds. */
  readonly time: number;
  /** For the descriptor: where the table of contents is. A client that fetches only a part of a layer believes these, so they are not taken from anybody else. */
  readonly annotations: Readonly<Record<string, string>>;
}

/** Reads a package's blob: its digest is computed over all of it, the rest needs only its beginning and its end.
 * @throws PACKAGE_DAMAGED when it has another digest or size; PACKAGE_NOT_FOUND, PERMISSION_DENIED */
export async function readPackageFacts(
  path: string,
  expect: { readonly digest: Digest; readonly size: number },
): Promise<PackageFacts> {
  const start = await driveStart(path, readMetadata(parseTrustedManifest));
  const { digest, size } = await digestOfFile(path);
  if (size !== expect.size) throw damaged(`it has ${size} bytes instead of ${expect.size}`);
  if (digest !== expect.digest) throw damaged(`its digest is ${digest} instead of ${expect.digest}`);
  const { manifest, manifestSize, time } = start;
  return { manifest, manifestSize, time, annotations: await readAnnotations(path, size) };
}

async function readAnnotations(path: string, size: number): Promise<Readonly<Record<string, string>>> {
  const file = await open(path, 'r');
  try {
    const read = async (position: number, length: number) => {
      const { bytesRead, buffer } = await file.read(Buffer.alloc(length), 0, length, position);
      return buffer.subarray(0, bytesRead);
    };
    const index = parseFooter(await read(Math.max(0, size - footerSize), footerSize), size);
    if (index === undefined) throw damaged('it has no footer');
    return layerAnnotations(index, await read(index.toc.offset, index.toc.size));
  } finally {
    await file.close();
  }
}
