import type { DirectoryIndexEntry } from './format-inode.ts';
import type { MetadataPlace, MetadataTable } from './metadata-table.ts';

/** What a folder's listing says of one thing in it. */
export interface ListedEntry {
  /** A byte string. */
  readonly name: string;
  readonly kind: number;
  readonly number: number;
  /** Of its inode. */
  readonly place: MetadataPlace;
}

/** A listing that was written. */
export interface WrittenListing extends MetadataPlace {
  /** In bytes. */
  readonly size: number;
  readonly index: readonly DirectoryIndexEntry[];
}

const longestRun = 256;
const runHeadSize = 12;
const entryHeadSize = 8;

/** Writes the listing of a folder, sorted by name, to the table of folders. Entries come in runs: a run shares a block of the table of inodes, has numbers near its first, and at most 256 entries.
 * The index names the first run in every further block of the table, so that a lookup in a large folder need not read all before it. */
export function writeListing(table: MetadataTable, entries: readonly ListedEntry[]): WrittenListing {
  const begin = table.place();
  const index: DirectoryIndexEntry[] = [];
  let size = 0;
  let block = begin.block;
  for (const run of cutRuns(entries)) {
    const place = table.place();
    if (place.block !== block) {
      block = place.block;
      index.push({ position: size, block, name: run[0]!.name });
    }
    const bytes = formatRun(run);
    table.append(bytes);
    size += bytes.length;
  }
  return { ...begin, size, index };
}

function* cutRuns(entries: readonly ListedEntry[]): Generator<readonly [ListedEntry, ...ListedEntry[]]> {
  let run: [ListedEntry, ...ListedEntry[]] | undefined;
  for (const entry of entries) {
    if (run !== undefined && fits(run[0], entry) && run.length < longestRun) {
      run.push(entry);
      continue;
    }
    if (run !== undefined) yield run;
    run = [entry];
  }
  if (run !== undefined) yield run;
}

function fits(first: ListedEntry, entry: ListedEntry): boolean {
  const distance = entry.number - first.number;
  return first.place.block === entry.place.block && distance >= -0x8000 && distance <= 0x7fff;
}

function formatRun(run: readonly [ListedEntry, ...ListedEntry[]]): Buffer {
  const [first] = run;
  const size = run.reduce((sum, { name }) => sum + entryHeadSize + name.length, runHeadSize);
  const bytes = Buffer.allocUnsafe(size);
  bytes.writeUInt32LE(run.length - 1, 0);
  bytes.writeUInt32LE(first.place.block, 4);
  bytes.writeUInt32LE(first.number, 8);
  let at = runHeadSize;
  for (const { name, kind, number, place } of run) {
    bytes.writeUInt16LE(place.offset, at);
    bytes.writeInt16LE(number - first.number, at + 2);
    bytes.writeUInt16LE(kind, at + 4);
    bytes.writeUInt16LE(name.length - 1, at + 6);
    bytes.write(name, at + entryHeadSize, 'latin1');
    at += entryHeadSize + name.length;
  }
  return bytes;
}
