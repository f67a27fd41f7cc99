import {
  copyFileSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

/** A package cut from the machine's own /usr. */
export interface CorpusPackage {
  readonly name: string;
  /** The folder with its files. */
  readonly folder: string;
  readonly files: number;
  readonly bytes: number;
}

const wanted = { packages: 50, bytes: 370e6, largest: 40e6, smallest: 200e3 };
const lists = '/var/lib/dpkg/info';

/** Copies files of about 50 of this machine's packages into a folder each, until there are about 370 MB; every tenth text file names `root`, as built software does. */
export function makeCorpus(folder: string, root: string): readonly CorpusPackage[] {
  const packages: CorpusPackage[] = [];
  let bytes = 0;
  for (const list of readdirSync(lists)
    .filter((name) => name.endsWith('.list'))
    .sort()) {
    if (packages.length >= wanted.packages || bytes >= wanted.bytes) break;
    const name = list.replace(/(:[a-z0-9]+)?\.list$/, '').replaceAll(/[^a-z0-9_.-]/g, '-');
    const paths = readFileSync(join(lists, list), 'utf8')
      .split('\n')
      .filter((path) => path.startsWith('/usr/'));
    const size = paths.reduce((sum, path) => sum + sizeOf(path), 0);
    if (size < wanted.smallest || size > wanted.largest) continue;
    const files = copyAll(paths, join(folder, name), root);
    packages.push({ name, folder: join(folder, name), files, bytes: size });
    bytes += size;
  }
  return packages;
}

function sizeOf(path: string): number {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  return stat?.isFile() ? stat.size : 0;
}

function copyAll(paths: readonly string[], folder: string, root: string): number {
  let count = 0;
  for (const path of paths) {
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (stat === undefined || stat.isDirectory()) continue;
    const target = join(folder, path.slice('/usr/'.length));
    mkdirSync(dirname(target), { recursive: true });
    if (stat.isSymbolicLink()) copyLink(path, target);
    else if (stat.isFile()) copyFile(path, target, count % 10 === 0 ? root : undefined);
    count += 1;
  }
  return count;
}

/** Only links within the package can be packed. */
function copyLink(path: string, target: string): void {
  const to = readlinkSync(path);
  if (!to.startsWith('/')) symlinkSync(to, target);
}

function copyFile(path: string, target: string, root: string | undefined): void {
  copyFileSync(path, target);
  if (root === undefined) return;
  const content = readFileSync(target);
  if (content.length < 100_000 && !content.includes(0))
    writeFileSync(target, Buffer.concat([content, Buffer.from(`\n${root}/store/x\n`)]));
}

/** Makes packages of a few files each, with a program, a library and a page. */
export function makeSmallCorpus(folder: string, count: number): readonly CorpusPackage[] {
  return Array.from({ length: count }, (_, index) => {
    const name = `small${index}`;
    const files = { [`bin/${name}`]: '#!/bin/sh\n', [`lib/lib${name}.so`]: 'none', [`share/${name}/page`]: 'a page\n' };
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name, path)), { recursive: true });
      writeFileSync(join(folder, name, path), text);
    }
    return { name, folder: join(folder, name), files: 3, bytes: 30 };
  });
}
