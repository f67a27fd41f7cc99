import { readFile } from 'node:fs/promises';
import { digestOf } from '../../core/digest.ts';
import { hexOf } from '../../core/digest-text.ts';
import type { Emit } from '../../core/events.ts';
import { FarmError } from '../../core/farm-error.ts';
import type { BuildEvent } from '../build-events.ts';
import { assembleBase } from './assemble-base.ts';
import type { Base, BaseRequest } from './base.ts';
import {
  closureOf,
  type DebianPackage,
  type DebianPackages,
  readDebianPackages,
  readPackageFile,
  upstreamVersionOf,
} from './debian-packages.ts';

/** Shell, tools and build programs that every build may use. */
// biome-ignore format: a table
const commonPackages = [
  'bash', 'binutils', 'bzip2', 'coreutils', 'dash', 'diffutils', 'file', 'findutils', 'gzip', 'hostname',
  'libc-bin', 'libc6-dev', 'make', 'mawk', 'patch', 'perl', 'sed', 'grep', 'tar', 'xz-utils',
];

/** Development files that Debian's C library brings along although they belong to other libraries: a build must declare those. */
const neverVisible = new Set([
  'libcrypt-dev',
  'libtirpc-dev',
  'libnsl-dev',
  'rpcsvc-proto',
  'debconf',
  'sensible-utils',
]);

/** Makes bases out of the packages that are installed on this machine. */
export interface MachineBases {
  /** The base for a request, assembled once and kept in the cache.
   * @throws COMPILER_MISSING, TOOL_MISSING, BASE_UNAVAILABLE */
  readonly provide: (request: BaseRequest) => Promise<Base>;
  /** Finds out whether `provide` could make a base, without making it.
   * @throws COMPILER_MISSING, TOOL_MISSING, BASE_UNAVAILABLE */
  readonly check: (request: BaseRequest) => void;
  /** The upstream version of an installed package of the distribution, undefined when it is not installed. */
  readonly versionOf: (name: string) => string | undefined;
}

/** Opens this machine as a source of bases; `cache` is where trees are kept. */
export async function openMachineBases(cache: string, emit: Emit<BuildEvent>): Promise<MachineBases> {
  const dpkgFolder = '/var/lib/dpkg';
  const [installed, os] = await Promise.all([readDebianPackages(dpkgFolder), readOs()]);
  const known = new Map<string, Promise<Base>>();
  return {
    versionOf: (name) => {
      const item = installed.byName.get(name);
      return item && upstreamVersionOf(item.version);
    },
    check: (request) => void findPackages(request, { installed, os }),
    provide: (request) => {
      const key = JSON.stringify([request.os, request.compiler, request.packages.toSorted()]);
      const existing = known.get(key);
      if (existing) return existing;
      const made = makeBase(request, { installed, os, cache, dpkgFolder, emit });
      known.set(key, made);
      return made;
    },
  };
}

interface Machine {
  readonly installed: DebianPackages;
  readonly os: string;
  readonly cache: string;
  readonly dpkgFolder: string;
  readonly emit: Emit<BuildEvent>;
}

async function makeBase(request: BaseRequest, machine: Machine): Promise<Base> {
  const packages = findPackages(request, machine);
  const id = await identityOf(packages, machine.dpkgFolder);
  const directory = await assembleBase({ id, packages, ...machine, compilerVersion: request.compiler.version });
  return { id, directory, os: machine.os, packages: packages.map(({ name, version }) => `${name}=${version}`) };
}

/** All of the distribution's packages that a base is made of. */
function findPackages(request: BaseRequest, machine: Pick<Machine, 'installed' | 'os'>): readonly DebianPackage[] {
  if (request.os !== machine.os) {
    throw new FarmError('BASE_UNAVAILABLE', `Cannot build for "${request.os}": this machine is ${machine.os}`, {
      hint: `Take the platform out of binfarm.yaml, or build it on a machine that runs ${request.os}`,
    });
  }
  const compilers = compilerPackages(request, machine.installed);
  return closureOf(machine.installed, [...commonPackages, ...compilers, ...request.packages], neverVisible);
}

/** The compiler's packages; Fortran only where it is installed. */
function compilerPackages(request: BaseRequest, installed: DebianPackages): string[] {
  const { name, version } = request.compiler;
  const wanted = [`gcc-${version}`, `g++-${version}`, `cpp-${version}`];
  const missing = wanted.filter((item) => !installed.byName.has(item));
  if (name !== 'gcc' || missing.length > 0) {
    throw new FarmError('COMPILER_MISSING', `Cannot build with "${name}${version}": this machine does not have it`, {
      hint: name === 'gcc' ? `apt-get install ${missing.join(' ')}` : 'Use a platform whose compiler is gcc',
      details: { missing },
    });
  }
  const fortran = `gfortran-${version}`;
  return installed.byName.has(fortran) ? [...wanted, fortran] : wanted;
}

/** Grows when the same packages are laid out in another way. */
const baseLayout = 2;

/** The identity of a base of these packages: it covers what dpkg recorded of every file when it installed the package. */
export async function identityOf(packages: readonly DebianPackage[], dpkgFolder: string): Promise<string> {
  const lines = await Promise.all(
    packages.map(async ({ name, version, architecture }) => {
      const sums = await readPackageFile(dpkgFolder, { name, architecture }, 'md5sums');
      return `${name}=${version} ${architecture} ${digestOf(sums)}`;
    }),
  );
  return hexOf(digestOf([`layout ${baseLayout}`, ...lines].join('\n')));
}

/** This machine's system as platform names write it: `debian12`. */
export async function readOs(): Promise<string> {
  const text = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const field = (key: string) => new RegExp(`^${key}="?([^"\n]*)"?$`, 'm').exec(text)?.[1] ?? '';
  return `${field('ID')}${field('VERSION_ID')}`;
}
