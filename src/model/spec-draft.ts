import type { PackageName } from './names.ts';
import type { PlatformRequest, Spec, VariantRequest } from './spec.ts';
import { type SpecText, type SpecToken, specInvalid, specUnsupported } from './spec-tokens.ts';
import { anyVersion, type VersionRange } from './version-range.ts';

type ValueToken = SpecToken & { readonly kind: 'value' };

/** A package of a spec while it is being read. */
export interface SpecDraft {
  name?: PackageName;
  versions?: VersionRange;
  readonly variants: Map<string, VariantRequest>;
  readonly platform: { -readonly [Key in keyof PlatformRequest]: PlatformRequest[Key] };
}

type FactKey = 'platform' | 'os' | 'target';

const platformKeys: Readonly<Record<string, FactKey>> = {
  platform: 'platform',
  os: 'os',
  operating_system: 'os',
  target: 'target',
};
const flagKeys = new Set(['cflags', 'cxxflags', 'cppflags', 'fflags', 'ldflags', 'ldlibs']);
const reservedKeys = new Set(['namespace', 'patches', 'dev_path']);

/** Adds `key=value` to what a draft asks: of the platform where the key says so, else of a variant.
 * @throws SPEC_INVALID SPEC_UNSUPPORTED */
export function addValue(source: SpecText, draft: SpecDraft, token: ValueToken): void {
  const { name, value, at } = token;
  const key = Object.hasOwn(platformKeys, name) ? platformKeys[name] : undefined;
  if (flagKeys.has(name)) throw specUnsupported(source, 'compiler flags (cflags=, cxxflags=, ...)', at);
  if (reservedKeys.has(name)) throw specUnsupported(source, 'reserved keys (namespace=, patches=, dev_path=)', at);
  if (key !== undefined) setFact(source, draft, { key, value, at });
  else if (name === 'arch' || name === 'architecture') addArchitecture(source, draft, token);
  else addVariant(source, draft, token, parseValue(source, token));
}

/** Adds what is asked of a variant.
 * @throws SPEC_INVALID when something else is asked of it already; SPEC_UNSUPPORTED behind a compiler */
export function addVariant(
  source: SpecText,
  draft: SpecDraft,
  token: SpecToken & { readonly name: string },
  request: VariantRequest,
): void {
  if (draft.platform.compiler !== undefined) {
    throw specUnsupported(
      source,
      'variants of compilers (%gcc +x)',
      token.at,
      `Write "${token.name}" before the "%" to ask it of the package`,
    );
  }
  const known = draft.variants.get(token.name);
  if (known !== undefined && String(known) !== String(request)) {
    throw specInvalid(source, `something else is asked of "${token.name}" already,`, token.at);
  }
  draft.variants.set(token.name, request);
}

/** The spec that a draft has become. */
export function finishDraft(draft: SpecDraft, dependencies: readonly Spec[]): Spec {
  return {
    ...(draft.name !== undefined && { name: draft.name }),
    versions: draft.versions ?? anyVersion,
    variants: Object.fromEntries(draft.variants),
    platform: draft.platform,
    dependencies,
  };
}

function parseValue(source: SpecText, { value, at }: ValueToken): VariantRequest {
  if (/^(?:true|false)$/i.test(value)) return value.toLowerCase() === 'true';
  const values = value.split(',').map((one) => one.trim());
  if (values.includes('*')) throw specUnsupported(source, 'wildcards (*)', at);
  if (values.includes('')) throw specInvalid(source, 'a value is empty', at);
  if (/\p{Cc}/u.test(value)) throw specInvalid(source, 'a value has a control character', at);
  return [...new Set(values)].sort();
}

/** `arch=linux-debian12-x86_64`, or the target alone. */
function addArchitecture(source: SpecText, draft: SpecDraft, token: ValueToken): void {
  const parts = token.value.split('-');
  const [platform, os, target] = parts.length === 1 ? [undefined, undefined, parts[0]] : parts;
  if (parts.length !== 1 && parts.length !== 3)
    throw specInvalid(source, `"${token.value}" is not platform-os-target`, token.at);
  for (const [key, value] of Object.entries({ platform, os, target })) {
    if (value !== undefined && value !== '' && value !== 'None') {
      setFact(source, draft, { key: key as FactKey, value, at: token.at });
    }
  }
}

function setFact(
  source: SpecText,
  draft: SpecDraft,
  { key, value, at }: { key: FactKey; value: string; at: number },
): void {
  if (!/^[\w.:,+-]+$/.test(value)) throw specInvalid(source, `"${value}" cannot be a ${key}`, at);
  const known = draft.platform[key];
  if (known !== undefined && known !== value) throw specInvalid(source, `another ${key} is asked for already,`, at);
  draft.platform[key] = value;
}
