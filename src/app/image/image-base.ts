import { createHash } from 'node:crypto';
import { join, resolve } from 'node:path';
import { withSpooledBlob } from '../../binhost/spool.ts';
import { digestOf, digestOfFile } from '../../core/digest.ts';
import type { Digest } from '../../core/digest-text.ts';
import { FarmError } from '../../core/farm-error.ts';
import { translateFileError } from '../../core/translate-file-error.ts';
import { type BaseFacts, emptyBaseFacts } from '../../image/base/base-facts.ts';
import { decompressLayer } from '../../image/layers/decompress-layer.ts';
import { openBlob } from '../../image/layers/open-blob.ts';
import type { ImageLayer } from '../../image/oci/image-layer.ts';
import type { BlobOrigin, ImagePlace } from '../../image/oci/image-place.ts';
import type { Descriptor, ImageConfig, ImageManifest, ImagePlatform } from '../../image/oci/image-types.ts';
import { imageInvalid, largestImageConfig, parseImageConfig, parseImageDocument } from '../../image/oci/parse-image.ts';
import { makeMachineBase } from './machine-base-layer.ts';
import { openImagePlace } from './open-image-place.ts';
import { readBaseFacts } from './read-base-facts.ts';
import type { ImageSetting } from './with-images.ts';

/** What the packages of an image lie on. */
export interface ImageBase {
  /** For messages, and the image's annotations. */
  readonly name: string;
  /** What pins it: of the image that it is, or of its one layer. Absent for `scratch`. */
  readonly digest?: Digest;
  /** True where it was looked up by a name that may lead to something else one day. */
  readonly isNamed?: true;
  /** From the lowest to the uppermost. */
  readonly layers: readonly ImageLayer[];
  /** Where it is an image. */
  readonly config?: ImageConfig;
  readonly facts: BaseFacts;
}

/** Which base is wanted. */
export interface BaseRequest {
  /** As the stack file writes it. */
  readonly reference: string;
  readonly platform: ImagePlatform;
  /** Libraries that it has to have: a base that is assembled has them. */
  readonly libraries: readonly string[];
  /** What the reference led to before; looked up anew when absent. */
  readonly pinned?: Digest;
}

/** Gives a base. One that is an image elsewhere keeps its layers, byte for byte.
 * @throws BASE_UNAVAILABLE, IMAGE_NOT_FOUND, IMAGE_INVALID, PLATFORM_INVALID, BINHOST_INVALID, BINHOST_DENIED, BINHOST_UNAVAILABLE, TOOL_MISSING */
export async function findImageBase(request: BaseRequest, setting: ImageSetting): Promise<ImageBase> {
  const { reference, libraries } = request;
  if (reference === 'scratch') return { name: reference, layers: [], facts: emptyBaseFacts };
  if (/^[a-z]+\d+(\.\d+)?$/.test(reference)) return await makeMachineBase(reference, libraries, setting);
  if (/\.tar(\.(gz|zst))?$/.test(reference)) return await readTarBase(reference, setting);
  return await readImageBase(request, setting);
}

interface ImageReference {
  readonly place: string;
  readonly name: string;
  readonly tag: string;
}

/** `oci://host/name:tag`, `oci://host/name@sha256:...`, `oci:DIR:NAME:TAG`. */
function parseReference(reference: string): ImageReference {
  const remote = /^(oci(?:\+https?)?:\/\/[^/]+)\/([^@]+?)(?::([\w][\w.-]*))?(?:@(sha256:[0-9a-f]{64}))?$/.exec(
    reference,
  );
  if (remote !== null) return { place: remote[1]!, name: remote[2]!, tag: remote[4] ?? remote[3] ?? 'latest' };
  const local = /^oci:([^:]+):(.+):([^:]+)$/.exec(reference);
  if (local !== null) return { place: `oci:${local[1]}`, name: local[2]!, tag: local[3]! };
  throw new FarmError('STACK_INVALID', `Cannot use "${reference}" as the base of an image: it is of no known form`, {
    hint: 'Write scratch, a system (debian12), oci://host/name:tag, oci:DIR:NAME:TAG, or a file that ends in .tar',
  });
}

async function readImageBase(request: BaseRequest, setting: ImageSetting): Promise<ImageBase> {
  const { reference, platform, pinned } = request;
  const { place: location, name, tag } = parseReference(reference);
  const place = openImagePlace(location, { folder: setting.farm.paths.folder, platform, context: setting.context });
  const text = await place.readManifest(name, pinned ?? tag);
  if (text === undefined) {
    throw new FarmError(
      'IMAGE_NOT_FOUND',
      `Cannot find the base "${reference}": there is no such image${pinned === undefined ? '' : ` any more as ${pinned}`}`,
      {
        ...(pinned === undefined ? {} : { hint: 'binfarm image build --update-base takes what the name leads to now' }),
      },
    );
  }
  const digest = digestOf(text);
  if (pinned !== undefined && digest !== pinned) throw imageInvalid(reference, `it is ${digest} instead of ${pinned}`);
  const manifest = await readPlatformManifest(text, { place, name, platform, reference });
  const config = parseImageConfig(await readSmallBlob(place, name, manifest.config, reference), reference);
  if (config.rootfs.diff_ids.length !== manifest.layers.length)
    throw imageInvalid(reference, 'its config is about another number of layers');
  const layers = manifest.layers.map((descriptor, index) =>
    layerOf(descriptor, { diffId: config.rootfs.diff_ids[index]!, place, name, setting, reference }),
  );
  return { name: reference, digest, isNamed: true, layers, config, facts: await readBaseFacts(layers, setting.cache) };
}

