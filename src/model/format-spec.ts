import type { Spec, VariantRequest } from './spec.ts';
import { bareValue } from './spec-tokens.ts';
import { formatVersionRange, isAnyVersion, type VersionRange } from './version-range.ts';

/** Formats a spec in its canonical form: name, versions, switches and then values by name, platform, compiler, dependencies.
 * `parseSpec` reads it back as an equal spec; a spec that asks for nothing reads `@:`. */
export function formatSpec(spec: Spec): string {
  const variants = Object.entries(spec.variants).sort(compareVariants);
  const parts = [
    (spec.name ?? '') + formatVersions(spec.versions),
    ...variants.map(([name, request]) => formatVariant(name, request)),
    ...formatPlatformRequest(spec),
    ...spec.dependencies.map((dependency) => `^${formatSpec(dependency)}`),
  ];
  return parts.filter((part) => part !== '').join(' ') || '@:';
}

type Variant = readonly [name: string, request: VariantRequest];

function compareVariants([a, requestA]: Variant, [b, requestB]: Variant): number {
  const rank = Number(typeof requestA !== 'boolean') - Number(typeof requestB !== 'boolean');
  return rank !== 0 ? rank : a < b ? -1 : 1;
}

function formatVersions(range: VersionRange): string {
  return isAnyVersion(range) ? '' : `@${formatVersionRange(range)}`;
}

function formatVariant(name: string, request: VariantRequest): string {
  if (typeof request === 'boolean') return (request ? '+' : '~') + name;
  return `${name}=${formatValue(request.join(','))}`;
}

function formatPlatformRequest({ platform }: Spec): string[] {
  const facts = (['platform', 'os', 'target'] as const).flatMap((key) =>
    platform[key] === undefined ? [] : `${key}=${formatValue(platform[key])}`,
  );
  const { compiler } = platform;
  if (compiler === undefined) return facts;
  return [...facts, `%${compiler.name}${formatVersions(compiler.versions)}`];
}

function formatValue(value: string): string {
  return bareValue.test(value) ? value : `"${value.replace(/["\\]/g, '\\$&')}"`;
}
