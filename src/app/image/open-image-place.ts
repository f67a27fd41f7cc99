import { resolve } from 'node:path';
import type { Depot } from '../../binhost/depot.ts';
import { openRegistry } from '../../binhost/open-binhost.ts';
import { digestOf } from '../../core/digest.ts';
import { FarmError } from '../../core/farm-error.ts';
import type { BlobOrigin, ImagePlace, ImageText } from '../../image/oci/image-place.ts';
import type { ImagePlatform } from '../../image/oci/image-types.ts';
import { openImageArchive } from '../../image/oci/open-archive.ts';
import { openImageLayout } from '../../image/oci/open-layout.ts';
import { isAttachmentTag } from '../../image/supply/attachment.ts';
import type { AppContext } from '../farm/open-farm.ts';

/** How a place of images is opened. */
export interface ImagePlaceOptions {
  /** What paths are relative to. */
  readonly folder: string;
  /** Of several platforms, the one that Docker's own archive format gets. */
  readonly platform: ImagePlatform;
  readonly context: AppContext;
}

/** Opens a place of images: `oci:DIR` or a path is a layout, `FILE.tar` an archive, `oci://host/path` a registry.
 * @throws BINHOST_INVALID */
export function openImagePlace(location: string, { folder, platform, context }: ImagePlaceOptions): ImagePlace {
  if (/^[a-z0-9+]+:\/\//i.test(location)) {
    const { emit, signal, settingSources } = context;
    return createRegistryPlace(openRegistry(location, { emit, signal, environment: settingSources.environment }));
  }
  const path = location.replace(/^oci(-archive)?:/, '');
  if (path === '') {
    throw new FarmError('BINHOST_INVALID', `Cannot use "${location}" as a place of images: it is empty`, {
      hint: 'Name a layout (oci:DIR), a file (FILE.tar) or a registry (oci://host/path)',
    });
  }
  const full = resolve(folder, path);
  return path.endsWith('.tar') ? openImageArchive(full, platform) : openImageLayout(full);
}

/** Makes a place of images of a registry. */
function createRegistryPlace(depot: Depot): ImagePlace {
  const { location, registry } = depot;
  const put = async (name: string, reference: string, { mediaType, text }: ImageText) => {
    const current = await depot.readManifest(name, reference);
    const expected = current === undefined ? undefined : digestOf(current);
    if (expected === digestOf(text)) return;
    if (await depot.writeManifest(name, reference, { mediaType, text }, expected)) return;
    throw new FarmError(
      'DOCUMENT_CHANGED',
      `Cannot put "${name}:${reference}" into "${location}": somebody else has changed it in the meantime`,
      {
        hint: 'Look at it as it is now, and try again',
      },
    );
  };
  return {
    location,
    sharesTags: true,
    readManifest: (name, reference) => depot.readManifest(name, reference),
    ...(depot.readReferrers === undefined ? {} : { readReferrers: depot.readReferrers }),
    readBlob: (name, blob) => depot.openBlob(name, blob, 0),
    writeBlob: (name, blob) => writeBlob(depot, name, blob),
    writeText: async (name, { text }) => {
      await depot.writeBlob(name, { digest: digestOf(text), size: Buffer.byteLength(text), content: { text } });
    },
    writeManifest: (name, manifest) => put(name, digestOf(manifest.text), manifest),
    tag: put,
    commit: async () => {},
    discard: async () => {},
    listTags: async (name) => (await depot.listTags(name)).filter((tag) => !isAttachmentTag(tag)).toSorted(),
    listNames: async () => undefined,
    untag: async (name, tag) => await depot.removeManifest(name, tag),
    ...(registry === undefined ? {} : { registry: { address: registry.address, prefix: registry.prefix } }),
  };
}

async function writeBlob(depot: Depot, name: string, blob: BlobOrigin): Promise<'kept' | 'mounted' | 'written'> {
  if ((await depot.sizeOfBlob(name, blob.digest)) === blob.size) return 'kept';
  for (const { address, repository } of blob.repositories ?? []) {
    if (address !== depot.registry?.address || `${depot.registry.prefix}${name}` === repository) continue;
    if (await depot.mountBlob?.(name, blob.digest, repository)) return 'mounted';
  }
  const { digest, size } = blob;
  await blob.withFile((path) => depot.writeBlob(name, { digest, size, content: { path, isVerified: false } }));
  return 'written';
}
