import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { digestOf } from '../../src/core/digest.ts';

/** The paths of all that is in a folder, without the folder's own; folders before what is in them. */
export function listTree(folder: string): string[] {
  // not by Node's own recursion, which goes through links to folders, and round in circles
  const visit = (path: string): string[] =>
    readdirSync(join(folder, path), { withFileTypes: true }).flatMap((entry) => {
      const place = join(path, entry.name);
      return entry.isDirectory() ? [place, ...visit(place)] : [place];
    });
  return visit('').sort();
}

/** What a folder holds, one line an entry: its path, mode, and digest or target. `without` are path prefixes that are left out. */
export function snapshotOf(folder: string, without: readonly string[] = []): string[] {
  return listTree(folder)
    .filter((path) => !without.some((prefix) => path === prefix || path.startsWith(prefix)))
    .map((path) => `${path} ${describeEntry(join(folder, path))}`);
}

/** The paths of the files and links of a folder that hold a text. */
export function findText(folder: string, text: string): string[] {
  return listTree(folder).filter((path) => {
    const place = join(folder, path);
    const entry = lstatSync(place);
    if (entry.isSymbolicLink()) return readlinkSync(place).includes(text);
    return entry.isFile() && readFileSync(place).includes(text);
  });
}

/** The files of a folder that something had begun to write: what a killed program may leave. */
export function findTemporary(folder: string): string[] {
  return listTree(folder).filter((path) => path.endsWith('.tmp'));
}

/** What is at a path: its mode, and digest or target. */
export function describeEntry(place: string): string {
  const entry = lstatSync(place);
  const mode = (entry.mode & 0o7777).toString(8);
  if (entry.isSymbolicLink()) return `-> ${readlinkSync(place)}`;
  return entry.isFile() ? `${mode} ${digestOf(readFileSync(place))}` : `${mode} folder`;
}
