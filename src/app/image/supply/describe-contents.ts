import { loadBillTools } from '../../../image/supply/bill-tools.ts';
import type { ImageBills } from '../../../image/supply/format-attachments.ts';
import { formatCycloneDx } from '../../../image/supply/format-cyclonedx.ts';
import { formatSpdx } from '../../../image/supply/format-spdx.ts';
import type { ContainedPackage, ImageContents } from '../../../image/supply/image-contents.ts';
import type { ImagePackage } from '../image-packages.ts';
import type { PlatformPlan } from '../make-platform-image.ts';
import type { ImageSetting } from '../with-images.ts';
import { readSystem } from './read-system.ts';

/** Collects what an image consists of: out of the packages' own manifests, and the records of the distribution that its base is of. A thin image has only its base.
 * @throws ARCHIVE_INVALID, DISK_FULL */
export async function contentsOf(
  { image, release, platform, packages, base }: PlatformPlan,
  form: 'fat' | 'thin',
  { farm, cache }: ImageSetting,
): Promise<ImageContents> {
  const { name, created } = release.release;
  const { digest } = base;
  const system = digest === undefined ? undefined : await readSystem(base.layers, cache);
  return {
    farm: farm.stack.farm,
    image: image.name,
    release: name,
    releaseDigest: release.digest,
    platform,
    created: created.replace(/\.\d+Z$/, 'Z'),
    packages: form === 'thin' ? [] : containedPackages(packages),
    ...(digest === undefined || system === undefined ? {} : { base: { name: base.name, digest, system } }),
  };
}

function containedPackages(packages: readonly ImagePackage[]): readonly ContainedPackage[] {
  const all = new Set(packages.map(({ storeName }) => storeName));
  return packages
    .map(({ storeName, item, facts }): ContainedPackage => {
      const linked = facts.manifest.dependencies.filter(({ types }) => types.includes('link') || types.includes('run'));
      const needs = linked.map((dependency) => item.renames?.[dependency.storeName] ?? dependency.storeName);
      const { digest, diffId } = item;
      const own = [...new Set(needs)].filter((need) => all.has(need)).toSorted();
      return { storeName, digest, diffId, manifest: facts.manifest, needs: own };
    })
    .toSorted((a, b) => (a.storeName < b.storeName ? -1 : 1));
}

/** Makes the bills of materials of an image in both formats. */
export async function describeContents(contents: ImageContents): Promise<ImageBills> {
  const tools = await loadBillTools();
  return { spdx: formatSpdx(contents, tools), cyclonedx: await formatCycloneDx(contents, tools) };
}

/** The bills of materials as files of the image itself, by name. */
export function billFiles({ spdx, cyclonedx }: ImageBills): Readonly<Record<string, string>> {
  return { 'sbom.spdx.json': spdx, 'sbom.cdx.json': cyclonedx };
}
