import { digestOf } from '../../core/digest.ts';
import type { Digest } from '../../core/digest-text.ts';
import type { ImagePlace } from '../../image/oci/image-place.ts';
import { imageAnnotations } from '../../image/oci/image-types.ts';
import { parseImageDocument } from '../../image/oci/parse-image.ts';
import { removeAttachments } from '../../image/supply/copy-attachments.ts';
import type { AppContext } from '../farm/open-farm.ts';
import { type ReleaseSetting, withReleases } from '../release/with-releases.ts';
import { type ImagesRequest, openImages } from './look-at-images.ts';

/** Which images are to go. */
export interface PruneImagesRequest extends ImagesRequest {
  /** All that are in the place, or that the stack file describes, when absent. */
  readonly name?: string;
  /** So many of the newest releases keep their images; all that are there when absent. */
  readonly keep?: number;
  readonly dryRun: boolean;
}

/** An image that goes, and why. */
export interface PrunedImage {
  readonly name: string;
  readonly tag: string;
  readonly digest: string;
  readonly release: string;
  readonly reason: string;
}

/** Removes the images of releases that the farm does not have any more, has withdrawn, or that are older than those to be kept. What binfarm did not make of a release of this farm stays. A layout gives the space
 * of their layers back at once, a registry with its own garbage collection.
 * @throws BINHOST_UNSUPPORTED when the registry removes nothing; BINHOST_DENIED, BINHOST_UNAVAILABLE */
export async function pruneImages(
  request: PruneImagesRequest,
  context: AppContext,
): Promise<{ readonly location: string; readonly removed: readonly PrunedImage[]; readonly kept: number }> {
  return await withReleases(request.farm, context, async (setting) => {
    const { place, names } = await openImages(request, context);
    const reasons = await readReasons(setting, request.keep);
    const all = await findImages(place, request.name === undefined ? names : [request.name]);
    const farm = setting.farm.stack.farm;
    const removed = all.flatMap((item): PrunedImage[] => {
      const [, release] = item.release?.startsWith(`${farm}/`) ? item.release.split('/') : [];
      const reason = release === undefined ? undefined : reasons(release);
      return reason === undefined ? [] : [{ ...item, release: item.release!, reason }];
    });
    if (!request.dryRun) await removeImages(place, all, removed, context);
    return { location: place.location, removed, kept: all.length - removed.length };
  });
}

interface FoundImage {
  readonly name: string;
  readonly tag: string;
  readonly digest: Digest;
  readonly release?: string;
  /** Of the manifests that it leads to. */
  readonly children: readonly Digest[];
}

async function findImages(place: ImagePlace, names: readonly string[]): Promise<readonly FoundImage[]> {
  const found: FoundImage[] = [];
  for (const name of names) {
    for (const tag of await place.listTags(name)) {
      const text = await place.readManifest(name, tag);
      if (text === undefined) continue; // removed in the meantime
      const parsed = parseImageDocument(text, `${name}:${tag}`);
      const document = 'index' in parsed ? parsed.index : parsed.manifest;
      const release = document.annotations?.[imageAnnotations.release];
      const children = 'index' in parsed ? parsed.index.manifests.map(({ digest }) => digest) : [];
      found.push({ name, tag, digest: digestOf(text), children, ...(release === undefined ? {} : { release }) });
    }
  }
  return found;
}

/** Says why the images of a release go; undefined where they stay. */
async function readReasons(
  { shelf }: ReleaseSetting,
  keep: number | undefined,
): Promise<(release: string) => string | undefined> {
  const reasons = new Map<string, string>();
  const created: { readonly name: string; readonly created: string }[] = [];
  for (const name of await shelf.listReleases()) {
    const { release } = await shelf.readRelease(name);
    created.push({ name, created: release.created });
    if ((await shelf.readWithdrawal(name)) !== undefined) reasons.set(name, 'the release was withdrawn');
  }
  const kept = created.toSorted((a, b) => (a.created < b.created ? 1 : -1)).slice(0, keep ?? created.length);
  const known = new Set(created.map(({ name }) => name));
  const fresh = new Set(kept.map(({ name }) => name));
  return (release) => {
    if (!known.has(release)) return 'the farm does not have the release any more';
    return reasons.get(release) ?? (fresh.has(release) ? undefined : `${keep} newer releases are kept`);
  };
}

async function removeImages(
  place: ImagePlace,
  all: readonly FoundImage[],
  removed: readonly PrunedImage[],
  { emit }: AppContext,
): Promise<void> {
  const isGone = ({ name, tag }: { readonly name: string; readonly tag: string }) =>
    removed.some((item) => item.name === name && item.tag === tag);
  const stay = all.filter((item) => !isGone(item));
  try {
    for (const item of all.filter(isGone)) {
      const { name, tag, digest, children } = item;
      // a registry removes a manifest with all its tags: none that another tag needs, and the others may be gone already
      const isKept = stay.some((other) => other.name === name && other.digest === digest);
      if (place.sharesTags && isKept) continue;
      await place.untag(name, tag);
      const { reason } = removed.find((other) => other.name === name && other.tag === tag)!;
      emit({ type: 'image.removed', location: place.location, image: `${name}:${tag}`, reason });
      const unused = children.filter(
        (child) => !stay.some((other) => other.name === name && other.children.includes(child)),
      );
      for (const one of isKept ? [] : [digest, ...unused]) await removeAttachments(place, name, one);
      if (place.sharesTags) for (const child of unused) await place.untag(name, child);
    }
    await place.commit();
  } catch (error) {
    await place.discard();
    throw error;
  }
}
