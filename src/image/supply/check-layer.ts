import { createHash } from 'node:crypto';
import type { Digest } from '../../core/digest-text.ts';
import { type FarmError, isFarmError } from '../../core/farm-error.ts';
import { decompressLayer } from '../layers/decompress-layer.ts';
import type { Descriptor } from '../oci/image-types.ts';
import { imageInvalid } from '../oci/parse-image.ts';
import { checkGroupLayer } from './check-group-layer.ts';

/** How much of a layer is looked at. */
export interface LayerCheck {
  /** Of the layer, for errors. */
  readonly title: string;
  readonly descriptor: Pick<Descriptor, 'digest' | 'size'>;
  /** What the config says of its tar. */
  readonly diffId: Digest;
  /** `blob`: its bytes, whose digest says all; `tar`: also what they decompress to; `group`: also the packages in it. */
  readonly depth: 'blob' | 'tar' | 'group';
}

/** Reads a layer once and compares every digest that is claimed of it. Of a group of packages, the digests of their own tars are computed anew and given back, by store name.
 * @throws IMAGE_INVALID when something is not what it is said to be */
export async function checkLayer(
  { title, descriptor, diffId, depth }: LayerCheck,
  source: AsyncIterable<Buffer>,
): Promise<ReadonlyMap<string, Digest>> {
  const blob = createCounter();
  const tar = createCounter();
  const read = blob.pass(source);
  let members: ReadonlyMap<string, Digest> = new Map();
  try {
    if (depth !== 'blob') {
      const bytes = tar.pass(decompressLayer(read));
      if (depth === 'group') members = await checkGroupLayer(title, bytes, diffId);
      for await (const _ of bytes);
    }
    for await (const _ of read);
  } catch (error) {
    throw isFarmError(error) ? error : imageInvalid(title, 'it is truncated or damaged');
  }
  const { digest, size } = descriptor;
  if (blob.size() !== size) throw imageInvalid(title, `it has ${blob.size()} bytes instead of ${size}`);
  if (blob.digest() !== digest) throw imageInvalid(title, `it does not have the digest ${digest}`);
  if (depth !== 'blob' && tar.digest() !== diffId)
    throw imageInvalid(title, `its tar does not have the digest ${diffId}`);
  return members;
}

function createCounter() {
  const hash = createHash('sha256');
  let size = 0;
  return {
    pass: async function* (source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
      for await (const bytes of source) {
        hash.update(bytes);
        size += bytes.length;
        yield bytes;
      }
    },
    size: () => size,
    digest: () => `sha256:${hash.digest('hex')}` as Digest,
  };
}

/** True for what checking a layer throws when the layer is not what it should be. */
export function isLayerError(error: unknown): error is FarmError {
  return ['IMAGE_INVALID', 'ARCHIVE_INVALID', 'ARCHIVE_UNSAFE', 'PACKAGE_DAMAGED'].some((code) =>
    isFarmError(error, code as 'IMAGE_INVALID'),
  );
}
