import type { SystemContents, SystemPackage } from './image-contents.ts';

/** A base is a stranger's: of more packages than any system has, the rest is left out. */
const mostPackages = 50_000;

const name = /^[a-z0-9][a-z0-9+.-]{0,127}$/;
const version = /^[A-Za-z0-9.+~:-]{1,128}$/;
const architecture = /^[a-z0-9-]{1,32}$/;

/** Reads dpkg's record of packages (/var/lib/dpkg/status, or the parts below status.d): those that are installed, sorted. What does not look like a package is left out. */
export function readDpkgStatus(text: string): readonly SystemPackage[] {
  const byKey = new Map<string, SystemPackage>();
  for (const paragraph of text.split(/\n\s*\n/)) {
    const found = readParagraph(paragraph);
    if (found !== undefined) byKey.set(`${found.name}:${found.architecture}`, found);
    if (byKey.size >= mostPackages) break;
  }
  return [...byKey].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, item]) => item);
}

function readParagraph(paragraph: string): SystemPackage | undefined {
  const field = (key: string) => new RegExp(`^${key}:[ \\t]*(.*)$`, 'm').exec(paragraph)?.[1]?.trim();
  const [found, state, source] = [field('Package'), field('Status'), field('Source')];
  const [release, arch] = [field('Version'), field('Architecture')];
  if (found === undefined || release === undefined || arch === undefined) return undefined;
  // records without a state are those of images that have no dpkg
  if (state !== undefined && !state.endsWith(' installed')) return undefined;
  if (!name.test(found) || !version.test(release) || !architecture.test(arch)) return undefined;
  const origin = source?.replace(/ .*$/, '');
  const isOther = origin !== undefined && origin !== found && name.test(origin);
  return { name: found, version: release, architecture: arch, ...(isOther ? { source: origin } : {}) };
}

/** Reads which system an os-release file names. */
export function readOsRelease(text: string): Pick<SystemContents, 'id' | 'version'> {
  const field = (key: string) => new RegExp(`^${key}="?([a-z0-9._-]{1,64})"?$`, 'm').exec(text)?.[1] ?? '';
  return { id: field('ID'), version: field('VERSION_ID') };
}
