import { randomBytes } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import {
  copyFile,
  link,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Emit } from '../../core/events.ts';
import { takeFileLock } from '../../core/file-lock.ts';
import { isThere } from '../../core/is-there.ts';
import { makeFolder } from '../../core/make-folder.ts';
import { mapLimit } from '../../core/map-limit.ts';
import { removeLeftovers } from '../../core/remove-leftovers.ts';
import { translateFileError } from '../../core/translate-file-error.ts';
import type { BuildEvent } from '../build-events.ts';
import { type DebianPackage, readPackageFile } from './debian-packages.ts';

/** What a base is assembled from. */
export interface AssembleRequest {
  readonly id: string;
  readonly packages: readonly DebianPackage[];
  readonly compilerVersion: string;
  readonly dpkgFolder: string;
  readonly cache: string;
  readonly emit: Emit<BuildEvent>;
}

const left =
  /^\/(usr\/share\/(doc|man|info|locale|lintian|bug|doc-base|menu|applications|bash-completion|zsh)\/|var\/|boot\/)/;
const topLinks = ['bin', 'sbin', 'lib', 'lib32', 'lib64', 'libx32'];
const emptyFolders = ['proc', 'dev', 'tmp', 'work', 'binfarm', 'relocated', 'binfarm-tools', 'root', 'run', 'var/tmp'];

/** Gives the folder of a base, assembling it by hard links from per-package copies when it is not there yet; whoever else uses the cache waits meanwhile. */
export async function assembleBase(request: AssembleRequest): Promise<string> {
  const bases = join(request.cache, 'bases');
  const directory = join(bases, request.id);
  const isWhole = () => isThere(join(directory, 'etc', 'passwd'));
  if (await isWhole()) return directory;
  await makeFolder(bases);
  const lock = await takeFileLock(join(bases, '.lock'), { command: 'binfarm build', wait: true });
  try {
    for (const folder of [bases, join(request.cache, 'base-packages')]) await removeLeftovers(folder);
    if (!(await isWhole())) await assemble(request, directory);
  } finally {
    await lock.close();
  }
  return directory;
}

async function assemble(request: AssembleRequest, directory: string): Promise<void> {
  request.emit({ type: 'base.started', packages: request.packages.length });
  const temporary = `${directory}.${randomBytes(6).toString('hex')}.tmp`;
  await rm(temporary, { recursive: true, force: true });
  try {
    for (const item of request.packages) await copyPackage(item, request);
    await mkdir(temporary, { recursive: true });
    for (const item of request.packages) await linkTree(packageFolder(item, request.cache), temporary);
    await addSystemFiles(temporary, request);
    await rename(temporary, directory);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw translateFileError(error, 'assemble the base in', directory);
  }
  request.emit({ type: 'base.finished', id: request.id, packages: request.packages.length });
}

function packageFolder(item: DebianPackage, cache: string): string {
  return join(cache, 'base-packages', `${item.name}_${item.version.replaceAll('/', '_')}_${item.architecture}`);
}

/** Copies the files of one of the distribution's packages, once. */
async function copyPackage(item: DebianPackage, { cache, dpkgFolder }: AssembleRequest): Promise<void> {
  const folder = packageFolder(item, cache);
  if (await isThere(folder)) return;
  const temporary = `${folder}.${randomBytes(6).toString('hex')}.tmp`;
  await mkdir(temporary, { recursive: true });
  const list = (await readPackageFile(dpkgFolder, item, 'list')).split('\n');
  const paths = list.filter((path) => /^\/[^/]+\/./.test(path) && !left.test(path)); // what is at the top is made below
  await mapLimit(paths, 8, (path) => copyEntry(path, join(temporary, mergedPath(path))));
  await rename(temporary, folder).catch(async () => await rm(temporary, { recursive: true, force: true }));
}

/** On a system with a merged /usr, /lib/x is /usr/lib/x, whatever the package's list says. */
function mergedPath(path: string): string {
  const top = path.split('/')[1]!;
  return topLinks.includes(top) ? `/usr${path}` : path;
}