async function readPlatformManifest(
  text: string,
  {
    place,
    name,
    platform,
    reference,
  }: {
    readonly place: ImagePlace;
    readonly name: string;
    readonly platform: ImagePlatform;
    readonly reference: string;
  },
): Promise<ImageManifest> {
  const parsed = parseImageDocument(text, reference);
  if ('manifest' in parsed) return parsed.manifest;
  const { manifests } = parsed.index;
  const found = manifests.find(
    (item) => item.platform?.architecture === platform.architecture && item.platform.os === platform.os,
  );
  if (found === undefined) {
    const known = manifests.flatMap((item) => item.platform?.architecture ?? []);
    throw new FarmError(
      'PLATFORM_INVALID',
      `Cannot use the base "${reference}": it is not for ${platform.os}/${platform.architecture}`,
      {
        hint: `It is for ${[...new Set(known)].join(', ') || 'nothing that it names'}`,
      },
    );
  }
  const inner = await place.readManifest(name, found.digest);
  if (inner === undefined || digestOf(inner) !== found.digest)
    throw imageInvalid(reference, `its manifest ${found.digest} is missing or damaged`);
  const document = parseImageDocument(inner, reference);
  if ('manifest' in document) return document.manifest;
  throw imageInvalid(reference, 'its index leads to another index');
}

/** Reads a blob that is a small text, and checks it. */
export async function readSmallBlob(
  place: ImagePlace,
  name: string,
  { digest, size }: Descriptor,
  subject: string,
): Promise<string> {
  if (size > largestImageConfig) throw imageInvalid(subject, `its config has ${size} bytes`);
  const chunks: Buffer[] = [];
  for await (const chunk of place.readBlob(name, { digest, size })) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  if (digestOf(bytes) === digest) return bytes.toString('utf8');
  throw imageInvalid(subject, `${digest} is damaged`);
}

/** Docker's names for layers mean what OCI's do. */
const layerTypes: Readonly<Record<string, string>> = {
  'application/vnd.docker.image.rootfs.diff.tar.gzip': 'application/vnd.oci.image.layer.v1.tar+gzip',
  'application/vnd.docker.image.rootfs.diff.tar': 'application/vnd.oci.image.layer.v1.tar',
  'application/vnd.docker.image.rootfs.diff.tar.zstd': 'application/vnd.oci.image.layer.v1.tar+zstd',
};

function layerOf(
  { mediaType, digest, size, annotations = {} }: Descriptor,
  about: {
    readonly diffId: Digest;
    readonly place: ImagePlace;
    readonly name: string;
    readonly setting: ImageSetting;
    readonly reference: string;
  },
): ImageLayer {
  const { diffId, place, name, setting, reference } = about;
  const type = layerTypes[mediaType] ?? mediaType;
  if (!type.startsWith('application/vnd.oci.image.layer.v1.tar')) {
    throw imageInvalid(reference, `a layer of it is of the type "${mediaType}", which cannot be used`);
  }
  const origin = placeOrigin({ digest, size }, { place, name, spool: join(setting.cache, 'incoming') });
  return { ...origin, kind: 'base', mediaType: type, diffId, annotations, title: reference, packages: [], origins: [] };
}

/** A blob of an image that is somewhere. */
export function placeOrigin(
  { digest, size }: { readonly digest: Digest; readonly size: number },
  { place, name, spool }: { readonly place: ImagePlace; readonly name: string; readonly spool: string },
): BlobOrigin {
  const { registry, location } = place;
  const withFile = async <Result>(use: (path: string) => Promise<Result>): Promise<Result> => {
    const path = await place.blobPath?.(digest);
    if (path !== undefined) return await use(path);
    const open = (from: number) => skip(place.readBlob(name, { digest, size }), from);
    const blob = { digest, size, location, open, onStart: () => {}, onProgress: () => {} };
    return await withSpooledBlob(spool, blob, { isThere: async () => undefined, use });
  };
  const repositories =
    registry === undefined
      ? {}
      : { repositories: [{ address: registry.address, repository: `${registry.prefix}${name}` }] };
  return { digest, size, withFile, ...repositories };
}

async function* skip(source: AsyncIterable<Buffer>, count: number): AsyncGenerator<Buffer> {
  let left = count;
  for await (const chunk of source) {
    const rest = chunk.subarray(Math.min(left, chunk.length));
    left -= chunk.length - rest.length;
    if (rest.length > 0) yield rest;
  }
}

/** The tar of a root file system, as mmdebstrap writes it, becomes one layer as it is. */
async function readTarBase(reference: string, setting: ImageSetting): Promise<ImageBase> {
  const path = resolve(setting.farm.paths.folder, reference);
  const { digest, size } = await digestOfFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw translateFileError(error, 'read', path);
    throw new FarmError('IMAGE_NOT_FOUND', `Cannot find the base "${reference}": there is no such file`);
  });
  const hash = createHash('sha256');
  for await (const bytes of decompressLayer(openBlob(path))) hash.update(bytes);
  const diffId = `sha256:${hash.digest('hex')}` as Digest;
  const ending = path.endsWith('.gz') ? '+gzip' : path.endsWith('.zst') ? '+zstd' : '';
  const layer: ImageLayer = {
    digest,
    size,
    withFile: (use) => use(path),
    kind: 'base',
    mediaType: `application/vnd.oci.image.layer.v1.tar${ending}`,
    diffId,
    annotations: {},
    title: reference,
    packages: [],
    origins: [],
  };
  return { name: reference, digest, layers: [layer], facts: await readBaseFacts([layer], setting.cache) };
}
