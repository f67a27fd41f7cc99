import { digestOf } from '../../core/digest.ts';
import { type Digest, hexOf } from '../../core/digest-text.ts';
import { formatCanonicalJson } from '../../core/json.ts';
import type { BillTools } from './bill-tools.ts';
import type { ContainedPackage, ImageContents, SystemContents, SystemPackage } from './image-contents.ts';
import { stableUuid } from './stable-uuid.ts';

const unknown = 'NOASSERTION';
const imageId = 'SPDXRef-Image';
const baseId = 'SPDXRef-Base';

interface Relationship {
  readonly spdxElementId: string;
  readonly relationshipType: string;
  readonly relatedSpdxElement: string;
}

/** Formats the bill of materials of an image as SPDX 2.3 JSON. Equal contents have equal bytes. */
export function formatSpdx(contents: ImageContents, tools: BillTools): string {
  const sources = sourcesOf(contents);
  const packages = [
    imagePackage(contents),
    ...contents.packages.map((item) => farmPackage(item, contents, tools)),
    ...[...sources.values()].map((source) => sourcePackage(source, tools)),
    ...systemPackages(contents, tools),
  ];
  const body = {
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: 'SPDXRef-DOCUMENT',
    name: titleOf(contents),
    creationInfo: { created: contents.created, creators: ['Tool: binfarm', `Organization: ${contents.farm}`] },
    packages,
    relationships: relationshipsOf(contents),
    ...licensingInfos(contents, tools),
  };
  const documentNamespace = `https://spdx.org/spdxdocs/${titleOf(contents)}-${stableUuid('spdx', body)}`;
  return formatCanonicalJson({ ...body, documentNamespace });
}

function titleOf({ farm, image, release, platform }: ImageContents): string {
  return [farm, image, release, platform].join('-').replaceAll(/[^A-Za-z0-9.-]+/g, '-');
}

/** An identifier of SPDX: what cannot be in one is replaced, and the result made unique again. */
function idOf(kind: string, name: string): string {
  const safe = name.replaceAll(/[^A-Za-z0-9.-]/g, '-');
  return `SPDXRef-${kind}-${safe}${safe === name ? '' : `-${hexOf(digestOf(name)).slice(0, 8)}`}`;
}

const packageIdOf = (storeName: string) => idOf('Package', storeName);
const sourceIdOf = (digest: Digest) => idOf('Source', hexOf(digest).slice(0, 32));
const systemIdOf = ({ name, architecture }: SystemPackage) => idOf('System', `${name}-${architecture}`);

/** What is the same for all: nobody has looked into licences of files, and files are not listed. */
const unexamined = {
  downloadLocation: unknown,
  filesAnalyzed: false,
  licenseConcluded: unknown,
  copyrightText: unknown,
} as const;

const sha256 = (digest: Digest) => [{ algorithm: 'SHA256', checksumValue: hexOf(digest) }];
const purl = (locator: string) => ({
  referenceCategory: 'PACKAGE-MANAGER',
  referenceType: 'purl',
  referenceLocator: locator,
});

function imagePackage({ farm, image, release, platform }: ImageContents): object {
  return {
    SPDXID: imageId,
    name: image,
    versionInfo: release,
    supplier: `Organization: ${farm}`,
    primaryPackagePurpose: 'CONTAINER',
    comment: `For ${platform}.`,
    licenseDeclared: unknown,
    ...unexamined,
  };
}

