import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FarmError } from '../../core/farm-error.ts';

/** A package of the distribution that is installed on this machine. */
export interface DebianPackage {
  readonly name: string;
  /** With epoch and revision, as dpkg orders it. */
  readonly version: string;
  readonly architecture: string;
  /** Each item is a list of alternatives, in order of preference. */
  readonly depends: readonly (readonly string[])[];
}

/** What dpkg says is installed, by package name and by the virtual names that are provided. */
export interface DebianPackages {
  readonly byName: ReadonlyMap<string, DebianPackage>;
  readonly providers: ReadonlyMap<string, string>;
}

/** Files are there also while another package's installation is under way and triggers wait. */
const present = / (installed|triggers-pending|triggers-awaited)$/;

/** Reads dpkg's own record of what is installed.
 * @throws BASE_UNAVAILABLE where the machine is not managed by dpkg. */
export async function readDebianPackages(dpkgFolder: string): Promise<DebianPackages> {
  let text: string;
  try {
    text = await readFile(join(dpkgFolder, 'status'), 'utf8');
  } catch (cause) {
    throw new FarmError('BASE_UNAVAILABLE', 'Cannot make a base of this machine: it is not managed by dpkg', {
      hint: 'Build on Debian or on a distribution made from it',
      cause,
    });
  }
  const byName = new Map<string, DebianPackage>();
  const providers = new Map<string, string>();
  for (const paragraph of text.split('\n\n')) {
    const fields = parseFields(paragraph);
    const name = fields.get('Package');
    if (name === undefined || !present.test(fields.get('Status') ?? '')) continue;
    byName.set(name, {
      name,
      version: fields.get('Version') ?? '',
      architecture: fields.get('Architecture') ?? '',
      depends: [...parseRelations(fields.get('Pre-Depends')), ...parseRelations(fields.get('Depends'))],
    });
    for (const [provided] of parseRelations(fields.get('Provides'))) {
      if (provided !== undefined && !providers.has(provided)) providers.set(provided, name);
    }
  }
  return { byName, providers };
}

/** The named packages with all that they depend on, sorted by name; those in `without` are left out with what only they need.
 * @throws TOOL_MISSING when one of the named packages is not installed. */
export function closureOf(
  packages: DebianPackages,
  names: readonly string[],
  without: ReadonlySet<string>,
): readonly DebianPackage[] {
  const missing = names.filter((name) => !packages.byName.has(name));
  if (missing.length > 0) {
    throw new FarmError('TOOL_MISSING', `Cannot make the base: ${missing.join(', ')} not installed on this machine`, {
      hint: `apt-get install ${missing.join(' ')}`,
      details: { missing },
    });
  }
  const found = new Map<string, DebianPackage>();
  const queue = [...names];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    const item = packages.byName.get(name);
    if (item === undefined || found.has(name) || without.has(name)) continue;
    found.set(name, item);
    for (const alternatives of item.depends) {
      const chosen = alternatives.find((alternative) => packages.byName.has(alternative));
      const provider = chosen ?? alternatives.map((alternative) => packages.providers.get(alternative)).find(Boolean);
      if (provider !== undefined) queue.push(provider);
    }
  }
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Reads one of dpkg's files about a package, empty when there is none. */
export async function readPackageFile(
  dpkgFolder: string,
  { name, architecture }: { name: string; architecture: string },
  kind: 'list' | 'md5sums',
): Promise<string> {
  for (const stem of [name, `${name}:${architecture}`]) {
    try {
      return await readFile(join(dpkgFolder, 'info', `${stem}.${kind}`), 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  return '';
}

/** The upstream part of a Debian version: `1:2.71-3` is 2.71, `1.2.13.dfsg-1` is 1.2.13. */
export function upstreamVersionOf(version: string): string {
  return version
    .replace(/^\d+:/, '')
    .replace(/-[^-]*$/, '')
    .replace(/[+.~](dfsg|ds|repack|really).*$/, '');
}

function parseFields(paragraph: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (const line of paragraph.split('\n')) {
    const match = /^([A-Za-z-]+): (.*)$/.exec(line);
    if (match) fields.set(match[1]!, match[2]!);
  }
  return fields;
}

/** `a (>= 1) | b:any, c` is [[a, b], [c]]. */
function parseRelations(text: string | undefined): string[][] {
  if (text === undefined) return [];
  return text.split(',').map((item) => item.split('|').map((name) => name.trim().replace(/[\s:(].*$/, '')));
}