async function copyEntry(from: string, to: string): Promise<void> {
  const stats = await lstat(from).catch(() => undefined);
  if (stats === undefined) return; // removed by the administrator
  if (stats.isDirectory()) {
    await mkdir(to, { recursive: true });
    return;
  }
  await mkdir(dirname(to), { recursive: true });
  if (stats.isSymbolicLink()) await symlinkOnce(await readlink(from), to);
  else if (stats.isFile()) await copyReadable(from, to, stats);
}

async function copyReadable(from: string, to: string, stats: Stats): Promise<void> {
  if ((stats.mode & 0o004) === 0) return; // secrets of the system are nobody's build input
  await copyFile(from, to, constants.COPYFILE_FICLONE);
}

async function symlinkOnce(target: string, path: string): Promise<void> {
  await symlink(target, path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
}

/** Merges a tree into another by hard links; folders and symbolic links are made anew. */
async function linkTree(from: string, to: string): Promise<void> {
  const entries = await readdir(from, { withFileTypes: true });
  await mapLimit(entries, 16, async (entry) => {
    const source = join(from, entry.name);
    const target = join(to, entry.name);
    if (entry.isDirectory()) {
      await mkdir(target, { recursive: true });
      await linkTree(source, target);
    } else if (entry.isSymbolicLink()) await symlinkOnce(await readlink(source), target);
    else await linkOnce(source, target);
  });
}

async function linkOnce(source: string, target: string): Promise<void> {
  await link(source, target).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
}

async function addSystemFiles(root: string, { compilerVersion, dpkgFolder }: AssembleRequest): Promise<void> {
  for (const folder of emptyFolders) await mkdir(join(root, folder), { recursive: true });
  for (const top of topLinks) {
    if (await isThere(join(root, 'usr', top))) await symlinkOnce(`usr/${top}`, join(root, top));
  }
  await addAlternatives(root, dpkgFolder);
  await addCompilerLinks(join(root, 'usr/bin'), compilerVersion);
  await mkdir(join(root, 'etc'), { recursive: true });
  await writeFile(join(root, 'etc/group'), 'root:x:0:\nbuilder:x:1000:\n');
  await writeFile(join(root, 'etc/hosts'), '127.0.0.1 localhost\n');
  await writeFile(join(root, 'etc/passwd'), 'root:x:0:0::/root:/bin/sh\nbuilder:x:1000:1000::/work/home:/bin/sh\n');
}

/** Links that the alternatives system made, for programs that are in the base: awk and aclocal, for two. */
async function addAlternatives(root: string, dpkgFolder: string): Promise<void> {
  const folder = join(dpkgFolder, 'alternatives');
  for (const file of await readdir(folder).catch(() => [])) {
    for (const { name, path } of parseAlternative(file, await readFile(join(folder, file), 'utf8'))) {
      const target = await readlink(join('/etc/alternatives', name)).catch(() => undefined);
      if (target === undefined || !(await isThere(join(root, mergedPath(target))))) continue;
      const place = join(root, mergedPath(path));
      await mkdir(dirname(place), { recursive: true });
      await symlinkOnce(target, place);
    }
  }
}

/** The links of one group: the second line has the master's, then pairs of lines have the name and link of each slave, up to an empty line. */
function parseAlternative(master: string, text: string): { readonly name: string; readonly path: string }[] {
  const [, path = '', ...rest] = text.split('\n');
  const end = rest.indexOf('');
  const links = [{ name: master, path }];
  for (let line = 0; line + 1 < end; line += 2) links.push({ name: rest[line]!, path: rest[line + 1]! });
  return links.filter((link) => link.path.startsWith('/'));
}

/** The platform's compiler is the one that the plain names mean, whichever is the machine's default. */
async function addCompilerLinks(bin: string, version: string): Promise<void> {
  const names = ['gcc', 'g++', 'cpp', 'gfortran', 'gcc-ar', 'gcc-nm', 'gcc-ranlib', 'gcov'];
  const plain: Record<string, string> = { cc: 'gcc', 'c++': 'g++', f77: 'gfortran', f95: 'gfortran' };
  const links = [...names.map((name) => [name, name] as const), ...Object.entries(plain)];
  for (const [name, target] of links) {
    if (!(await isThere(join(bin, `${target}-${version}`)))) continue;
    await rm(join(bin, name), { force: true });
    await symlink(`${target}-${version}`, join(bin, name));
  }
}