function farmPackage(item: ContainedPackage, { farm }: ImageContents, { urls, license }: BillTools): object {
  const { manifest, digest, diffId, storeName } = item;
  const { name, version, summary, homepage, provenance, buildHash } = manifest;
  const files = manifest.entries.filter(({ type }) => type === 'file').length;
  const other = (referenceType: string, referenceLocator: string) => ({
    referenceCategory: 'OTHER',
    referenceType,
    referenceLocator,
  });
  return {
    SPDXID: packageIdOf(storeName),
    name,
    versionInfo: version,
    packageFileName: storeName,
    supplier: `Organization: ${farm}`,
    primaryPackagePurpose: 'LIBRARY',
    ...(summary === '' ? {} : { summary }),
    ...(homepage === undefined ? {} : { homepage }),
    checksums: sha256(digest),
    comment: `${files} files; the sha256 of their tar is ${hexOf(diffId)}.`,
    sourceInfo: `Built as the plan ${provenance.plan} says, on ${provenance.base}.`,
    externalRefs: [purl(urls.ofPackage(item)), other('binfarm-build-hash', buildHash)],
    ...unexamined,
    licenseDeclared: license(manifest.license).expression,
  };
}

/** Each source once, however many packages are made of it. */
function sourcesOf({
  packages,
}: ImageContents): ReadonlyMap<Digest, { readonly file: string; readonly digest: Digest }> {
  return new Map(
    packages.flatMap(({ manifest }) => manifest.provenance.sources.map((source) => [source.digest, source] as const)),
  );
}

function sourcePackage(source: { readonly file: string; readonly digest: Digest }, { urls }: BillTools): object {
  return {
    SPDXID: sourceIdOf(source.digest),
    name: source.file,
    packageFileName: source.file,
    primaryPackagePurpose: 'SOURCE',
    checksums: sha256(source.digest),
    externalRefs: [purl(urls.ofSource(source))],
    licenseDeclared: unknown,
    ...unexamined,
  };
}

function systemPackages({ base }: ImageContents, tools: BillTools): readonly object[] {
  if (base === undefined) return [];
  const { system } = base;
  const itself = {
    SPDXID: baseId,
    name: base.name,
    primaryPackagePurpose: 'OPERATING_SYSTEM',
    checksums: sha256(base.digest),
    ...(system.version === '' ? {} : { versionInfo: system.version }),
    licenseDeclared: unknown,
    ...unexamined,
  };
  return [itself, ...system.packages.map((item) => systemPackage(item, system, tools))];
}

function systemPackage(item: SystemPackage, system: SystemContents, { urls }: BillTools): object {
  return {
    SPDXID: systemIdOf(item),
    name: item.name,
    versionInfo: item.version,
    ...(item.source === undefined ? {} : { sourceInfo: `Built from the source package ${item.source}.` }),
    externalRefs: [purl(urls.ofSystemPackage(item, system))],
    licenseDeclared: unknown,
    ...unexamined,
  };
}

function relationshipsOf({ packages, base }: ImageContents): readonly Relationship[] {
  const link = (from: string, relationshipType: string, to: string): Relationship => ({
    spdxElementId: from,
    relationshipType,
    relatedSpdxElement: to,
  });
  const system = base?.system.packages ?? [];
  return [
    link('SPDXRef-DOCUMENT', 'DESCRIBES', imageId),
    ...packages.flatMap(({ storeName, needs, manifest }) => [
      link(imageId, 'CONTAINS', packageIdOf(storeName)),
      ...needs.map((need) => link(packageIdOf(storeName), 'DEPENDS_ON', packageIdOf(need))),
      ...manifest.provenance.sources.map(({ digest }) =>
        link(packageIdOf(storeName), 'GENERATED_FROM', sourceIdOf(digest)),
      ),
    ]),
    ...(base === undefined ? [] : [link(imageId, 'CONTAINS', baseId)]),
    ...system.map((item) => link(baseId, 'CONTAINS', systemIdOf(item))),
  ];
}

function licensingInfos({ packages }: ImageContents, { license }: BillTools): object {
  const others = new Map(packages.flatMap(({ manifest }) => [...license(manifest.license).others]));
  if (others.size === 0) return {};
  const infos = [...others].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return {
    hasExtractedLicensingInfos: infos.map(([licenseId, said]) => ({
      licenseId,
      name: said,
      extractedText: `The recipe calls it "${said}"; its text comes with the package.`,
    })),
  };
}
