import { hash } from 'node:crypto';
import type { Binhost } from '../../binhost/binhost.ts';
import { FarmError } from '../../core/farm-error.ts';
import { formatCanonicalJson } from '../../core/json.ts';
import { mapLimit } from '../../core/map-limit.ts';
import type { MountNode } from '../../cvmfs/catalog/node.ts';
import { type ByteText, byteTextOf, joinBytes } from '../../cvmfs/format/byte-text.ts';
import { objectNameOf } from '../../cvmfs/format/content-hash.ts';
import { mountPathOf } from '../../cvmfs/format/repository-name.ts';
import type { RevisionWork } from '../../cvmfs/revision/revision-work.ts';
import { buildSubtree } from '../../cvmfs/tree/build-subtree.ts';
import { memorySource } from '../../cvmfs/tree/memory-source.ts';
import { treeOfPackage } from '../../cvmfs/tree/package-tree.ts';
import { packedNameOf, type Release, type ReleasePackage } from '../../model/release.ts';
import { checkRoot } from '../../package/relocate/check-root.ts';
import { blamePackage } from '../build/blame-package.ts';
import type { AppContext } from '../farm/open-farm.ts';
import { withReleases } from '../release/with-releases.ts';
import { makeReleaseFolder } from './release-views.ts';
import { type RepositoryRequest, type RevisionResult, reviseRepository, type TreeChange } from './revise-repository.ts';

/** A release that is to be in a repository. */
export interface PublishReleaseRequest extends RepositoryRequest {
  readonly farm: string;
  /** A release, or a channel for the release that it leads to. */
  readonly release: string;
  /** Those of the release without any. */
  readonly platforms: readonly string[];
  /** Whether `latest` is to lead to it. */
  readonly latest: boolean;
}

/** Where releases and their packages are in a repository. */
export const releasePlaces = {
  store: byteTextOf('/store'),
  releases: byteTextOf('/releases'),
  latest: byteTextOf('/latest'),
} as const;

const packagesAtOnce = 8;

/** Publishes a release as one revision: its packages, relocated to where clients see them, a view for each platform, and `latest`. Packages that are there already are not opened.
 * @throws RELEASE_NOT_FOUND, PLATFORM_INVALID, PREFIX_TOO_LONG, PACKAGE_NOT_FOUND, PACKAGE_DAMAGED, and what `reviseRepository` throws */
export async function publishRelease(request: PublishReleaseRequest, context: AppContext): Promise<RevisionResult> {
  return await withReleases(request.farm, context, async ({ shelf, own }) => {
    const channel = await shelf.readChannel(request.release);
    const { release } = await shelf.readRelease(channel?.channel.release ?? request.release);
    const platforms = choosePlatforms(release, request.platforms);
    const change: TreeChange = async ({ editor, work, repository }) => {
      const root = mountPathOf(repository.config.name);
      context.emit({ type: 'cvmfs.started', repository: repository.config.name, source: `release ${release.name}` });
      const packages = new Map(platforms.flatMap((platform) => Object.entries(release.platforms[platform]!.packages)));
      for (const platform of platforms) checkRoot(root, 'x'.repeat(release.platforms[platform]!.rootLength));
      const mounts = new Map<string, MountNode>();
      const largestFirst = [...packages].sort(([, a], [, b]) => b.size - a.size);
      await mapLimit(largestFirst, packagesAtOnce, async ([storeName, item]) => {
        context.signal.throwIfAborted();
        mounts.set(storeName, await putPackage(storeName, item, { root, binhost: own, work, context }));
      });
      const tree = await editor();
      for (const storeName of [...mounts.keys()].sort())
        await tree.put(joinBytes(releasePlaces.store, byteTextOf(storeName)), mounts.get(storeName)!, {
          catalog: true,
        });
      const place = joinBytes(releasePlaces.releases, byteTextOf(release.name));
      const folder = await makeReleaseFolder({ release, platforms, root, mounts, work });
      const mount = (await buildSubtree(memorySource(folder, 'release'), work, {
        path: place,
        top: 'catalog',
      })) as MountNode;
      await tree.put(place, mount, { catalog: true });
      if (request.latest) {
        const mtime = Math.floor(Date.parse(release.created) / 1000);
        await tree.put(releasePlaces.latest, {
          kind: 'symlink',
          mtime,
          target: byteTextOf(`releases/${release.name}`),
        });
      }
      return { tag: { name: release.name, description: `release ${release.name} of ${release.farm}` } };
    };
    return await reviseRepository('binfarm cvmfs publish', request, { context, change });
  });
}

function choosePlatforms({ name, platforms }: Release, asked: readonly string[]): readonly string[] {
  const known = Object.keys(platforms).toSorted();
  const wrong = asked.find((platform) => !known.includes(platform));
  if (wrong === undefined) return asked.length === 0 ? known : [...new Set(asked)].toSorted();
  throw new FarmError('PLATFORM_INVALID', `Cannot publish release "${name}" for "${wrong}": it has no such platform`, {
    hint: `It has ${known.join(', ')}`,
  });
}

interface PackagePlace {
  readonly root: string;
  readonly binhost: Binhost;
  readonly work: RevisionWork;
  readonly context: AppContext;
}

/** Stores a package with a catalog of its own; one that was stored before, with the same root and names, is not even opened. */
async function putPackage(
  storeName: string,
  item: ReleasePackage,
  { root, binhost, work, context }: PackagePlace,
): Promise<MountNode> {
  const path = joinBytes(releasePlaces.store, byteTextOf(storeName)) as ByteText;
  const { digest, size, buildHash, renames } = item;
  const print = hash('sha1', `package ${formatCanonicalJson({ digest, root, path, renames })}`);
  const known = work.index.catalogOf(print);
  if (known !== undefined) {
    const mount = JSON.parse(known) as MountNode;
    if (await work.hasObject(objectNameOf(mount.catalog.hash, 'C'))) return mount;
  }
  const expect = { digest, size, buildHash, storeName: packedNameOf(item) };
  const names = renames === undefined ? {} : { names: renames };
  const tree = await blamePackage(item, () =>
    work.storePackage({ blob: openBlob(item, binhost), expect, root, ...names }, size),
  );
  const node = treeOfPackage(tree);
  const mount = (await buildSubtree(memorySource(node, 'package'), work, { path, top: 'catalog' })) as MountNode;
  work.index.rememberCatalog(print, JSON.stringify(mount));
  const { name, version } = item;
  context.emit({ type: 'cvmfs.packageStored', name, version, files: tree.entries.length, bytes: size });
  return mount;
}

function openBlob(item: ReleasePackage, binhost: Binhost): string | AsyncIterable<Buffer> {
  const stored = {
    ...item,
    platform: '',
    location: binhost.location,
    summary: '',
    layerAnnotations: {},
    config: item,
    envelope: undefined,
  };
  return binhost.blobPath?.(stored) ?? binhost.openBlob(stored);
}
