import { compilerNameOf } from './compiler-names.ts';
import type { VariantValue } from './lock.ts';
import type { PlatformRequest, Spec, VariantRequest } from './spec.ts';
import { expandTargets } from './target-names.ts';
import type { Version } from './version.ts';
import { includesVersion, intersectRanges, type VersionRange } from './version-range.ts';

/** A package with all that is decided about it. */
export interface SpecSubject {
  readonly name: string;
  readonly version: Version;
  /** The variants that exist on it, with their values. */
  readonly variants: Readonly<Record<string, VariantValue>>;
}

/** What is true of the platform: its parts, and the compiler's whole version where that is known. */
export interface SpecFacts {
  /** As in a platform's name, with or without its features. */
  readonly arch: string;
  readonly os: string;
  readonly compiler: { readonly name: string; readonly version: Version };
  readonly buildType: string;
}

/** True when a package meets a spec's own conditions; those on dependencies (`^`) are not looked at.
 * A condition on a variant that does not exist on the package is never met. */
export function satisfies(subject: SpecSubject, spec: Spec, facts: SpecFacts): boolean {
  if (spec.name !== undefined && spec.name !== subject.name) return false;
  if (!includesVersion(spec.versions, subject.version)) return false;
  for (const [name, request] of Object.entries(spec.variants)) {
    if (!Object.hasOwn(subject.variants, name) || !meetsRequest(subject.variants[name], request)) return false;
  }
  return satisfiesPlatform(spec.platform, facts);
}

/** True when a platform is as a spec asks; `platform=linux` holds on every system but macOS, Windows and FreeBSD. */
export function satisfiesPlatform(request: PlatformRequest, facts: SpecFacts): boolean {
  const { compiler } = request;
  if (compiler !== undefined) {
    const name = compilerNameOf(facts.compiler.name) ?? facts.compiler.name;
    if (compiler.name !== name || !includesVersion(compiler.versions, facts.compiler.version)) return false;
  }
  if (request.platform !== undefined && request.platform !== systemOf(facts.os)) return false;
  if (request.os !== undefined && request.os !== facts.os) return false;
  return request.target === undefined || expandTargets(request.target).has(facts.arch.split('+', 1)[0] ?? '');
}

/** True when the value that a variant has is what was asked for; of several values, all that are asked for must be there. */
function meetsRequest(value: VariantValue | undefined, request: VariantRequest): boolean {
  if (value === undefined || typeof request === 'boolean' || typeof value === 'boolean') return value === request;
  const values = typeof value === 'string' ? [value] : value;
  return request.every((one) => values.includes(one));
}

/** The spec that holds exactly where both do; undefined when no package can meet both.
 * Values asked of one variant are joined: whether it may have several is the recipe's to say. */
export function intersectSpecs(a: Spec, b: Spec): Spec | undefined {
  const { name = b.name } = a;
  if (b.name !== undefined && name !== b.name) return undefined;
  const versions = intersectVersions(a.versions, b.versions);
  const variants = intersectVariants(a.variants, b.variants);
  const platform = intersectPlatforms(a.platform, b.platform);
  const dependencies = intersectDependencies(a.dependencies, b.dependencies);
  if (!versions || !variants || !platform || !dependencies) return undefined;
  return { ...(name !== undefined && { name }), versions, variants, platform, dependencies };
}

function intersectVersions(a: VersionRange, b: VersionRange): VersionRange | undefined {
  const versions = intersectRanges(a, b);
  return versions.length === 0 ? undefined : versions;
}

function intersectVariants(a: Spec['variants'], b: Spec['variants']): Spec['variants'] | undefined {
  const variants = new Map(Object.entries(a));
  for (const [name, request] of Object.entries(b)) {
    const known = variants.get(name);
    if (known === undefined || known === request) variants.set(name, request);
    else if (typeof known === 'boolean' || typeof request === 'boolean') return undefined;
    else variants.set(name, [...new Set([...known, ...request])].sort());
  }
  return Object.fromEntries(variants);
}

function intersectPlatforms(a: PlatformRequest, b: PlatformRequest): PlatformRequest | undefined {
  if (a.platform !== undefined && b.platform !== undefined && a.platform !== b.platform) return undefined;
  if (a.os !== undefined && b.os !== undefined && a.os !== b.os) return undefined;
  const target = intersectTargets(a.target, b.target);
  if (target === '') return undefined;
  const joined = { ...a, ...b, ...(target !== undefined && { target }) };
  if (a.compiler === undefined || b.compiler === undefined) return joined;
  const versions = intersectVersions(a.compiler.versions, b.compiler.versions);
  if (a.compiler.name !== b.compiler.name || versions === undefined) return undefined;
  return { ...joined, compiler: { name: a.compiler.name, versions } };
}

/** The targets in both requests; empty when there are none. */
function intersectTargets(a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined || b === undefined || a === b) return a ?? b;
  const allowed = expandTargets(b);
  return [...expandTargets(a)].filter((target) => allowed.has(target)).join(',');
}

function intersectDependencies(a: readonly Spec[], b: readonly Spec[]): readonly Spec[] | undefined {
  const dependencies = new Map(a.map((spec) => [spec.name, spec]));
  for (const spec of b) {
    const known = dependencies.get(spec.name);
    const joined = known === undefined ? spec : intersectSpecs(known, spec);
    if (joined === undefined) return undefined;
    dependencies.set(spec.name, joined);
  }
  return [...dependencies.values()];
}

function systemOf(os: string): string {
  if (/^(?:macos|mac|osx|darwin)/.test(os)) return 'darwin';
  return /^(?:windows|freebsd)/.exec(os)?.[0] ?? 'linux';
}
