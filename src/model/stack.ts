import * as v from 'valibot';
import { atPlace, FarmError, type Place } from '../core/farm-error.ts';
import { type BuildType, builtinBuildTypes } from './build-type.ts';
import { isPackageName, type PackageName } from './names.ts';
import { parseSpec } from './parse-spec.ts';
import { closedObject, parseYaml } from './parse-yaml.ts';
import { type BasePlatform, parseBasePlatform } from './platform.ts';
import type { Spec } from './spec.ts';

/** A spec as the stack file holds it, with where it stands. */
export interface StackSpec {
  readonly spec: Spec;
  readonly text: string;
  readonly place: Place;
}

/** A wish (`prefer`) or an order (`require`) of the stack about one package or all (`*`). */
export interface StackRule {
  readonly name: PackageName | '*';
  readonly spec: Spec;
  readonly place: Place;
}

/** A package that the stack takes from the base. */
export interface StackExternal {
  readonly name: PackageName;
  readonly from: 'base';
  /** What the stack says its version is; the base's own is used and compared. */
  readonly version?: string;
  readonly variants: Spec['variants'];
  /** The distribution's packages that carry it; its own name where the stack says nothing. */
  readonly packages: readonly string[];
  readonly place: Place;
}

/** A binhost that the stack only reads. */
export interface StackBinhost {
  /** As for `binhost`. */
  readonly location: string;
  /** Ids of the only keys whose packages are taken from it; all trusted ones when absent. */
  readonly keys?: readonly string[];
}

