/** What catalogs count, in the words of their statistics. */
export const counterNames = [
  'regular',
  'symlink',
  'special',
  'dir',
  'nested',
  'chunked',
  'chunks',
  'file_size',
  'chunked_size',
  'xattr',
  'external',
  'external_file_size',
] as const;

/** Counts of a catalog, or of several together. */
export type Counters = Readonly<Record<(typeof counterNames)[number], number>>;

/** Counts of nothing, to be counted up. */
export function zeroCounters(): Record<(typeof counterNames)[number], number> {
  return Object.fromEntries(counterNames.map((name) => [name, 0])) as ReturnType<typeof zeroCounters>;
}

/** The counts of two together. */
export function addCounters(a: Counters, b: Counters): Counters {
  return Object.fromEntries(counterNames.map((name) => [name, a[name] + b[name]])) as Counters;
}

/** How many entries there are. */
export function entriesOf({ regular, symlink, special, dir }: Counters): number {
  return regular + symlink + special + dir;
}
