/** Reads every spec of a corpus with its parse (gzipped JSON) and compares the meanings; prints a table and one JSON line.
 * Run as `node test/conformance/spack-specs.ts FILE`; it ends with 1 below 99.5 % of equal meanings. */
import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { isFarmError } from '../../src/core/farm-error.ts';
import { compilerNameOf } from '../../src/model/compiler-names.ts';
import { formatSpec } from '../../src/model/format-spec.ts';
import { parseSpec } from '../../src/model/parse-spec.ts';
import type { Spec, VariantRequest } from '../../src/model/spec.ts';
import { anyVersion, parseVersionRange, type VersionRange } from '../../src/model/version-range.ts';

/** A node of the corpus' parse. */
interface Node {
  readonly name?: string;
  readonly versions?: readonly string[];
  readonly variants?: Readonly<Record<string, boolean | string | readonly string[]>>;
  readonly platform?: string;
  readonly os?: string;
  readonly target?: string;
  readonly flags?: unknown;
  readonly propagate?: unknown;
  readonly deps?: readonly (Node & { readonly edge: '^' | '%'; readonly virtuals?: readonly string[] })[];
}

const requiredShare = 0.995;

/** The features of Spack that binfarm refuses and that the parse of a spec uses; by the corpus, not by our parser. */
function refusableFeatures(node: Node, depth = 0): string[] {
  const found = [
    node.flags !== undefined && 'compiler flags',
    node.propagate !== undefined && 'propagation',
    (node.deps ?? []).filter((dep) => dep.edge === '%').length > 1 && 'several compilers',
    depth > 0 && (node.deps ?? []).some((dep) => dep.edge === '^') && 'nested dependencies',
    ...(node.deps ?? []).flatMap((dep) => [
      dep.virtuals !== undefined && 'edge attributes',
      dep.edge === '%' && compilerNameOf(dep.name ?? '') === undefined && 'direct dependencies',
      dep.edge === '%' && dep.variants !== undefined && 'variants of compilers',
      ...refusableFeatures(dep, depth + 1),
    ]),
  ];
  return found.filter((feature) => feature !== false);
}

/** The features of binfarm that the parse of a spec uses. */
function featuresOf(node: Node): string[] {
  const deps = node.deps ?? [];
  const values = Object.values(node.variants ?? {});
  const found = [
    node.name !== undefined && 'name',
    node.name === undefined && 'no name',
    ...(node.versions ?? []).map(versionFeature),
    (node.versions?.length ?? 0) > 1 && 'union of ranges (@1,2:)',
    values.includes(true) && 'switch on (+x)',
    values.includes(false) && 'switch off (~x)',
    values.some((value) => typeof value === 'string') && 'value (key=a)',
    values.some(Array.isArray) && 'several values (key=a,b)',
    node.platform !== undefined && 'platform=',
    node.os !== undefined && 'os=',
    node.target !== undefined && 'target=',
    ...deps.flatMap((dep) => (dep.edge === '%' ? ['compiler (%gcc)'] : ['dependency (^dep)', ...featuresOf(dep)])),
  ];
  return [...new Set(found.filter((feature) => feature !== false))];
}

function versionFeature(text: string): string {
  if (text.startsWith('=')) return 'exact version (@=1)';
  return text.includes(':') ? 'range (@1:2)' : 'version (@1)';
}

/** The spec that the corpus' parse means, made without our spec parser. */
function expectedSpec(node: Node): Spec {
  const deps = node.deps ?? [];
  const compiler = deps.find((dep) => dep.edge === '%');
  const { platform, os, target } = node;
  return {
    ...(node.name !== undefined && { name: node.name as NonNullable<Spec['name']> }),
    versions: expectedVersions(node.versions),
    variants: Object.fromEntries(
      Object.entries(node.variants ?? {}).map(([name, value]) => [name, expectedRequest(value)]),
    ),
    platform: {
      ...(platform !== undefined && { platform }),
      ...(os !== undefined && { os }),
      ...(target !== undefined && { target }),
      ...(compiler !== undefined && {
        compiler: { name: compilerNameOf(compiler.name ?? '') ?? '', versions: expectedVersions(compiler.versions) },
      }),
    },
    dependencies: deps.filter((dep) => dep.edge === '^').map(expectedSpec),
  };
}

function expectedVersions(versions: readonly string[] | undefined): VersionRange {
  return versions === undefined ? anyVersion : parseVersionRange(versions.join(','));
}

function expectedRequest(value: boolean | string | readonly string[]): VariantRequest {
  if (typeof value === 'boolean') return value;
  return typeof value === 'string' ? [value] : [...value].sort();
}

/** How one spec was read: `equal`, `refused: feature`, or what is wrong. */
function verdictOf(text: string, node: Node): string {
  const refusable = refusableFeatures(node);
  try {
    const spec = parseSpec(text);
    if (refusable.length > 0) return `read, but uses ${refusable[0]}`;
    if (!isDeepStrictEqual(parseSpec(formatSpec(spec)), spec)) return 'not equal after formatting';
    return isDeepStrictEqual(spec, expectedSpec(node)) ? 'equal' : 'another meaning';
  } catch (error) {
    if (!isFarmError(error)) throw error;
    if (error.code !== 'SPEC_UNSUPPORTED') return error.code;
    return refusable.length > 0 ? `refused: ${error.details.feature}` : 'refused without need';
  }
}

function printTable(title: string, counts: ReadonlyMap<string, number>): void {
  console.log(`\n${title}`);
  for (const [name, count] of [...counts].sort(([, a], [, b]) => b - a))
    console.log(`${String(count).padStart(8)}  ${name}`);
}

function main(file: string): number {
  const corpus = JSON.parse(gunzipSync(readFileSync(file)).toString()) as { specs: Record<string, Node> };
  const verdicts = new Map<string, number>();
  const features = new Map<string, number>();
  const count = (map: Map<string, number>, key: string) => map.set(key, (map.get(key) ?? 0) + 1);
  const wrong: string[] = [];
  const started = performance.now();
  for (const [text, node] of Object.entries(corpus.specs)) {
    const verdict = verdictOf(text, node);
    count(verdicts, verdict);
    if (verdict === 'equal') for (const feature of featuresOf(node)) count(features, feature);
    else if (!verdict.startsWith('refused: ')) wrong.push(`${verdict}: ${text}`);
  }
  const seconds = (performance.now() - started) / 1000;
  printTable('Features in the specs read with an equal meaning', features);
  printTable('How the specs were read', verdicts);
  if (wrong.length > 0) console.log(`\nNot as they should be\n${wrong.map((line) => `  ${line}`).join('\n')}`);
  const equal = verdicts.get('equal') ?? 0;
  const share = equal / (equal + wrong.length);
  const refused = Object.keys(corpus.specs).length - equal - wrong.length;
  console.log(
    JSON.stringify({ specs: equal + wrong.length + refused, equal, refused, wrong: wrong.length, share, seconds }),
  );
  return share >= requiredShare ? 0 : 1;
}

const [file] = process.argv.slice(2);
if (file === undefined) {
  console.error('Usage: node test/conformance/spack-specs.ts FILE');
  process.exitCode = 2;
} else {
  process.exitCode = main(file);
}
