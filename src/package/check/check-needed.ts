import { lstatSync } from 'node:fs';
import { join, posix } from 'node:path';
import type { ByteSource } from '../byte-source.ts';
import { planSearchPathEdit } from '../elf/edit-search-path.ts';
import { readDynamic } from '../elf/read-dynamic.ts';
import { readElf } from '../elf/read-elf.ts';
import type { PrefixContext } from './check-prefix.ts';

/** The libraries that every platform's base has for C, C++ and Fortran: glibc's own parts and the compilers' run time. Nothing else may come from the machine. */
export const baseLibraries: readonly (string | RegExp)[] = [
  /^ld-linux(-[a-z0-9_-]+)?\.so\.\d+$/,
  /^ld64\.so\.\d+$/,
  'libc.so.6',
  'libm.so.6',
  'libmvec.so.1',
  'libpthread.so.0',
  'libdl.so.2',
  'librt.so.1',
  'libutil.so.1',
  'libresolv.so.2',
  'libgcc_s.so.1',
  'libstdc++.so.6',
  'libgfortran.so.5',
  'libquadmath.so.0',
  'libgomp.so.1',
  'libatomic.so.1',
];

/** A file of a prefix that is being checked. */
export interface CheckedFile {
  readonly prefix: string;
  readonly path: string;
  readonly context: PrefixContext;
}

/** Finds the libraries that a program or library of a prefix needs and that would not be found when it is used: neither by the search path that it gets when it is packed, nor in the base. */
export function findMissingLibraries(source: ByteSource, place: CheckedFile): string[] {
  const elf = readElf(source);
  const dynamic = elf === undefined ? undefined : readDynamic(source, elf);
  if (elf === undefined || dynamic === undefined) return [];
  const { context, path } = place;
  const { searchPath } = planSearchPathEdit(
    source,
    { elf, dynamic },
    { root: context.root, storeName: context.storeName, path, dependencies: new Set(context.dependencies.keys()) },
  );
  const base = context.baseLibraries ?? baseLibraries;
  return dynamic.needed.filter((name) => {
    if (base.some((one) => (typeof one === 'string' ? one === name : one.test(name)))) return false;
    if (name.includes('/')) return !existsInStore(name, place);
    return !searchPath.some((folder) => existsInStore(`${expandOrigin(folder, place)}/${name}`, place));
  });
}

function expandOrigin(folder: string, { context, path }: CheckedFile): string {
  const origin = posix.dirname(`${context.root}/store/${context.storeName}/${path}`);
  return folder.replace(/^\$(ORIGIN|\{ORIGIN\})/, origin);
}

/** True when a path of the build's store exists where its package lies on this machine. A link counts whatever it points at: dangling ones are found elsewhere. */
function existsInStore(path: string, { prefix, context }: CheckedFile): boolean {
  const normal = posix.normalize(path);
  const store = `${context.root}/store/`;
  if (!normal.startsWith(store)) return false;
  const [storeName, ...rest] = normal.slice(store.length).split('/');
  const folder = storeName === context.storeName ? prefix : context.dependencies.get(storeName ?? '');
  if (folder === undefined || rest.length === 0) return false;
  return lstatSync(join(folder, ...rest), { throwIfNoEntry: false }) !== undefined;
}
