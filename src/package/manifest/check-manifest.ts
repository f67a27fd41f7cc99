import { digestOf } from '../../core/digest.ts';
import type { PackageEntry, PackageManifest, PackageRelocation } from '../../model/package-manifest.ts';
import { comparePaths } from './safe-path.ts';

const emptyDigest = digestOf('');

/** Checks the rules between the parts of a manifest that has the right shape: what makes unpacking safe and its result the one that was packed.
 * Gives the first rule that is broken, in words, or undefined. */
export function checkManifest(manifest: PackageManifest): string | undefined {
  const entries = new Map<string, PackageEntry>();
  return (
    checkIdentity(manifest) ??
    checkEntries(manifest.entries, entries) ??
    checkRelocations(manifest, entries) ??
    checkMentions(manifest, entries)
  );
}

function checkIdentity(manifest: PackageManifest): string | undefined {
  const { storeName, name, buildHash } = manifest;
  if (!storeName.startsWith(`${name}-`) || !storeName.endsWith(`-${buildHash.slice(0, 20)}`)) {
    return `its folder in the store, "${storeName}", is not named after its name and build hash`;
  }
  return undefined;
}

function checkEntries(list: readonly PackageEntry[], entries: Map<string, PackageEntry>): string | undefined {
  let last = '';
  for (const entry of list) {
    if (last !== '' && comparePaths(last, entry.path) >= 0) return `"${entry.path}" is twice in it or out of order`;
    last = entry.path;
    const slash = entry.path.lastIndexOf('/');
    // Every folder is listed before what is in it; so nothing can lie below a symbolic link.
    if (slash >= 0 && entries.get(entry.path.slice(0, slash))?.type !== 'directory') {
      return `"${entry.path}" lies in something that is not one of its folders`;
    }
    if (entry.type === 'hardlink' && entries.get(entry.target)?.type !== 'file') {
      return `"${entry.path}" is a hard link to "${entry.target}", which is no file before it`;
    }
    if (entry.type === 'file' && entry.size === 0 && entry.digest !== emptyDigest) {
      return `"${entry.path}" is empty and has the digest of something else`;
    }
    entries.set(entry.path, entry);
  }
  return undefined;
}

function checkRelocations(manifest: PackageManifest, entries: ReadonlyMap<string, PackageEntry>): string | undefined {
  const rootSize = Buffer.byteLength(manifest.root);
  let last = '';
  for (const relocation of manifest.relocations) {
    if (last !== '' && comparePaths(last, relocation.path) >= 0)
      return `"${relocation.path}" is relocated out of order`;
    last = relocation.path;
    const entry = entries.get(relocation.path);
    const right =
      relocation.kind === 'symlink'
        ? entry?.type === 'symlink' && entry.target.startsWith(manifest.root) && isOnlyStart(relocation)
        : entry?.type === 'file' && areApart(relocation.offsets, rootSize, entry.size);
    if (!right) return `the relocation of "${relocation.path}" does not fit it`;
  }
  return undefined;
}

function isOnlyStart(relocation: PackageRelocation): boolean {
  return relocation.offsets.length === 1 && relocation.offsets[0] === 0;
}

function areApart(offsets: readonly number[], length: number, size: number): boolean {
  let end = 0;
  for (const offset of offsets) {
    if (offset < end) return false;
    end = offset + length;
  }
  return end <= size;
}

function checkMentions(manifest: PackageManifest, entries: ReadonlyMap<string, PackageEntry>): string | undefined {
  for (const { path } of manifest.elf) {
    if (entries.get(path)?.type !== 'file') return `"${path}" is described as ELF and is no file`;
  }
  for (const { path } of manifest.notRelocatable) {
    if (!entries.has(path)) return `"${path}" is called not relocatable and is no entry`;
  }
  return undefined;
}
