import { hash } from 'node:crypto';
import { constants, lstatSync, readdirSync, readlinkSync, type Stats } from 'node:fs';
import { FarmError } from '../../core/farm-error.ts';
import { translateFileError } from '../../core/translate-file-error.ts';
import { markerName, type Node } from '../catalog/node.ts';
import type { ObjectIndex } from '../content/open-object-index.ts';
import { type ByteText, joinBytes, rawOf, readableText } from '../format/byte-text.ts';
import { createFolderRecord, type FileState, fileStateOf, isFresh, readFolderRecord } from './folder-record.ts';
import type { CatalogReason, PlanFolder } from './plan-catalogs.ts';
import { type FolderListing, type PendingFile, publicModeOf, type TreeSource } from './tree-source.ts';

/** A folder of this machine that was looked at. */
export interface ScannedFolder extends PlanFolder {
  /** On this machine. */
  readonly path: ByteText;
  readonly folders: readonly ScannedFolder[];
  /** Of what was seen directly in it; empty when something was changed at that very moment. */
  readonly print: string;
  /** What was seen directly in it; absent in large trees, which are looked at again folder by folder. */
  readonly seen?: SeenFolder;
}

/** What was seen directly in a folder: the names in their order, and the numbers of each. */
interface SeenFolder {
  readonly names: readonly ByteText[];
  /** Mode, size (or the number of a device), times of content and state, inode. */
  readonly states: Float64Array;
  readonly lookedAt: number;
}

/** Trees with so many entries are kept in memory from one look to the next. */
const mostSeen = 50_000;
const fields = 5;

/** What is not published, and what is refused. */
export interface ScanOptions {
  /** The most bytes that one file may have. */
  readonly fileBytes: number;
  /** The most entries and bytes of all. */
  readonly entries: number;
  readonly bytes: number;
  /** Folders, by their paths below the top, that are to have catalogs. */
  readonly asked: (path: ByteText) => boolean;
  /** Ends the scan; its reason is thrown. */
  readonly signal?: AbortSignal;
}

const longestTarget = 4096;

/** Looks at a directory and all below it. It is read again, folder by folder, where something has changed since it was published.
 * @throws CVMFS_CONTENT_REFUSED, PERMISSION_DENIED, PATH_NOT_FOUND */
export function scanDirectory(top: ByteText, index: ObjectIndex, options: ScanOptions): TreeSource<ScannedFolder> {
  const lookedAt = Date.now();
  const totals = { entries: 0, bytes: 0 };
  const visit = (path: ByteText, name: ByteText, below: ByteText): ScannedFolder => {
    options.signal?.throwIfAborted();
    const names = namesIn(path);
    const states = new Float64Array(names.length * fields);
    const folders: ScannedFolder[] = [];
    let fresh = false;
    names.forEach((entry, position) => {
      const own = joinBytes(path, entry);
      const stats = statsOf(own);
      const isFolder = stats.isDirectory();
      refuse(entry, stats, own, options);
      fresh ||= !isFolder && isFresh(stats.ctimeMs, lookedAt);
      states.set(numbersOf(stats, isFolder), position * fields);
      if (isFolder) folders.push(visit(own, entry, joinBytes(below, entry)));
      else totals.bytes += stats.isFile() ? stats.size : 0;
    });
    totals.entries += names.length;
    refuseTotals(totals, options);
    const print = fresh ? '' : printOfFolder(names, states);
    const reason: { readonly reason?: CatalogReason } = options.asked(below) ? { reason: 'asked' } : {};
    const seen = totals.entries > mostSeen ? {} : { seen: { names, states, lookedAt } };
    return { name, path, entries: names.length, folders, print, ...seen, ...reason };
  };
  const root = visit(top, '' as ByteText, '' as ByteText);
  const prints = new Map<ScannedFolder, string | undefined>();
  const printOf = (folder: ScannedFolder): string | undefined => {
    if (prints.has(folder)) return prints.get(folder);
    const below = folder.folders.map(printOf);
    const parts = [folder.print, folder.reason ?? '', ...below];
    const print = folder.print === '' || below.includes(undefined) ? undefined : hash('sha1', parts.join(' '));
    prints.set(folder, print);
    return print;
  };
  return {
    root,
    printOf: (folder) => {
      const print = printOf(folder);
      if (print === undefined) return undefined;
      const { mode, mtimeMs } = statsOf(folder.path);
      return hash('sha1', `${print} ${mode} ${Math.floor(mtimeMs / 1000)}`);
    },
    list: (folder) => listFolder(folder, index),
  };
}

function printOfFolder(names: readonly ByteText[], states: Float64Array): string {
  const bytes = Buffer.from(states.buffer, states.byteOffset, states.byteLength);
  return hash('sha1', Buffer.concat([Buffer.from(names.join('\0'), 'latin1'), bytes]));
}

function namesIn(path: ByteText): ByteText[] {
  try {
    return (readdirSync(rawOf(path), 'latin1') as ByteText[]).sort();
  } catch (error) {
    throw translateProblem(error, path);
  }
}

