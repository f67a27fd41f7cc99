import { type Entry, has } from '../catalog/catalog-entry.ts';
import { parseXattrs } from '../format/parse-xattrs.ts';

/** What an entry must not be, beside what makes it unreadable; the rules of the stock tool's check, and those of the format that it does not look at. */
export function entryProblems(entry: Entry): readonly string[] {
  return [...linkCountProblems(entry), ...flagProblems(entry), ...contentProblems(entry), ...xattrProblems(entry)];
}

function* linkCountProblems({ kind, links, linkGroup }: Entry): Generator<string> {
  if (links === 0) yield 'its link count is 0';
  if (kind === 'folder' && linkGroup !== 0) yield 'it is a folder in a group of hard links';
  if (kind !== 'folder' && links > 1 && linkGroup === 0)
    yield 'its link count is above 1 without a group of hard links';
}

function* flagProblems(entry: Entry): Generator<string> {
  const { kind } = entry;
  const isFolder = kind === 'folder';
  for (const bit of ['nestedMountPoint', 'nestedRoot', 'bindMountPoint'] as const) {
    if (has(entry, bit) && !isFolder)
      yield 'it is no folder, and is marked as the mount point or the root of a catalog';
  }
  for (const bit of ['chunked', 'external', 'directIo'] as const) {
    if (has(entry, bit) && kind !== 'file') yield `it is no file, and has the mark "${bit}" of files`;
  }
  if (has(entry, 'nestedMountPoint') && has(entry, 'bindMountPoint')) {
    yield 'it is the mount point of a catalog of this revision and of another';
  }
  if (has(entry, 'nestedMountPoint') && has(entry, 'nestedRoot')) {
    yield 'it is the mount point of a catalog and the root of one';
  }
}

function* contentProblems(entry: Entry): Generator<string> {
  const { kind, hash, target, size } = entry;
  if (kind === 'file') {
    if (hash === undefined && !has(entry, 'chunked')) yield 'it is a file without a hash';
  } else if (hash !== undefined) {
    yield `it is a ${kind} with a hash`;
  }
  if (kind === 'link') {
    if (target === '' || target.includes('\0')) yield 'it is a link without a proper target';
    if (size !== target.length) yield `its size is ${size}, and the target of the link has ${target.length} bytes`;
  } else if (target !== '') {
    yield `it is a ${kind} with the target of a link`;
  }
  if ((kind === 'pipe' || kind === 'socket') && size !== 0) yield `it is a ${kind} with a size`;
}

function* xattrProblems({ xattrs }: Entry): Generator<string> {
  const parsed = xattrs === undefined ? undefined : parseXattrs(xattrs);
  if (typeof parsed === 'string') yield parsed;
}
