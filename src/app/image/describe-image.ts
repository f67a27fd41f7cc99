import { digestOf } from '../../core/digest.ts';
import { compareLayers, type FetchedLayers } from '../../image/plan/compare-layers.ts';
import type { LockedImage } from '../../image/plan/image-lock.ts';
import type { ImageFamily } from './compose-images.ts';
import type { ImageSetting } from './with-images.ts';

/** A layer of an image, as reports say it. */
export interface LayerReport {
  readonly kind: string;
  readonly digest: string;
  /** As it is fetched, in bytes. */
  readonly size: number;
  readonly title: string;
  readonly packages: readonly string[];
  /** Whether a client that has the image before has it. */
  readonly isNew: boolean;
}

/** How much of an image a package is. */
export interface PackageReport {
  readonly name: string;
  readonly version: string;
  readonly storeName: string;
  /** As it is fetched, and as it lies unpacked, in bytes. */
  readonly size: number;
  readonly unpacked: number;
  readonly files: number;
}

/** An image for one platform, as reports say it. */
export interface PlatformReport {
  readonly platform: string;
  readonly form: 'fat' | 'thin';
  readonly tags: readonly string[];
  /** Of the manifest. */
  readonly digest: string;
  /** Of all layers, in bytes. */
  readonly size: number;
  readonly base: { readonly name: string; readonly digest?: string };
  /** Libraries of the system that its programs load. */
  readonly systemLibraries: readonly string[];
  readonly layers: readonly LayerReport[];
  /** The largest first. */
  readonly packages: readonly PackageReport[];
  /** What a client that has the image of the release before fetches; absent for the first. */
  readonly fetched?: FetchedLayers;
}

/** Describes the members of a family, against what was made before. */
export function describeFamily(family: ImageFamily, { lock }: ImageSetting): readonly PlatformReport[] {
  return family.members.map(({ plan, image }): PlatformReport => {
    const { base, demands, platform, packages } = plan;
    const before: LockedImage | undefined =
      family.form === 'fat' ? lock.images[plan.image.name]?.[platform] : undefined;
    const known = new Set(before?.layers.map(({ digest }) => digest));
    const layers = image.layers.map(({ kind, digest, size, title, packages: names }) => {
      return { kind, digest, size, title, packages: names, isNew: !known.has(digest) };
    });
    return {
      platform,
      form: family.form,
      tags: family.tags,
      digest: digestOf(image.manifest.text),
      size: image.layers.reduce((sum, { size }) => sum + size, 0),
      base: { name: base.name, ...(base.digest === undefined ? {} : { digest: base.digest }) },
      systemLibraries: demands.libraries.map(({ name }) => name),
      layers,
      packages: family.form === 'thin' ? [] : describePackages(packages),
      ...(before === undefined ? {} : { fetched: compareLayers(before.layers, image.layers) }),
    };
  });
}

function describePackages(packages: ImageFamily['members'][number]['plan']['packages']): readonly PackageReport[] {
  const reports = packages.map(({ storeName, item, facts }): PackageReport => {
    const { entries } = facts.manifest;
    const unpacked = entries.reduce((sum, entry) => sum + (entry.type === 'file' ? entry.size : 0), 0);
    return { name: item.name, version: item.version, storeName, size: item.size, unpacked, files: entries.length };
  });
  return reports.toSorted((a, b) => b.size - a.size || (a.name < b.name ? -1 : 1));
}
