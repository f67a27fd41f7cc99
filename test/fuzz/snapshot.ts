import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { digestOf } from '../../src/core/digest.ts';

/** Larger files are told by their size and time alone. */
const largestRead = 32 << 20;

/** What a folder holds, one line an entry: path, mode, and digest or target. Enters no link and opens nothing but files. `without` are the beginnings of paths that are left out. */
export function snapshotOf(folder: string, without: readonly string[] = []): string[] {
  const lines: string[] = [];
  const visit = (below: string) => {
    for (const name of readdirSync(join(folder, below))) {
      const path = join(below, name);
      const type = describe(join(folder, path));
      if (!without.some((start) => path.startsWith(start))) lines.push(`${path} ${type}`);
      if (type.endsWith('folder') && !without.some((start) => `${path}/`.startsWith(start))) visit(path);
    }
  };
  visit('');
  return lines.sort();
}

function describe(path: string): string {
  const facts = lstatSync(path);
  const mode = (facts.mode & 0o7777).toString(8);
  if (facts.isSymbolicLink()) return `-> ${readlinkSync(path)}`;
  if (facts.isDirectory()) return `${mode} folder`;
  if (!facts.isFile()) return `${mode} special`;
  return facts.size > largestRead
    ? `${mode} ${facts.size} ${facts.mtimeMs}`
    : `${mode} ${digestOf(readFileSync(path))}`;
}
