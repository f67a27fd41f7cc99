import { digestOf } from '../../core/digest.ts';
import type { BuildHash, PackageName } from '../../model/names.ts';
import type { PackageManifest } from '../../model/package-manifest.ts';
import type { ContainedPackage, ImageContents } from './image-contents.ts';

/** A package for tests of what describes images. */
export function samplePackage(
  name: string,
  change: Partial<PackageManifest> = {},
  needs: readonly string[] = [],
): ContainedPackage {
  const storeName = `${name}-1.0-${'0'.repeat(20)}`;
  const manifest: PackageManifest = {
    format: 'binfarm.package/1',
    name: name as PackageName,
    version: '1.0',
    variants: {},
    platform: 'x86_64-debian12-gcc12-opt',
    buildHash: '0'.repeat(64) as BuildHash,
    storeName,
    root: '/binfarm/root',
    summary: 'A sample',
    homepage: 'https://example.org',
    license: 'MIT',
    category: 'test',
    dependencies: [],
    entries: [{ path: 'a', type: 'file', mode: 0o644, size: 1, digest: digestOf('a') }],
    relocations: [],
    notRelocatable: [],
    elf: [],
    tests: [],
    provenance: {
      plan: digestOf(`plan of ${name}`),
      sources: [{ file: `${name}_1.0+ds.tar.gz`, digest: digestOf(`source of ${name}`) }],
      base: 'debian12',
      buildTools: [{ name: 'cmake', version: '3.25', from: 'base' }],
    },
    ...change,
  };
  return { storeName, digest: digestOf(name), diffId: digestOf(`tar of ${name}`), manifest, needs };
}

/** The contents of an image for tests: two packages on Debian. */
export function sampleContents(change: Partial<ImageContents> = {}): ImageContents {
  const alpha = samplePackage('alpha');
  return {
    farm: 'tiny',
    image: 'tiny/full',
    release: '2026.1',
    releaseDigest: digestOf('release'),
    platform: 'x86_64-debian12-gcc12-opt',
    created: '2026-01-02T03:04:05Z',
    packages: [alpha, samplePackage('beta_c++', { license: 'MIT AND Home-Made' }, [alpha.storeName])],
    base: {
      name: 'debian12',
      digest: digestOf('base'),
      system: {
        id: 'debian',
        version: '12',
        packages: [
          { name: 'libc6', version: '2.36-9+deb12u7', architecture: 'amd64', source: 'glibc' },
          { name: 'libstdc++6', version: '12.2.0-14', architecture: 'amd64', source: 'gcc-12' },
        ],
      },
    },
    ...change,
  };
}
