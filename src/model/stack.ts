import * as v from 'valibot';
import { atPlace, FarmError, type Place } from '../core/farm-error.ts';
import { type BuildType, builtinBuildTypes } from './build-type.ts';
import { isPackageName, type PackageName } from './names.ts';
import { parseSpec } from './parse-spec.ts';
import { closedObject, parseYaml } from './parse-yaml.ts';
import { type BasePlatform, parseBasePlatform } from './platform.ts';
import { publishSchema, readPublish, type StackPublish } from './publish.ts';
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

/** What a set says beside its specs. */
export interface StackSetOptions {
  /** It is solved without the other sets, so that its packages may have other versions than theirs. */
  readonly apart: boolean;
  /** Rules that count for this set: all packages of one that is apart, otherwise the packages that the set lists. */
  readonly prefer: readonly StackRule[];
  readonly require: readonly StackRule[];
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
  /** What sets say beside their specs; only of those that say something. */
  readonly setOptions: Readonly<Record<string, StackSetOptions>>;
  readonly prefer: readonly StackRule[];
  readonly require: readonly StackRule[];
  readonly externals: readonly StackExternal[];
  /** Where packages are built into: a folder, relative to the farm folder, or an address. */
  readonly binhost: string;
  /** Where else packages are looked for before they are built, in order. */
  readonly binhosts: readonly StackBinhost[];
  /** What it is published as beside packages. */
  readonly publish: StackPublish;
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

const rules = v.optional(v.record(v.string(), rule), {});

const describedSet = closedObject({
  specs: v.array(v.string()),
  apart: v.optional(v.boolean(), false),
  prefer: rules,
  require: rules,
});

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
  sets: v.record(name, v.union([v.array(v.string()), describedSet])),
  prefer: rules,
  require: rules,
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
  publish: v.optional(publishSchema, {}),
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
        Array.isArray(specs)
          ? specs.map((spec, index) => parseWanted(spec, placeOf(['sets', set, index])))
          : specs.specs.map((spec, index) => parseWanted(spec, placeOf(['sets', set, 'specs', index]))),
      ]),
    ),
    setOptions: parseSetOptions(value.sets, placeOf),
    prefer: parseRules(value.prefer, ['prefer'], placeOf),
    require: parseRules(value.require, ['require'], placeOf),
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
    publish: readPublish(value.publish, Object.keys(value.sets), placeOf),
    settings: value.settings,
    placeOfSetting: (key) => placeOf(['settings', key]),
  };
}

type PlaceOf = (path: readonly (string | number)[]) => Place;

function parseSetOptions(
  sets: v.InferOutput<typeof stackSchema>['sets'],
  placeOf: PlaceOf,
): Record<string, StackSetOptions> {
  const described = Object.entries(sets).flatMap(([set, value]) => {
    if (Array.isArray(value)) return [];
    const { apart, prefer, require } = value;
    const path = ['sets', set];
    const options: StackSetOptions = {
      apart,
      prefer: parseRules(prefer, [...path, 'prefer'], placeOf),
      require: parseRules(require, [...path, 'require'], placeOf),
    };
    return [[set, options] as const];
  });
  return Object.fromEntries(described);
}

function parseRules(
  given: Readonly<Record<string, v.InferOutput<typeof rule>>>,
  path: readonly string[],
  placeOf: PlaceOf,
): StackRule[] {
  return Object.entries(given).map(([key, wish]) => parseRule(key, wish, placeOf([...path, key])));
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
