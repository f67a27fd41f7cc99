import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Emit } from '../../core/events.ts';
import { FarmError } from '../../core/farm-error.ts';
import { mapLimit } from '../../core/map-limit.ts';
import type { BuildEvent } from '../build-events.ts';
import { assembleBase } from './assemble-base.ts';
import { closureOf, type DebianPackage, readDebianPackages } from './debian-packages.ts';
import { identityOf, readOs } from './machine-base.ts';

/** A root file system for programs to run in, without compilers: for images. */
export interface RuntimeBase {
  /** As `Base`'s. */
  readonly id: string;
  readonly directory: string;
  /** The distribution's packages in it, as dpkg records them: what scanners look for in /var/lib/dpkg/status. */
  readonly status: string;
  /** Names of the packages. */
  readonly packages: readonly string[];
}

/** What a shell and its usual tools need. */
// biome-ignore format: a table
const usualPackages = [
  'base-files', 'bash', 'coreutils', 'dash', 'diffutils', 'findutils', 'grep', 'gzip', 'hostname', 'libc-bin', 'mawk', 'ncurses-base', 'sed', 'tar', 'tzdata',
];

/** What belongs to the management of packages, which an image does not have. */
const neverNeeded = new Set([
  'debconf',
  'dpkg',
  'install-info',
  'perl',
  'perl-base',
  'sensible-utils',
  'init-system-helpers',
]);

const dpkgFolder = '/var/lib/dpkg';

/** What dpkg says is installed on this machine: what a base is made of follows from it. */
export const dpkgStatus = join(dpkgFolder, 'status');

/** Assembles a base to run programs in out of the packages that are installed on this machine: a shell, its tools, and what brings the named libraries.
 * @param request.packages further packages of the distribution
 * @throws BASE_UNAVAILABLE where the machine has another system; TOOL_MISSING when a package is not installed */
export async function provideRuntimeBase(
  request: { readonly os: string; readonly libraries: readonly string[]; readonly packages: readonly string[] },
  { cache, emit }: { readonly cache: string; readonly emit: Emit<BuildEvent> },
): Promise<RuntimeBase> {
  const [installed, os] = await Promise.all([readDebianPackages(dpkgFolder), readOs()]);
  if (request.os !== os) {
    throw new FarmError('BASE_UNAVAILABLE', `Cannot make the base "${request.os}": this machine is ${os}`, {
      hint: `Name an image as the base (oci://host/${request.os.replace(/\d+$/, '')}:tag), or make it on a machine that runs ${request.os}`,
    });
  }
  const owners = await findLibraryPackages(request.libraries);
  const usual = usualPackages.filter((name) => installed.byName.has(name));
  const wanted = [...new Set([...usual, ...owners.values(), ...request.packages])];
  const packages = closureOf(installed, wanted, neverNeeded);
  const id = await identityOf(packages, dpkgFolder);
  const directory = await assembleBase({ id, packages, compilerVersion: 'none', dpkgFolder, cache, emit });
  return { id, directory, status: await readStatus(packages), packages: packages.map(({ name }) => name) };
}

/** Finds the distribution's packages that bring libraries, by the names that the loader is asked for; a library that none brings is not in the result. */
export async function findLibraryPackages(libraries: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const wanted = new Set(libraries);
  const found = new Map<string, string>();
  const folder = join(dpkgFolder, 'info');
  const lists = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.list')).toSorted();
  await mapLimit(lists, 16, async (list) => {
    for (const path of (await readFile(join(folder, list), 'utf8')).split('\n')) {
      if (!/^\/(usr\/)?lib(32|64)?\/([^/]*-linux-gnu[^/]*\/)?[^/]*$/.test(path)) continue;
      const name = path.slice(path.lastIndexOf('/') + 1);
      const owner = list.replace(/(:[a-z0-9]+)?\.list$/, '');
      if (wanted.has(name) && !(found.get(name)! < owner)) found.set(name, owner);
    }
  });
  return found;
}

/** dpkg's own record of packages, without what belongs to this machine. */
async function readStatus(packages: readonly DebianPackage[]): Promise<string> {
  const names = new Set(packages.map(({ name }) => name));
  const text = await readFile(dpkgStatus, 'utf8');
  const paragraphs = text.split('\n\n').filter((paragraph) => names.has(/^Package: (.*)$/m.exec(paragraph)?.[1] ?? ''));
  return paragraphs
    .map((paragraph) => `${withoutConffiles(paragraph)}\n\n`)
    .toSorted()
    .join('');
}

function withoutConffiles(paragraph: string): string {
  return paragraph
    .trim()
    .replace(/^Conffiles:\n(?: .*\n?)*/m, '')
    .trim();
}
