import type { Digest } from '../../core/digest-text.ts';
import type { ContainedPackage, SystemContents, SystemPackage } from './image-contents.ts';

/** Makes package URLs, by which scanners know packages (Package URL specification). */
export interface PackageUrls {
  readonly ofPackage: (item: ContainedPackage) => string;
  readonly ofSystemPackage: (item: SystemPackage, system: SystemContents) => string;
  readonly ofSource: (source: { readonly file: string; readonly digest: Digest }) => string;
}

/** Loads what makes package URLs; only commands that describe images need it. */
export async function loadPackageUrls(): Promise<PackageUrls> {
  const { PackageURL } = await import('packageurl-js');
  const format = (type: string, parts: { namespace?: string; name: string; version?: string }, about: object) =>
    new PackageURL(
      type,
      parts.namespace,
      parts.name,
      parts.version,
      about as Record<string, string>,
      undefined,
    ).toString();
  return {
    ofPackage: ({ manifest, digest }) =>
      format('generic', { name: manifest.name, version: manifest.version }, { checksum: digest }),
    ofSystemPackage: ({ name, version, architecture }, { id, version: release }) => {
      const namespace = id === '' ? 'debian' : id;
      const distro = release === '' ? {} : { distro: `${namespace}-${release}` };
      return format('deb', { namespace, name, version }, { arch: architecture, ...distro });
    },
    ofSource: ({ file, digest }) => format('generic', { name: file }, { checksum: digest }),
  };
}