/** binfarm.yaml: what a collaboration wants, and where. */
export interface Stack {
  readonly farm: string;
  /** Without their build types. */
  readonly platforms: readonly BasePlatform[];
  readonly buildTypes: readonly BuildType[];
  /** Recipe repositories in order of precedence: folders relative to the farm folder, or `builtin`. */
  readonly recipes: readonly string[];
  readonly sets: Readonly<Record<string, readonly StackSpec[]>>;
  readonly prefer: readonly StackRule[];
  readonly require: readonly StackRule[];
  readonly externals: readonly StackExternal[];
  /** Where packages are built into: a folder, relative to the farm folder, or an address. */
  readonly binhost: string;
  /** Where else packages are looked for before they are built, in order. */
  readonly binhosts: readonly StackBinhost[];
  /** Values for the settings table, unread, and where each stands. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly placeOfSetting: (key: string) => Place;
}

const name = v.pipe(
  v.string(),
  v.regex(/^[a-z0-9][a-z0-9_.-]{0,63}$/, 'it may have lower-case letters, digits, "-", "_" and "."'),
);
const scalar = v.union([v.string(), v.boolean(), v.number()]);
const rule = v.union([v.string(), v.record(v.string(), scalar)]);

const stackSchema = closedObject({
  farm: name,
  platforms: v.pipe(v.array(v.string()), v.minLength(1, 'it needs at least one platform')),
  build_types: v.optional(
    v.union([
      v.array(v.string()),
      v.record(name, v.nullable(closedObject({ flags: v.optional(v.string()), cmake: v.optional(v.string()) }))),
    ]),
    ['opt'],
  ),
  recipes: v.optional(v.array(v.string()), ['./recipes', 'builtin']),
  sets: v.record(name, v.array(v.string())),
  prefer: v.optional(v.record(v.string(), rule), {}),
  require: v.optional(v.record(v.string(), rule), {}),
  externals: v.optional(
    v.record(
      name,
      closedObject({
        from: v.literal('base'),
        version: v.optional(v.string()),
        variants: v.optional(v.string()),
        packages: v.optional(v.array(v.string())),
      }),
    ),
    {},
  ),
  binhost: v.optional(v.string(), './binhost'),
  binhosts: v.optional(
    v.array(
      closedObject({
        location: v.string(),
        keys: v.optional(
          v.array(v.pipe(v.string(), v.regex(/^[0-9a-f]{16}$/, 'it is no id of a key (16 hexadecimal digits)'))),
        ),
      }),
    ),
    [],
  ),
  settings: v.optional(v.record(v.string(), v.unknown()), {}),
});

/** The schema of binfarm.yaml, from which its validation and its reference page come. */
export { stackSchema };

/** Parses binfarm.yaml.
 * @throws STACK_INVALID, SPEC_INVALID, PLATFORM_INVALID, each with the line and column in `file`. */
export function parseStack(text: string, file: string): Stack {
  const { value, placeOf } = parseYaml(text, stackSchema, { file, code: 'STACK_INVALID' });
  return {
    farm: value.farm,
    platforms: value.platforms.map((platform, index) =>
      atPlace(placeOf(['platforms', index]), () => parseBasePlatform(platform)),
    ),
    buildTypes: parseBuildTypes(value.build_types, placeOf(['build_types'])),
    recipes: value.recipes,
    sets: Object.fromEntries(
      Object.entries(value.sets).map(([set, specs]) => [
        set,
        specs.map((spec, index) => parseWanted(spec, placeOf(['sets', set, index]))),
      ]),
    ),
    prefer: Object.entries(value.prefer).map(([key, wish]) => parseRule(key, wish, placeOf(['prefer', key]))),
    require: Object.entries(value.require).map(([key, wish]) => parseRule(key, wish, placeOf(['require', key]))),
    externals: Object.entries(value.externals).map(([key, external]) => ({
      name: key as PackageName,
      from: external.from,
      ...(external.version === undefined ? {} : { version: external.version }),
      variants:
        external.variants === undefined
          ? {}
          : parseSpec(external.variants, placeOf(['externals', key, 'variants'])).variants,
      packages: external.packages ?? [key],
      place: placeOf(['externals', key]),
    })),
    binhost: value.binhost,
    binhosts: value.binhosts.map(({ location, keys }) => ({ location, ...(keys === undefined ? {} : { keys }) })),
    settings: value.settings,
    placeOfSetting: (key) => placeOf(['settings', key]),
  };
}

function parseWanted(text: string, place: Place): StackSpec {
  const spec = parseSpec(text, place);
  if (spec.name === undefined) {
    throw new FarmError('STACK_INVALID', `Cannot use "${text}" in a set: it names no package`, { place });
  }
  return { spec, text, place };
}

function parseRule(key: string, wish: v.InferOutput<typeof rule>, place: Place): StackRule {
  if (key !== '*' && !isPackageName(key)) {
    throw new FarmError(
      'STACK_INVALID',
      `Cannot use "${key}" as a package's name: it has characters that are not allowed`,
      {
        place,
        hint: 'Write a package name, or "*" for all packages',
      },
    );
  }
  const spec = parseSpec(typeof wish === 'string' ? wish : formatVariants(wish), place);
  return { name: key as PackageName | '*', spec, place };
}

function formatVariants(wish: Readonly<Record<string, string | boolean | number>>): string {
  const texts = Object.entries(wish).map(([variant, value]) => {
    if (variant === 'version') return `@${value}`;
    if (typeof value === 'boolean') return `${value ? '+' : '~'}${variant}`;
    return `${variant}=${value}`;
  });
  return texts.join(' ');
}

type BuildTypesInput = v.InferOutput<typeof stackSchema>['build_types'];

function parseBuildTypes(input: BuildTypesInput, place: Place): BuildType[] {
  const described = Array.isArray(input) ? input.map((key) => [key, null] as const) : Object.entries(input);
  return described.map(([key, description]) => {
    const known = builtinBuildTypes[key];
    if (known === undefined && description?.flags === undefined) {
      throw new FarmError('STACK_INVALID', `Cannot use build type "${key}": it is not built in and has no flags`, {
        place,
        hint: `Built in are ${Object.keys(builtinBuildTypes).join(', ')}; for another write "${key}: { flags: -O1 }"`,
      });
    }
    const { flags, cmake } = description ?? {};
    return { name: key, flags: flags ?? known!.flags, cmake: cmake ?? known?.cmake ?? 'None' };
  });
}
