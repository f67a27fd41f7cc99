import * as fs from 'node:fs';
import { archiveInvalid, archiveUnsafe } from '../archive/archive-error.ts';
import type { ArchiveLimits } from '../archive/archive-limits.ts';
import { bytePathOf, bytesOfPath, formatBytePath } from './byte-path.ts';
import { findEscapingLink } from './find-escaping-link.ts';
import {
  countBytes,
  createTreeIndex,
  entryParts,
  type Placement,
  placeEntry,
  type TreeIndex,
  topFolderOf,
} from './tree-index.ts';

/** Takes the bytes of one file. */
export interface FileSink {
  write(chunk: Uint8Array): void;
  /** @throws ARCHIVE_INVALID when bytes are missing */
  close(): void;
}

interface OpenFile extends FileSink {
  discard(): void;
}

/** What an archive says about a file; times are seconds since 1970. */
export interface FileEntry {
  readonly size: number;
  readonly executable: boolean;
  readonly mtime: number;
}

/** Writes the entries of an archive, which may be hostile, into a folder that is new and nobody else's. Names are byte
 * paths. Symbolic links are made last, when all are known and none leads out: so no entry can be written through one. The
 * calls are synchronous, which for many small files is several times faster.
 * Every method @throws ARCHIVE_UNSAFE, ARCHIVE_INVALID, and errors of the file system as they are. */
export interface TreeWriter {
  addDirectory(name: string, mtime: number): void;
  /** Begins a file, which has to be closed before the next entry. */
  addFile(name: string, entry: FileEntry): FileSink;
  addSymlink(name: string, target: string): void;
  addHardLink(name: string, target: string): void;
  /** Makes the links and says what was written. With `strip`, `top` is the single top folder, if there is one, and the
   * tree begins below it. */
  finish(strip: boolean): { readonly top: string | undefined; readonly entries: number; readonly bytes: number };
  /** Closes a file that was left open; needed after a failure. */
  abort(): void;
}

/** Begins to write a tree into a folder; `file` is the archive's name for messages. */
export function createTreeWriter(folder: string, file: string, limits: ArchiveLimits): TreeWriter {
  const index = createTreeIndex(file, limits);
  const root = bytePathOf(folder);
  const directoryTimes = new Map<string, number>();
  const at = (path: string) => bytesOfPath(`${root}/${path}`);
  let current: OpenFile | undefined;

  const prepare = (placement: Placement): Buffer => {
    for (const parent of placement.missing) makeDirectory(at(parent));
    if (placement.before === 'file') fs.unlinkSync(at(placement.path)); // never through a hard link of it
    if (placement.before === 'symlink') index.links.delete(placement.path);
    return at(placement.path);
  };

  return {
    addDirectory(name, mtime) {
      const placement = placeEntry(index, name, 'directory');
      for (const parent of placement.missing) makeDirectory(at(parent));
      if (placement.path === '') return;
      if (placement.before === undefined) makeDirectory(at(placement.path));
      directoryTimes.set(placement.path, cleanTime(mtime));
    },
    addFile(name, entry) {
      countBytes(index, entry.size);
      const placement = placeEntry(index, name, 'file');
      if (placement.path === '') throw archiveInvalid(file, `its entry "${formatBytePath(name)}" has no name`);
      current = openFile(prepare(placement), entry, file);
      return current;
    },
    addSymlink(name, target) {
      const placement = placeEntry(index, name, 'symlink');
      if (placement.path === '' || target === '' || target.includes('\0')) {
        throw archiveInvalid(file, `its entry "${formatBytePath(name)}" is no symbolic link`);
      }
      if (target.length > limits.pathBytes || target.startsWith('/')) throw escapeError(file, placement.path, target);
      prepare(placement);
      index.links.set(placement.path, target);
    },
    addHardLink(name, target) {
      const original = entryParts(index, target).join('/');
      const kind = index.kinds.get(original);
      if (kind === 'symlink') return this.addSymlink(name, index.links.get(original)!);
      if (kind !== 'file')
        throw archiveUnsafe(file, `its entry "${formatBytePath(name)}" is a link to what is not in it`);
      if (entryParts(index, name).join('/') === original) return;
      fs.linkSync(at(original), prepare(placeEntry(index, name, 'file')));
    },
    finish(strip) {
      if (index.kinds.size === 0) throw archiveInvalid(file, 'there is nothing in it');
      const top = strip ? topFolderOf(index) : undefined;
      checkLinks(index, top);
      for (const [path, target] of index.links) fs.symlinkSync(bytesOfPath(target), at(path));
      for (const [path, time] of directoryTimes) fs.utimesSync(at(path), time, time);
      return { top, entries: index.entries, bytes: index.bytes };
    },
    abort: () => current?.discard(),
  };
}

function openFile(path: Buffer, entry: FileEntry, file: string): OpenFile {
  const mode = entry.executable ? 0o755 : 0o644;
  let handle: number | undefined = fs.openSync(path, 'wx', mode);
  let missing = entry.size;
  const discard = () => {
    if (handle !== undefined) fs.closeSync(handle);
    handle = undefined;
  };
  return {
    write(chunk) {
      missing -= chunk.length;
      for (let written = 0; written < chunk.length; ) written += fs.writeSync(handle!, chunk, written);
    },
    close() {
      fs.fchmodSync(handle!, mode); // the umask took its part
      const time = cleanTime(entry.mtime);
      fs.futimesSync(handle!, time, time);
      discard();
      if (missing !== 0) throw archiveInvalid(file, 'a file in it has not the size that it should have');
    },
    discard,
  };
}

function makeDirectory(path: Buffer): void {
  fs.mkdirSync(path);
  fs.chmodSync(path, 0o755);
}

function checkLinks(index: TreeIndex, top: string | undefined): void {
  const from = top === undefined ? 0 : top.length + 1;
  const links = new Map([...index.links].map(([path, target]) => [path.slice(from), target]));
  const path = findEscapingLink(links);
  if (path !== undefined) throw escapeError(index.file, path, links.get(path)!);
}

function escapeError(file: string, path: string, target: string): Error {
  const shown = formatBytePath(target.slice(0, 200));
  return archiveUnsafe(file, `its symbolic link "${formatBytePath(path)}" leads out of its folder, to "${shown}"`);
}

/** Times that no file can have become the nearest that it can: 1970 and 2100. */
function cleanTime(seconds: number): number {
  return Number.isFinite(seconds) ? Math.min(Math.max(0, seconds), 4_102_444_800) : 0;
}
