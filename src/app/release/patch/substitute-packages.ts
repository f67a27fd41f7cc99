import { FarmError } from '../../../core/farm-error.ts';
import { packedNameOf, type ReleasePackage, type ReleasePlatform } from '../../../model/release.ts';
import { compareVersions, parseVersion } from '../../../model/version.ts';
import { storeNameWith } from '../patched-names.ts';

/** A package that takes the place of another one. */
export interface Replacement {
  /** Store names, in the release, of what is replaced: one, or several builds of the same package. */
  readonly old: readonly string[];
  /** The new one as it was built; `needs` are names that packages were packed under. */
  readonly item: ReleasePackage;
}

/** What a release has for a platform when some of its packages are replaced. */
export interface Substitution {
  readonly platform: ReleasePlatform;
  /** Packages that stay what they are but run with a replaced one: their store names before and after. */
  readonly dependants: ReadonlyMap<string, string>;
}

/** Puts packages in the place of others. Whatever needs a replaced package, directly or not, keeps its blob and gets another name in the store, under which its files name the new package;
 * so areas have both releases side by side. Nothing is read: the result follows from the list alone.
 * @param extra further packages that the new ones need, by the names they were packed under
 * @throws PATCH_REFUSED when a new package needs one that needs the old one */
export function substitutePackages(
  before: ReleasePlatform,
  replacements: readonly Replacement[],
  extra: Readonly<Record<string, ReleasePackage>> = {},
): Substitution {
  const setting = createSetting(before, replacements, extra);
  const names = new Map(Object.keys(before.packages).map((name) => [name, placeOf(name, setting).name]));
  const sets = Object.entries(before.sets).map(([set, list]) => [set, unique(list.map((name) => names.get(name)!))]);
  const replaced = new Set(replacements.flatMap(({ old }) => old));
  const moved = [...names].sort().filter(([old, now]) => old !== now && !replaced.has(old));
  const platform = { ...before, sets: Object.fromEntries(sets) as ReleasePlatform['sets'] };
  return { platform: { ...platform, packages: reachable(platform.sets, setting.placed) }, dependants: new Map(moved) };
}

/** A package in its new surroundings. */
interface Placed {
  readonly name: string;
  readonly item: ReleasePackage;
}

interface Setting {
  readonly before: ReleasePlatform;
  /** What is replaced, by its old name. */
  readonly replacements: ReadonlyMap<string, Replacement>;
  /** How the names that packages were packed under lead to those in the release. */
  readonly packed: ReadonlyMap<string, string>;
  readonly extra: Readonly<Record<string, ReleasePackage>>;
  /** By their new names. */
  readonly placed: Map<string, Placed>;
  readonly known: Map<string, Placed>;
  readonly underWay: Set<string>;
}

function createSetting(
  before: ReleasePlatform,
  replacements: readonly Replacement[],
  extra: Readonly<Record<string, ReleasePackage>>,
): Setting {
  const packed = new Map(Object.entries(before.packages).map(([name, item]) => [packedNameOf(item), name]));
  for (const { item, old } of replacements) packed.set(packedNameOf(item), old[0]!);
  const byOld = new Map(replacements.flatMap((one) => one.old.map((name) => [name, one] as const)));
  return { before, replacements: byOld, packed, extra, placed: new Map(), known: new Map(), underWay: new Set() };
}

/** Where a package of the release before, or one that was packed under a name, goes. */
function placeOf(name: string, setting: Setting): Placed {
  const { before, replacements, packed, extra, known, underWay, placed } = setting;
  const old = before.packages[name] === undefined ? (packed.get(name) ?? name) : name;
  const found = known.get(old);
  if (found !== undefined) return found;
  if (underWay.has(old)) throw circle(old);
  underWay.add(old);
  const replacement = replacements.get(old);
  const result =
    replacement === undefined
      ? placeOther(old, before.packages[old] ?? extra[old]!, setting)
      : placeNew(replacement, setting);
  for (const one of replacement?.old ?? [old]) known.set(one, result);
  placed.set(result.name, result);
  return result;
}

/** A new package gets a name that is no longer than those in whose place it is put. */
function placeNew({ old, item }: Replacement, setting: Setting): Placed {
  const needs = item.needs.map((need) => ({ packed: need, placed: placeOf(need, setting) }));
  const changed = needs.filter(({ packed, placed }) => packed !== placed.name);
  const renames = Object.fromEntries(changed.map(({ packed, placed }) => [packed, placed.name]));
  const longest = Math.min(...old.map((name) => name.length));
  return withNames(item, renames, { needs: needs.map(({ placed }) => placed), longest });
}

function placeOther(name: string, item: ReleasePackage, setting: Setting): Placed {
  const needs = item.needs.map((need) => ({ need, placed: placeOf(need, setting) }));
  const changed = needs.filter(({ need, placed }) => need !== placed.name);
  if (changed.length === 0) return { name, item };
  const now = new Map(changed.map(({ need, placed }) => [need, placed.name]));
  const { [packedNameOf(item)]: _, ...earlier } = item.renames ?? {};
  const renames = Object.fromEntries(Object.entries(earlier).map(([from, to]) => [from, now.get(to) ?? to]));
  const known = new Set(Object.values(earlier));
  for (const [from, to] of now) if (!known.has(from)) renames[from] = to;
  for (const from of Object.keys(renames)) if (renames[from] === from) delete renames[from]; // as when a patch is undone
  return withNames(item, renames, { needs: needs.map(({ placed }) => placed), longest: name.length });
}

function withNames(
  item: ReleasePackage,
  others: Readonly<Record<string, string>>,
  { needs, longest }: { readonly needs: readonly Placed[]; readonly longest: number },
): Placed {
  const name = storeNameWith({ ...item, renames: others }, longest);
  const packed = packedNameOf(item);
  const renames = { ...others, ...(name === packed ? {} : { [packed]: name }) };
  const closure = unique(needs.flatMap((need) => [need.name, ...need.item.needs]));
  const versions = [item, ...needs.map((need) => need.item)].flatMap(({ glibc }) => glibc ?? []);
  const glibc = versions.map(parseVersion).sort(compareVersions).at(-1);
  const { renames: _, ...rest } = item;
  return {
    name,
    item: {
      ...rest,
      needs: closure,
      ...(glibc === undefined ? {} : { glibc }),
      relocatable: item.relocatable && needs.every((need) => need.item.relocatable),
      ...(Object.keys(renames).length === 0 ? {} : { renames }),
    },
  };
}

function reachable(sets: ReleasePlatform['sets'], placed: ReadonlyMap<string, Placed>): ReleasePlatform['packages'] {
  const wanted = Object.values(sets)
    .flat()
    .flatMap((name) => [name, ...placed.get(name)!.item.needs]);
  return Object.fromEntries(unique(wanted).map((name) => [name, placed.get(name)!.item]));
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)].sort();
}

function circle(name: string): FarmError {
  return new FarmError(
    'PATCH_REFUSED',
    `Cannot put a new package in the place of "${name}": it needs something that needs the old one`,
    { hint: 'Make a new release of what "binfarm build" builds' },
  );
}
