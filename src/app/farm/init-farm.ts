import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { readDebianPackages } from '../../build/base/debian-packages.ts';
import { readOs } from '../../build/base/machine-base.ts';
import { FarmError } from '../../core/farm-error.ts';
import { isThere } from '../../core/is-there.ts';
import { translateFileError } from '../../core/translate-file-error.ts';
import { parseStack } from '../../model/stack.ts';
import { createFarmKey } from './farm-keys.ts';

/** Where a farm is made, and what it is called. */
export interface InitFarmRequest {
  readonly folder: string;
  /** The folder's name where nothing is said. */
  readonly name?: string;
  readonly dryRun: boolean;
}

/** A farm folder that was made, or would be. */
export interface InitFarmResult {
  readonly folder: string;
  readonly files: readonly string[];
  /** Absent in a dry run. */
  readonly keyId?: string;
}

/** Makes a farm folder that works as it is: a stack file for this machine's platform, a folder for recipes, a signing key.
 * @throws FARM_EXISTS, NAME_INVALID, PERMISSION_DENIED */
export async function initFarm(request: InitFarmRequest): Promise<InitFarmResult> {
  const folder = resolve(request.folder);
  const stackPath = join(folder, 'binfarm.yaml');
  if (await isThere(stackPath)) {
    throw new FarmError('FARM_EXISTS', `Cannot make a farm in "${folder}": there is one already`, {
      hint: 'binfarm plan',
    });
  }
  const text = formatFirstStack(farmNameOf(request.name ?? basename(folder)), await readPlatform());
  parseStack(text, stackPath);
  const files = ['binfarm.yaml', 'recipes/', '.gitignore', 'keys/farm.key', 'keys/farm.key.pub'];
  if (request.dryRun) return { folder, files };
  try {
    await mkdir(join(folder, 'recipes'), { recursive: true });
    await writeFile(join(folder, 'recipes', '.gitkeep'), '');
    await addIgnored(join(folder, '.gitignore'), ['.binfarm/', 'binhost/', 'keys/farm.key']);
    const secretKey = join(folder, 'keys', 'farm.key');
    const key = (await isThere(secretKey)) ? undefined : await createFarmKey(secretKey);
    await writeFile(stackPath, text, { flag: 'wx' });
    return { folder, files, ...(key === undefined ? {} : { keyId: key.id }) };
  } catch (error) {
    throw translateFileError(error, 'make a farm in', folder);
  }
}

function farmNameOf(text: string): string {
  const name = text
    .toLowerCase()
    .replaceAll(/[^a-z0-9_.-]/g, '-')
    .replace(/^[^a-z0-9]+/, '');
  return name === '' ? 'farm' : name.slice(0, 64);
}

async function readPlatform(): Promise<string> {
  const arch = { x64: 'x86_64', arm64: 'aarch64' }[process.arch as string] ?? process.arch;
  const installed = await readDebianPackages('/var/lib/dpkg').catch(() => undefined);
  const versions = [...(installed?.byName.keys() ?? [])]
    .flatMap((name) => /^g\+\+-(\d+)$/.exec(name)?.[1] ?? [])
    .map(Number);
  return `${arch}-${(await readOs()) || 'linux'}-gcc${Math.max(...versions, 0) || 12}`;
}

async function addIgnored(path: string, lines: readonly string[]): Promise<void> {
  const before = await readFile(path, 'utf8').catch(() => '');
  const missing = lines.filter((line) => !before.split('\n').includes(line));
  const separator = before === '' || before.endsWith('\n') ? '' : '\n';
  if (missing.length > 0) await writeFile(path, `${before}${separator}${missing.join('\n')}\n`);
}

function formatFirstStack(name: string, platform: string): string {
  return `# What this farm builds, and for whom. "binfarm plan" shows what follows from it; nothing is built before "binfarm build".
farm: ${name}

# arch-os-compiler; each is built once for every build type.
platforms: [${platform}]
build_types: [opt]

# Where recipes are found: your own first, then those that come with binfarm.
recipes: [./recipes, builtin]

# Named groups of packages. A spec is a name with, if you like, versions and options: "hepmc3@3.1: +examples".
sets:
  base: [zlib, zstd]

# Programs taken from the system instead of being built; what is used is recorded.
externals:
  cmake: { from: base }
  autoconf: { from: base }
  automake: { from: base }
  libtool: { from: base }

# Where built packages are kept: a folder, which any web server can serve.
binhost: ./binhost
`;
}
