import { FarmError } from '../../core/farm-error.ts';

/** A package as a layer plan sees it: all builds of one recipe in an image are one origin and stay together. */
export interface PlannedOrigin {
  readonly name: string;
  /** Of its blobs, in bytes. */
  readonly size: number;
  /** The share of rounds in which it changed, from 0 to 1, as far as the farm remembers. */
  readonly changeRate: number;
  /** How many other packages of the image need it, and how many images have it: what much depends on changes rarely, and is shared. */
  readonly users: number;
  /** True for one that cannot share a layer. */
  readonly isAlone: boolean;
}

/** Which packages share a layer, by their names; from the lowest layer to the uppermost. */
export type LayerGroups = readonly (readonly string[])[];

/** What a plan has to keep to. */
export interface PlanLimits {
  /** Layers for packages: without the base's and the generated one. */
  readonly layers: number;
}

/** Packages smaller than this (bytes) do not get a layer of their own: a layer costs a request or two, and a tenth of a second to unpack. */
export const smallest = 100_000;

/** Decides which packages share a layer, and in which order. A package that is in the plan before stays where it is, so that a new release changes no more layers than its packages have changed; what is new comes on top.
 * Without a plan before, the stable and widely used ones are at the bottom; when there are more packages than layers, those have one of their own whose change would
 * otherwise cost most, and the others are poured together with those that change as often.
 * @throws IMAGE_TOO_LARGE when there is not even one layer for packages */
export function planLayers(
  origins: readonly PlannedOrigin[],
  before: LayerGroups | undefined,
  limits: PlanLimits,
): LayerGroups {
  const alone = origins.filter(({ isAlone }) => isAlone).length;
  const needed = alone + (origins.length > alone ? 1 : 0);
  if (needed > limits.layers) {
    throw new FarmError(
      'IMAGE_TOO_LARGE',
      `Cannot plan the layers of the image: ${needed} are needed for packages and ${Math.max(0, limits.layers)} are left`,
      { hint: 'Allow more layers with --max-layers, or use a base that has fewer' },
    );
  }
  const byName = new Map(origins.map((origin) => [origin.name, origin]));
  const kept = (before ?? [])
    .map((group) => group.filter((name) => byName.has(name)))
    .filter((group) => group.length > 0);
  if (kept.length === 0) return planAnew(origins, limits.layers);
  const known = new Set(kept.flat());
  const added = planAnew(
    origins.filter(({ name }) => !known.has(name)),
    Number.POSITIVE_INFINITY,
  );
  const isFine = kept.length + added.length <= limits.layers && keepsAlone(kept, byName);
  if (isFine) return [...kept, ...added];
  const room = limits.layers - kept.length;
  if (room < 1 || !keepsAlone(kept, byName)) return planAnew(origins, limits.layers);
  return [
    ...kept,
    ...planAnew(
      origins.filter(({ name }) => !known.has(name)),
      room,
    ),
  ];
}

function keepsAlone(groups: LayerGroups, byName: ReadonlyMap<string, PlannedOrigin>): boolean {
  return groups.every((group) => group.length === 1 || group.every((name) => byName.get(name)?.isAlone !== true));
}

function planAnew(origins: readonly PlannedOrigin[], layers: number): LayerGroups {
  if (origins.length === 0) return [];
  const shareable = origins.filter((origin) => !origin.isAlone);
  const large = shareable
    .filter(({ size }) => size >= smallest)
    .toSorted((a, b) => worthOf(b) - worthOf(a) || compareNames(a, b));
  const small = shareable.filter(({ size }) => size < smallest);
  const left = layers - (origins.length - shareable.length);
  const fits = large.length + tiersFor(small.length) <= left;
  const own = fits ? large.length : Math.max(0, left - tiersFor(origins.length));
  const single = [...origins.filter(({ isAlone }) => isAlone), ...large.slice(0, own)].map((origin) => [origin]);
  const poured = [...large.slice(own), ...small];
  const tiers = Math.min(tiersFor(fits ? small.length : origins.length), left - own);
  const groups = [...single, ...pour(poured, tiers)];
  return groups.toSorted(compareGroups).map((group) => group.map(({ name }) => name));
}

/** How many layers those have that share one. */
function tiersFor(count: number): number {
  return count === 0 ? 0 : count < 12 ? 1 : count < 100 ? 2 : 4;
}

/** What is saved, as far as can be told, when it has a layer of its own: its bytes, as often as others change, or only it does. */
function worthOf({ size, changeRate, users }: PlannedOrigin): number {
  return size * (0.05 + changeRate + 0.01 * Math.min(users, 20));
}

/** Cuts packages, ordered by how often they change, into parts of about equal size in bytes. */
function pour(origins: readonly PlannedOrigin[], tiers: number): readonly (readonly PlannedOrigin[])[] {
  if (origins.length === 0) return [];
  const ordered = origins.toSorted((a, b) => compareStability(a, b) || compareNames(a, b));
  const total = ordered.reduce((sum, { size }) => sum + size, 0);
  const parts: PlannedOrigin[][] = Array.from({ length: Math.max(1, tiers) }, () => []);
  let sum = 0;
  for (const origin of ordered) {
    parts[Math.min(parts.length - 1, Math.floor((sum / Math.max(1, total)) * parts.length))]!.push(origin);
    sum += origin.size;
  }
  return parts.filter((part) => part.length > 0).map((part) => part.toSorted(compareNames));
}

/** The stable ones first; among equals, those that more need. */
function compareStability(a: PlannedOrigin, b: PlannedOrigin): number {
  return a.changeRate - b.changeRate || b.users - a.users;
}

function compareNames(a: PlannedOrigin, b: PlannedOrigin): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

/** A layer changes when one of its packages does. */
function compareGroups(a: readonly PlannedOrigin[], b: readonly PlannedOrigin[]): number {
  return compareStability(summary(a), summary(b)) || compareNames(a[0]!, b[0]!);
}

function summary(group: readonly PlannedOrigin[]): PlannedOrigin {
  const stays = group.reduce((product, { changeRate }) => product * (1 - changeRate), 1);
  return { ...group[0]!, changeRate: 1 - stays, users: Math.min(...group.map(({ users }) => users)) };
}
