/** Imports a checkout of Spack's package repository and compares each package with a dump of the same metadata (gzipped JSON); prints the
 * differences, a table and one JSON line. Run as `node test/conformance/spack-import.ts DIRECTORY DUMP`; it ends with 1 below 99.5 % of
 * equal packages. Packages with lines that the importer reports as unread count as different, and are told apart. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { ImportedPackage, ImportedVariant } from '../../src/recipes/index/imported-package.ts';
import { importRepository } from '../../src/recipes/spack/import-repository.ts';
import { packagesOfUniverse } from '../../src/recipes/spack/read-universe.ts';

const requiredShare = 0.995;

type Part = 'versions' | 'variants' | 'dependencies' | 'conflicts' | 'requires' | 'provides';

/** Each part of a package as texts that are equal where the directives mean the same. */
const forms: { readonly [Key in Part]: (item: ImportedPackage[Key][number]) => string } = {
  versions: ({ version, preferred = false, deprecated = false }) => `${version} ${preferred} ${deprecated}`,
  variants: (variant) => formOfVariant(variant),
  dependencies: ({ spec, types, when }) => `${plain(spec)} ${types.join()} ${formOfWhen(when)}`,
  conflicts: ({ spec, when, message = '' }) => `${plain(spec)} ${formOfWhen(when)} ${plain(message)}`,
  requires: ({ specs, policy, when }) => `${specs.map(plain).join()} ${policy} ${formOfWhen(when)}`,
  provides: ({ specs, when }) => `${specs.map(plain).sort().join()} ${formOfWhen(when)}`,
};

function formOfVariant(variant: ImportedVariant): string {
  const { name, kind, values = [], sets = [], valueWhen = {}, when } = variant;
  const defaults = [variant.default].flat().map(String).sort().join();
  const conditions = Object.entries(valueWhen).map(([value, texts]) => `${value}=${texts.map(plain).join('&')}`);
  const groups = sets.map((set) => set.toSorted().join());
  return [
    name,
    kind,
    defaults,
    kind === 'bool' ? '' : values.join(),
    groups.join('|'),
    conditions.sort().join(),
    formOfWhen(when),
  ].join(' ');
}

function plain(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

function formOfWhen(when: readonly string[] = []): string {
  return [...new Set(when.map(plain))].join(' & ');
}

/** Of variants with one name and one condition, the last one counts. */
function lastVariants(variants: readonly ImportedVariant[]): ImportedVariant[] {
  return [...new Map(variants.map((variant) => [`${variant.name} ${formOfWhen(variant.when)}`, variant])).values()];
}

function formsOf(imported: ImportedPackage, part: Part): Set<string> {
  const whole = { ...imported, variants: lastVariants(imported.variants) };
  const items: readonly never[] = whole[part] as readonly never[];
  return new Set(items.map((item) => forms[part](item)));
}

const [directory = '', dump = ''] = process.argv.slice(2);
const universe = JSON.parse(gunzipSync(readFileSync(dump)).toString()) as Parameters<typeof packagesOfUniverse>[0];
const expected = new Map(packagesOfUniverse(universe).map((one) => [one.name, one]));
const { packages } = await importRepository(directory, { host: { machine: 'x86_64' } });
const parts = Object.keys(forms) as Part[];
const table = Object.fromEntries(parts.map((part) => [part, { same: 0, missing: 0, more: 0 }]));
const counts = { packages: packages.length, equal: 0, unread: 0, different: 0, notInDump: 0 };
for (const imported of packages) {
  const other = expected.get(imported.name);
  if (other === undefined) counts.notInDump += 1;
  if (other === undefined) continue;
  const differences: string[] = [];
  for (const part of parts) {
    const [own, wanted] = [formsOf(imported, part), formsOf(other, part)];
    const missing = [...wanted].filter((form) => !own.has(form));
    const more = [...own].filter((form) => !wanted.has(form));
    table[part]!.same += wanted.size - missing.length;
    table[part]!.missing += missing.length;
    table[part]!.more += more.length;
    differences.push(...missing.map((form) => `- ${part}: ${form}`), ...more.map((form) => `+ ${part}: ${form}`));
  }
  const kind = differences.length === 0 ? 'equal' : imported.unread.length > 0 ? 'unread' : 'different';
  counts[kind] += 1;
  if (kind === 'equal') continue;
  console.log(`${imported.name} (${kind})`);
  for (const line of differences.slice(0, 4)) console.log(`  ${line.slice(0, 200)}`);
}
console.table(table);
console.log(JSON.stringify({ ...counts, share: counts.equal / packages.length, parts: table }));
process.exitCode = counts.equal / packages.length < requiredShare ? 1 : 0;