function statsOf(path: ByteText): Stats {
  try {
    return lstatSync(rawOf(path));
  } catch (error) {
    throw translateProblem(error, path);
  }
}

function translateProblem(error: unknown, path: ByteText): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code !== 'ENOENT' && code !== 'ENOTDIR') return translateFileError(error, 'publish', readableText(path));
  return refusal(path, 'it is not there, or no folder', 'Publish a tree that nobody is writing to');
}

function refuse(name: ByteText, stats: Stats, path: ByteText, { fileBytes }: ScanOptions): void {
  if (name === markerName) {
    throw refusal(
      path,
      'that name is for catalogs alone',
      'Remove the file; binfarm decides itself where catalogs are, and --catalog asks for one',
    );
  }
  if (stats.isFile() && stats.size > fileBytes) {
    throw refusal(
      path,
      `it has ${stats.size} bytes, and ${fileBytes} are the most`,
      'Allow more with --max-file-bytes',
    );
  }
}

function refuseTotals(
  { entries, bytes }: { readonly entries: number; readonly bytes: number },
  most: ScanOptions,
): void {
  if (entries <= most.entries && bytes <= most.bytes) return;
  const what = entries > most.entries ? `more than ${most.entries} entries` : `more than ${most.bytes} bytes`;
  throw new FarmError('CVMFS_CONTENT_REFUSED', `Cannot publish in one transaction: there are ${what}`, {
    hint: 'Allow more with --max-entries or --max-bytes, or publish part by part with --at',
  });
}

function refusal(path: ByteText, state: string, hint: string): FarmError {
  return new FarmError('CVMFS_CONTENT_REFUSED', `Cannot publish "${readableText(path)}": ${state}`, { hint });
}

function numbersOf(stats: Stats, isFolder: boolean): readonly number[] {
  const { mode, mtimeMs, ctimeMs, ino } = stats;
  if (isFolder) return [mode, 0, mtimeMs, 0, 0];
  return [mode, stats.isFile() || stats.isSymbolicLink() ? stats.size : stats.rdev, mtimeMs, ctimeMs, ino];
}

/** Looks at a folder again. */
function lookAt(path: ByteText): SeenFolder {
  const lookedAt = Date.now();
  const names = namesIn(path);
  const states = new Float64Array(names.length * fields);
  names.forEach((name, position) => {
    const stats = statsOf(joinBytes(path, name));
    states.set(numbersOf(stats, stats.isDirectory()), position * fields);
  });
  return { names, states, lookedAt };
}

/** What is in a folder: what is new is to be stored, what is as it was when it was stored last is known. */
function listFolder({ path, seen }: ScannedFolder, index: ObjectIndex): FolderListing {
  const own = statsOf(path);
  const { names, states, lookedAt } = seen ?? lookAt(path);
  const before = index.folderRecord(path);
  const known = before === undefined ? () => undefined : readFolderRecord(before);
  const nodes: [ByteText, Exclude<Node, { kind: 'folder' | 'mount' }>][] = [];
  const pending: PendingFile[] = [];
  const files: { readonly name: ByteText; readonly state: FileState; readonly node: PendingFile['node'] }[] = [];
  names.forEach((name, position) => {
    const [mode, size, mtimeMs, ctimeMs, ino] = states.subarray(position * fields) as unknown as [
      number,
      number,
      number,
      number,
      number,
    ];
    const mtime = Math.floor(mtimeMs / 1000);
    const type = mode & constants.S_IFMT;
    const place = joinBytes(path, name);
    if (type === constants.S_IFDIR) return;
    if (type === constants.S_IFLNK) nodes.push([name, { kind: 'symlink', mtime, target: targetOf(place) }]);
    else if (type !== constants.S_IFREG)
      nodes.push([name, { kind: 'special', mode: mode | 0o444, mtime, device: size }]);
    else {
      const state = fileStateOf({ size, mtimeMs, ctimeMs, ino }, lookedAt);
      const content = known(name, state);
      const node: PendingFile['node'] = {
        kind: 'file',
        mode: publicModeOf(mode, false),
        mtime,
        size,
        content: content ?? nothing,
      };
      if (content === undefined) pending.push({ file: { path: place, size }, node });
      files.push({ name, state, node });
      nodes.push([name, node]);
    }
  });
  const settle = () => {
    if (pending.length === 0) return;
    const record = createFolderRecord();
    for (const { name, state, node } of files) record.add(name, state, node.content);
    index.rememberFolder(path, record.bytes());
  };
  return { mode: publicModeOf(own.mode, true), mtime: Math.floor(own.mtimeMs / 1000), nodes, pending, settle };
}

const nothing = Buffer.alloc(0);

function targetOf(path: ByteText): ByteText {
  const target = readlinkSync(rawOf(path), 'latin1') as ByteText;
  if (target.length > longestTarget) throw refusal(path, 'its target is too long', 'Make the link shorter');
  return target;
}
