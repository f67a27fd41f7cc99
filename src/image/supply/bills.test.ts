import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { digestOf } from '../../core/digest.ts';
import { loadBillTools } from './bill-tools.ts';
import { differenceOf, packagesInCycloneDx, packagesInSpdx, resourcesInProvenance } from './compare-bills.ts';
import { formatCycloneDx } from './format-cyclonedx.ts';
import { formatProvenance } from './format-provenance.ts';
import { formatSpdx } from './format-spdx.ts';
import { readLicense } from './license-expression.ts';
import { readDpkgStatus, readOsRelease } from './read-dpkg-status.ts';
import { sampleContents, samplePackage } from './sample-contents.ts';

const tools = await loadBillTools();
const contents = sampleContents();
const real = new Map(contents.packages.map(({ storeName, digest }) => [storeName, digest]));

interface Spdx {
  readonly spdxVersion: string;
  readonly SPDXID: string;
  readonly dataLicense: string;
  readonly documentNamespace: string;
  readonly creationInfo: { readonly created: string; readonly creators: readonly string[] };
  readonly packages: readonly {
    readonly SPDXID: string;
    readonly name: string;
    readonly downloadLocation: string;
    readonly filesAnalyzed: boolean;
    readonly licenseDeclared: string;
    readonly primaryPackagePurpose?: string;
    readonly externalRefs?: readonly { readonly referenceLocator: string }[];
  }[];
  readonly relationships: readonly {
    readonly spdxElementId: string;
    readonly relationshipType: string;
    readonly relatedSpdxElement: string;
  }[];
  readonly hasExtractedLicensingInfos: readonly { readonly licenseId: string; readonly extractedText: string }[];
}

