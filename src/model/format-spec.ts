import type { Spec, VariantRequest } from './spec.ts';
import { bareValue } from './spec-tokens.ts';
import { formatVersionRange, isAnyVersion } from './version-range.ts';

/** Formats a spec in its canonical form: name, versions, variants by name, platform, compiler, dependencies.
 * `parseSpec` reads it back as an equal spec; a spec that asks for nothing reads `@:`. */
export function formatSpec(spec: Spec): string {
  const head = (spec.name ?? '') + (isAnyVersion(spec.versions) ? '' : `@${formatVersionRange(spec.versions)}`);
  const parts = [
    head,
    ...Object.keys(spec.variants)
      .sort()
      .map((name) => formatVariant(name, spec.variants[name] ?? false)),
    ...formatPlatformRequest(spec),
    ...spec.dependencies.map((dependency) => `^${formatSpec(dependency)}`),
  ];
  return parts.filter((part) => part !== '').join(' ') || '@:';
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
  return [...facts, `%${compiler.name}${isAnyVersion(compiler.versions) ? '' : `@${formatVersionRange(compiler.versions)}`}`];
}

function formatValue(value: string): string {
  return bareValue.test(value) ? value : `"${value.replace(/["\\]/g, '\\$&')}"`;
}
