import { hexOf } from '../../core/digest-text.ts';
import type { BillTools } from './bill-tools.ts';
import type { ContainedPackage, ImageContents, SystemContents, SystemPackage } from './image-contents.ts';
import { stableUuid } from './stable-uuid.ts';

type Library = typeof import('@cyclonedx/cyclonedx-library');
type Component = InstanceType<Library['Models']['Component']>;

/** Formats the bill of materials of an image as CycloneDX 1.6 JSON. Equal contents have equal bytes. */
export async function formatCycloneDx(contents: ImageContents, tools: BillTools): Promise<string> {
  const library = await import('@cyclonedx/cyclonedx-library');
  const { Models, Enums, Serialize, Spec } = library;
  const image = new Models.Component(Enums.ComponentType.Container, contents.image, {
    bomRef: 'image',
    version: contents.release,
    supplier: new Models.OrganizationalEntity({ name: contents.farm }),
    properties: propertiesOf(library, { platform: contents.platform, 'release-digest': contents.releaseDigest }),
  });
  const own = new Map(contents.packages.map((item) => [item.storeName, farmComponent(library, item, tools)]));
  for (const { storeName, needs } of contents.packages)
    for (const need of needs) own.get(storeName)!.dependencies.add(own.get(need)!.bomRef);
  const system = systemComponents(library, contents, tools);
  for (const component of [...own.values(), ...system]) image.dependencies.add(component.bomRef);
  const binfarm = new Models.Component(Enums.ComponentType.Application, 'binfarm', { bomRef: 'binfarm' });
  const bom = new Models.Bom({
    serialNumber: `urn:uuid:${stableUuid('cyclonedx', identityOf(contents))}`,
    metadata: new Models.Metadata({
      timestamp: new Date(contents.created),
      component: image,
      tools: new Models.Tools({ components: new Models.ComponentRepository([binfarm]) }),
    }),
    components: new Models.ComponentRepository([...own.values(), ...system]),
  });
  const serializer = new Serialize.JsonSerializer(new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6));
  return serializer.serialize(bom, { sortLists: true });
}

/** All that the document is made of, but only digests of what is large. */
function identityOf({ packages, ...rest }: ImageContents): object {
  return { ...rest, packages: packages.map(({ storeName, digest, needs }) => ({ storeName, digest, needs })) };
}

function propertiesOf({ Models }: Library, values: Readonly<Record<string, string>>) {
  const all = Object.entries(values).map(([name, value]) => new Models.Property(`binfarm:${name}`, value));
  return new Models.PropertyRepository(all);
}

function farmComponent(library: Library, item: ContainedPackage, { urls, license }: BillTools): Component {
  const { Models, Enums } = library;
  const { manifest, digest, diffId, storeName } = item;
  const { name, version, summary, homepage, provenance } = manifest;
  const sha256 = (value: typeof digest) => new Models.HashDictionary([[Enums.HashAlgorithm['SHA-256'], hexOf(value)]]);
  const references = provenance.sources.map(
    (source) =>
      new Models.ExternalReference(encodeURIComponent(source.file), Enums.ExternalReferenceType.SourceDistribution, {
        hashes: sha256(source.digest),
      }),
  );
  const website =
    homepage === undefined ? [] : [new Models.ExternalReference(homepage, Enums.ExternalReferenceType.Website)];
  return new Models.Component(Enums.ComponentType.Library, name, {
    bomRef: storeName,
    version,
    purl: urls.ofPackage(item),
    hashes: sha256(digest),
    licenses: new Models.LicenseRepository([licenseOf(library, license(manifest.license))]),
    ...(summary === '' ? {} : { description: summary }),
    externalReferences: new Models.ExternalReferenceRepository([...references, ...website]),
    properties: propertiesOf(library, {
      'build-hash': manifest.buildHash,
      'diff-id': diffId,
      files: String(manifest.entries.filter(({ type }) => type === 'file').length),
      plan: provenance.plan,
    }),
  });
}

function licenseOf({ Models }: Library, { id, expression }: ReturnType<BillTools['license']>) {
  return id === undefined ? new Models.LicenseExpression(expression) : new Models.SpdxLicense(id);
}

function systemComponents(library: Library, { base }: ImageContents, tools: BillTools): readonly Component[] {
  if (base === undefined) return [];
  const { Models, Enums } = library;
  const { system } = base;
  const itself = new Models.Component(Enums.ComponentType.OperatingSystem, system.id || base.name, {
    bomRef: 'base',
    ...(system.version === '' ? {} : { version: system.version }),
    hashes: new Models.HashDictionary([[Enums.HashAlgorithm['SHA-256'], hexOf(base.digest)]]),
    properties: propertiesOf(library, { base: base.name }),
  });
  const packages = system.packages.map((item) => systemComponent(library, item, { system, tools }));
  return [itself, ...packages];
}

function systemComponent(
  library: Library,
  item: SystemPackage,
  { system, tools }: { readonly system: SystemContents; readonly tools: BillTools },
): Component {
  const { Models, Enums } = library;
  const { name, version, architecture, source } = item;
  return new Models.Component(Enums.ComponentType.Library, name, {
    bomRef: `system/${name}:${architecture}`,
    version,
    purl: tools.urls.ofSystemPackage(item, system),
    properties: propertiesOf(library, source === undefined ? {} : { 'source-package': source }),
  });
}