test('the SPDX document has what SPDX 2.3 requires, and its relationships lead to what it has', () => {
  const document = JSON.parse(formatSpdx(contents, tools)) as Spdx;
  assert.deepEqual(
    [document.spdxVersion, document.SPDXID, document.dataLicense],
    ['SPDX-2.3', 'SPDXRef-DOCUMENT', 'CC0-1.0'],
  );
  assert.match(document.documentNamespace, /^https:\/\/[^#\s]+$/);
  assert.equal(document.creationInfo.created, '2026-01-02T03:04:05Z');
  for (const creator of document.creationInfo.creators) assert.match(creator, /^(Tool|Organization|Person): \S/);
  const ids = document.packages.map(({ SPDXID }) => SPDXID);
  assert.equal(new Set(ids).size, ids.length);
  for (const id of ids) assert.match(id, /^SPDXRef-[A-Za-z0-9.-]+$/);
  // enumeration of the published JSON schema
  const purposes = ['CONTAINER', 'LIBRARY', 'SOURCE', 'OPERATING_SYSTEM', undefined];
  for (const item of document.packages) {
    assert.deepEqual([item.downloadLocation, item.filesAnalyzed], ['NOASSERTION', false]);
    assert.ok(purposes.includes(item.primaryPackagePurpose), item.primaryPackagePurpose);
  }
  const types = ['DESCRIBES', 'CONTAINS', 'DEPENDS_ON', 'GENERATED_FROM'];
  for (const { spdxElementId, relationshipType, relatedSpdxElement } of document.relationships) {
    assert.ok(types.includes(relationshipType));
    assert.ok([...ids, 'SPDXRef-DOCUMENT'].includes(spdxElementId), spdxElementId);
    assert.ok(ids.includes(relatedSpdxElement), relatedSpdxElement);
  }
  assert.equal(document.relationships.filter(({ relationshipType }) => relationshipType === 'DEPENDS_ON').length, 1);
  assert.deepEqual(
    document.hasExtractedLicensingInfos.map(({ licenseId }) => licenseId),
    ['LicenseRef-Home-Made'],
  );
  assert.equal(
    document.packages.find(({ name }) => name === 'beta_c++')!.licenseDeclared,
    'MIT AND LicenseRef-Home-Made',
  );
  const urls = document.packages.flatMap(({ externalRefs = [] }) => externalRefs.map((one) => one.referenceLocator));
  assert.ok(urls.includes('pkg:deb/debian/libc6@2.36-9+deb12u7?arch=amd64&distro=debian-12'), urls.join('\n'));
});

interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly definitions?: Readonly<Record<string, Schema>>;
}

/** Finds what in a value breaks a JSON schema, as far as the words go that CycloneDX's schema mostly uses. */
function findBreach(value: unknown, schema: Schema, root: Schema, path = '$'): string | undefined {
  if (schema.$ref !== undefined) {
    const name = /^#\/definitions\/(.+)$/.exec(schema.$ref)?.[1];
    return name === undefined ? undefined : findBreach(value, root.definitions![name]!, root, path);
  }
  const choices = schema.oneOf ?? schema.anyOf ?? [];
  const breaches = choices.map((one) => findBreach(value, one, root, path));
  if (breaches.length > 0 && !breaches.includes(undefined)) return breaches[0];
  if (Array.isArray(value)) {
    const { items } = schema;
    return items && value.map((item, at) => findBreach(item, items, root, `${path}[${at}]`)).find(Boolean);
  }
  if (value !== null && typeof value === 'object') return findBreachIn(value, schema, root, path);
  return findPlainBreach(value, schema, path);
}

function findPlainBreach(value: unknown, schema: Schema, path: string): string | undefined {
  if (schema.enum !== undefined && !schema.enum.includes(value)) return `${path} is ${JSON.stringify(value)}`;
  if (typeof value === 'string' && schema.pattern !== undefined && !new RegExp(schema.pattern, 'u').test(value))
    return `${path} does not match ${schema.pattern}`;
  const real = typeof value === 'number' ? 'integer' : typeof value;
  const isFine = [undefined, real, ...(real === 'integer' ? ['number'] : [])].includes(schema.type);
  return isFine ? undefined : `${path} is ${real}, not ${schema.type}`;
}

function findBreachIn(value: object, schema: Schema, root: Schema, path: string): string | undefined {
  const missing = (schema.required ?? []).find((key) => !(key in value));
  if (missing !== undefined) return `${path} has no ${missing}`;
  for (const [key, item] of Object.entries(value)) {
    const own = schema.properties?.[key];
    if (own === undefined && schema.additionalProperties === false) return `${path} has ${key}`;
    const breach = own && findBreach(item, own, root, `${path}.${key}`);
    if (breach !== undefined) return breach;
  }
  return undefined;
}

test('the CycloneDX document keeps to the published schema of version 1.6', async () => {
  const library = createRequire(import.meta.url).resolve('@cyclonedx/cyclonedx-library/package.json');
  const path = new URL('res/schema/bom-1.6.SNAPSHOT.schema.json', `file://${library}`);
  const schema = JSON.parse(readFileSync(path, 'utf8')) as Schema;
  const document = JSON.parse(await formatCycloneDx(contents, tools)) as Record<string, unknown>;
  assert.equal(findBreach(document, schema, schema), undefined);
  assert.equal(
    findBreach({ ...document, serialNumber: 'urn:uuid:1' }, schema, schema)?.startsWith('$.serialNumber'),
    true,
  );
  const dependencies = document.dependencies as { ref: string; dependsOn?: string[] }[];
  const [alpha, beta] = contents.packages.map(({ storeName }) => storeName);
  assert.deepEqual(dependencies.find(({ ref }) => ref === beta)?.dependsOn, [alpha]);
});

test('equal contents give equal documents, and others have other identifiers', async () => {
  const other = sampleContents({ release: '2026.2' });
  const [first, second] = [await formatCycloneDx(contents, tools), await formatCycloneDx(sampleContents(), tools)];
  assert.equal(first, second);
  assert.equal(formatSpdx(contents, tools), formatSpdx(sampleContents(), tools));
  const numberOf = (json: string) => (JSON.parse(json) as { serialNumber: string }).serialNumber;
  const spaceOf = (json: string) => (JSON.parse(json) as Spdx).documentNamespace;
  assert.notEqual(numberOf(first), numberOf(await formatCycloneDx(other, tools)));
  assert.notEqual(spaceOf(formatSpdx(contents, tools)), spaceOf(formatSpdx(other, tools)));
});

test('an image of nothing but its base, and one on nothing, are described, too', async () => {
  const { base, ...bare } = contents;
  for (const some of [sampleContents({ packages: [] }), { ...bare, packages: [samplePackage('alpha')] }]) {
    const names = [...packagesInSpdx(JSON.parse(formatSpdx(some, tools)))!.keys()];
    assert.deepEqual(names, [...packagesInCycloneDx(JSON.parse(await formatCycloneDx(some, tools)))!.keys()]);
    assert.deepEqual(
      names,
      some.packages.map(({ storeName }) => storeName),
    );
  }
  assert.notEqual(base, undefined);
});

test('the packages of all three documents are those of the image, and a difference is told', async () => {
  const predicate = formatProvenance(
    contents,
    { form: 'fat', sets: ['all'], base: 'debian12', layers: [] },
    { urls: tools.urls, keyId: 'key' },
  );
  const spdx = packagesInSpdx(JSON.parse(formatSpdx(contents, tools)))!;
  assert.equal(differenceOf(spdx, real), undefined);
  assert.equal(differenceOf(packagesInCycloneDx(JSON.parse(await formatCycloneDx(contents, tools)))!, real), undefined);
  const resources = resourcesInProvenance(JSON.parse(JSON.stringify(predicate)))!;
  for (const { storeName, digest, manifest } of contents.packages) {
    assert.equal(resources.get(`package ${storeName}`), digest);
    assert.equal(resources.get(`plan of ${storeName}`), manifest.provenance.plan);
    for (const source of manifest.provenance.sources)
      assert.equal(resources.get(`source ${source.file}`), source.digest);
  }
  const [name] = real.keys();
  const without = new Map([...real].slice(1));
  assert.equal(differenceOf(without, real), `does not name ${name}`);
  assert.equal(differenceOf(real, without), `names ${name}, which the image does not have`);
  assert.match(differenceOf(new Map([...real, [name!, digestOf('x')]]), real)!, /^says that alpha-.* and it is /);
  assert.equal(packagesInSpdx({ spdxVersion: 'SPDX-3.0' }), undefined);
});

const licenses: readonly (readonly [text: string, expression: string, id?: string])[] = [
  ['MIT', 'MIT', 'MIT'],
  ['LGPL-3.0-or-later', 'LGPL-3.0-or-later', 'LGPL-3.0-or-later'],
  ['GPL-2.0-only WITH Classpath-exception-2.0', 'GPL-2.0-only WITH Classpath-exception-2.0'],
  ['(MIT OR Apache-2.0) AND BSD-3-Clause', '(MIT OR Apache-2.0) AND BSD-3-Clause'],
  ['Apache-2.0+', 'Apache-2.0+'],
  ['Mine', 'LicenseRef-Mine'],
  ['LicenseRef-unknown', 'LicenseRef-unknown'],
  ['MIT OR Mine', 'MIT OR LicenseRef-Mine'],
  ['MIT and more', 'LicenseRef-MIT-and-more'],
  ['MIT AND', 'LicenseRef-MIT-AND'],
  ['(MIT', 'LicenseRef--MIT'],
  ['', 'LicenseRef-unknown'],
];

for (const [text, expression, id] of licenses) {
  test(`the licence "${text}" is "${expression}" in a bill of materials`, () => {
    const found = tools.license(text);
    assert.deepEqual([found.expression, found.id], [expression, id]);
    for (const reference of expression.match(/LicenseRef-[\w.-]+/g) ?? []) assert.ok(found.others.has(reference));
  });
}

test('any text gives an expression without characters that SPDX does not allow', () => {
  for (const text of ['ä ö', 'a\nb', '((((', '"x" AND {}', 'x'.repeat(1000)])
    assert.match(readLicense(text, () => false).expression, /^[A-Za-z0-9.+() -]+$/);
});

test('dpkg’s records are read: what is installed, and only what looks like a package', () => {
  const status = [
    'Package: libc6\nStatus: install ok installed\nArchitecture: amd64\nSource: glibc (2.36-9)\nVersion: 2.36-9+deb12u7\nDepends: x\n',
    'Package: gone\nStatus: deinstall ok config-files\nArchitecture: amd64\nVersion: 1\n',
    'Package: base-files\nArchitecture: amd64\nVersion: 12.4\n',
    'Package: ../etc\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1\n',
    'Package: half\nStatus: install ok installed\n',
    'nonsense',
  ].join('\n');
  assert.deepEqual(readDpkgStatus(status), [
    { name: 'base-files', version: '12.4', architecture: 'amd64' },
    { name: 'libc6', version: '2.36-9+deb12u7', architecture: 'amd64', source: 'glibc' },
  ]);
  assert.deepEqual(readDpkgStatus(''), []);
  assert.deepEqual(readOsRelease('NAME="x"\nID=debian\nVERSION_ID="12"\n'), { id: 'debian', version: '12' });
  assert.deepEqual(readOsRelease('ID="$(rm)"'), { id: '', version: '' });
});
