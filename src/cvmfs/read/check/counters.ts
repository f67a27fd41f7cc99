import type { Entry } from '../catalog/catalog-entry.ts';
import { has } from '../catalog/catalog-entry.ts';

/** What the statistics of a catalog count. */
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

/** Numbers of a catalog, or of all catalogs below one. */
export type Counters = Record<(typeof counterNames)[number], number>;

/** Counters before anything was counted. */
export function emptyCounters(): Counters {
  return Object.fromEntries(counterNames.map((name) => [name, 0])) as Counters;
}

/** Adds counters to others. */
export function addCounters(to: Counters, more: Counters): void {
  for (const name of counterNames) to[name] += more[name];
}

/** Counts one entry. */
export function countEntry(counters: Counters, entry: Entry): void {
  if (entry.xattrs !== undefined) counters.xattr += 1;
  if (entry.kind === 'folder') counters.dir += 1;
  else if (entry.kind === 'link') counters.symlink += 1;
  else if (entry.kind !== 'file') counters.special += 1;
  else countFile(counters, entry);
}

function countFile(counters: Counters, entry: Entry): void {
  counters.regular += 1;
  counters.file_size += entry.size;
  if (has(entry, 'chunked')) {
    counters.chunked += 1;
    counters.chunked_size += entry.size;
  }
  if (has(entry, 'external')) {
    counters.external += 1;
    counters.external_file_size += entry.size;
  }
}
