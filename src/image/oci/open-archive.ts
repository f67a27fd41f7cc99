import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { digestOf } from '../../core/digest.ts';
import { type Digest, hexOf } from '../../core/digest-text.ts';
import { FarmError } from '../../core/farm-error.ts';
import { formatCanonicalJson } from '../../core/json.ts';
import { makeFolder } from '../../core/make-folder.ts';
import { translateFileError } from '../../core/translate-file-error.ts';
import { syncFolder } from '../../core/write-file-atomic.ts';
import { formatTarHeader, packageTime, paddingOf } from '../../package/archive/tar-header.ts';
import type { BlobOrigin, ImagePlace } from './image-place.ts';
import { type Descriptor, type ImagePlatform, imageTypes } from './image-types.ts';
import { layoutFile, refName } from './open-layout.ts';
import { parseImageDocument } from './parse-image.ts';

/** Opens a tar file that images are written to: an OCI layout that also has Docker's `manifest.json`, so that podman, docker, containerd, skopeo and apptainer load it. It appears whole, with
 * `commit`; the same content has the same bytes.
 * @param platform of several platforms, the one that Docker's format, which knows only one, gets */
export function openImageArchive(path: string, platform: ImagePlatform): ImagePlace {
  const texts = new Map<Digest, string>();
  const blobs = new Map<Digest, BlobOrigin>();
  const tags = new Map<string, Descriptor>();
  const refuse = (): never => {
    throw new FarmError('BINHOST_UNSUPPORTED', `Cannot read or change the archive "${path}": it is only written`, {
      hint: `skopeo copy oci-archive:${path} oci:DIR, and use that`,
    });
  };
  const keep = async (text: string) => void texts.set(digestOf(text), text);
  return {
    location: path,
    sharesTags: false,
    takesNoAttachments: true,
    readManifest: async () => undefined,
    readBlob: refuse,
    writeBlob: async (_, blob) => {
      blobs.set(blob.digest, blob);
      return 'written';
    },
    writeText: (_, { text }) => keep(text),
    writeManifest: (_, { text }) => keep(text),
    tag: async (name, tag, { mediaType, text }) => {
      const ref = `${name}:${tag}`;
      tags.set(ref, {
        mediaType,
        digest: digestOf(text),
        size: Buffer.byteLength(text),
        annotations: { [refName]: ref },
      });
    },
    commit: () => writeArchive(path, { texts, blobs, tags, platform }),
    discard: async () => {},
    listTags: refuse,
    listNames: refuse,
    untag: refuse,
  };
}

interface ArchiveContent {
  readonly texts: ReadonlyMap<Digest, string>;
  readonly blobs: ReadonlyMap<Digest, BlobOrigin>;
  readonly tags: ReadonlyMap<string, Descriptor>;
  readonly platform: ImagePlatform;
}

async function writeArchive(path: string, content: ArchiveContent): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  await makeFolder(dirname(path));
  try {
    const file = await open(temporary, 'wx');
    try {
      await writeMembers(file, content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
    await syncFolder(dirname(path));
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw translateFileError(error, 'write the image', path);
  }
}

/** Small members first, so that a reader of a stream knows what it gets. */
async function writeMembers(file: FileHandle, { texts, blobs, tags, platform }: ArchiveContent): Promise<void> {
  const manifests = [...tags.values()];
  const index = formatCanonicalJson({ schemaVersion: 2, mediaType: imageTypes.index, manifests });
  const small: [string, string][] = [
    [layoutFile.name, layoutFile.text],
    ['index.json', index],
    ['manifest.json', formatDockerManifest(texts, tags, platform)],
    ...[...texts].map(([digest, text]): [string, string] => [blobName(digest), text]),
  ];
  for (const folder of ['blobs/', 'blobs/sha256/']) await file.writeFile(header(folder, 0));
  for (const [name, text] of small.toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const bytes = Buffer.from(text);
    await file.writeFile(Buffer.concat([header(name, bytes.length), bytes, Buffer.alloc(paddingOf(bytes.length))]));
  }
  for (const blob of [...blobs.values()].toSorted((a, b) => (a.digest < b.digest ? -1 : 1)))
    await writeBlob(file, blob);
  await file.writeFile(Buffer.alloc(1024));
}

async function writeBlob(file: FileHandle, blob: BlobOrigin): Promise<void> {
  await file.writeFile(header(blobName(blob.digest), blob.size));
  await blob.withFile(async (path) => {
    let size = 0;
    for await (const bytes of createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
      size += bytes.length;
      await file.writeFile(bytes);
    }
    if (size !== blob.size)
      throw new FarmError(
        'PACKAGE_DAMAGED',
        `Cannot use the layer "${path}": it has ${size} bytes instead of ${blob.size}`,
      );
  });
  await file.writeFile(Buffer.alloc(paddingOf(blob.size)));
}

function blobName(digest: Digest): string {
  return `blobs/sha256/${hexOf(digest)}`;
}

/** Entry names have no `./` in front: some loaders look for the literal name. */
function header(name: string, size: number): Buffer {
  const isFolder = name.endsWith('/');
  const member = {
    name,
    type: isFolder ? 'directory' : 'file',
    mode: isFolder ? 0o755 : 0o644,
    size,
    linkName: '',
  } as const;
  return formatTarHeader(member, packageTime);
}

/** What `docker save` calls manifest.json: configs and layers by path, and names. */
function formatDockerManifest(
  texts: ReadonlyMap<Digest, string>,
  tags: ReadonlyMap<string, Descriptor>,
  platform: ImagePlatform,
): string {
  const byManifest = new Map<Digest, string[]>();
  for (const [ref, { digest }] of tags) {
    const manifest = manifestFor(digest, texts, platform);
    byManifest.set(manifest, [...(byManifest.get(manifest) ?? []), ref]);
  }
  const items = [...byManifest].map(([digest, refs]) => {
    const parsed = parseImageDocument(texts.get(digest)!, digest);
    if (!('manifest' in parsed)) return undefined;
    const { config, layers } = parsed.manifest;
    return { Config: blobName(config.digest), RepoTags: refs, Layers: layers.map((layer) => blobName(layer.digest)) };
  });
  return formatCanonicalJson(items.filter((item) => item !== undefined));
}

function manifestFor(digest: Digest, texts: ReadonlyMap<Digest, string>, platform: ImagePlatform): Digest {
  const parsed = parseImageDocument(texts.get(digest)!, digest);
  if ('manifest' in parsed) return digest;
  const { manifests } = parsed.index;
  const fitting = manifests.find((item) => item.platform?.architecture === platform.architecture) ?? manifests[0]!;
  return fitting.digest;
}
