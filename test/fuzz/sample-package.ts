import { digestOf } from '../../src/core/digest.ts';
import type { PackageEntry, PackageManifest } from '../../src/model/package-manifest.ts';
import { sampleDraft } from '../../src/package/sample-prefix.ts';

/** A package that is right in everything, to be made wrong: its manifest, and what its files hold. */
export interface SamplePackage {
  readonly manifest: PackageManifest;
  readonly contents: ReadonlyMap<string, Buffer>;
}

/** The root that the samples were built for. */
export const sampleRoot = '/binfarm'.padEnd(64, '/x');

/** Makes a package with every kind of entry and of relocation, and names that need pax headers; a large one has a file of several frames. */
export function makeSamplePackage(name: string, needs: readonly PackageManifest[] = [], large = false): SamplePackage {
  const draft = { ...sampleDraft(sampleRoot, name, needs), tests: [] };
  const root = `${sampleRoot}/store/${draft.storeName}`;
  const contents = new Map<string, Buffer>([
    [`bin/${name}`, Buffer.from(`#!${root}/bin/sh\nexec ${root}/lib/${name}\n`)],
    [`lib/${name}.so`, Buffer.from(`\x7fdata\0${root}/share/${name}\0${root}\0`, 'latin1')],
    [`share/${name}/empty`, Buffer.alloc(0)],
    [`share/${name}/text`, Buffer.from(`the text of ${name}\n`)],
    [`share/${name}/${'long '.repeat(25)}ä`, Buffer.from('a name that needs a pax header\n')],
    ...(large ? [[`share/${name}/wide`, Buffer.alloc((4 << 20) + 4096, name)] as const] : []),
  ]);
  const entries: PackageEntry[] = [
    ...['bin', 'lib', 'share', `share/${name}`].map((path): PackageEntry => ({ path, type: 'directory', mode: 0o755 })),
    ...[...contents].map(([path, bytes]): PackageEntry => {
      return {
        path,
        type: 'file',
        mode: path.startsWith('bin') ? 0o755 : 0o644,
        size: bytes.length,
        digest: digestOf(bytes),
      };
    }),
    { path: `lib/${name}`, type: 'symlink', target: `${name}.so` },
    { path: `lib/${name}.so.1`, type: 'hardlink', target: `lib/${name}.so` },
    { path: `share/${name}/there`, type: 'symlink', target: `${sampleRoot}/store` },
  ];
  entries.sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
  const offsetsIn = (path: string) => occurrences(contents.get(path)!, Buffer.from(sampleRoot));
  const manifest: PackageManifest = {
    ...draft,
    entries,
    relocations: [
      { path: `bin/${name}`, kind: 'text', offsets: offsetsIn(`bin/${name}`) },
      { path: `lib/${name}.so`, kind: 'binary', offsets: offsetsIn(`lib/${name}.so`) },
      { path: `share/${name}/there`, kind: 'symlink', offsets: [0] },
    ],
    notRelocatable: [],
    elf: [{ path: `lib/${name}.so`, soname: `${name}.so`, needed: ['libc.so.6'], glibc: '2.4' }],
  };
  return { manifest, contents };
}

function occurrences(bytes: Buffer, text: Buffer): number[] {
  const found: number[] = [];
  for (let at = bytes.indexOf(text); at >= 0; at = bytes.indexOf(text, at + text.length)) found.push(at);
  return found;
}
