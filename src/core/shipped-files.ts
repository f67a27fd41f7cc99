import { hash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { getAsset, isSea } from 'node:sea';
import { pathToFileURL } from 'node:url';
import { type ResourceLimits, Worker } from 'node:worker_threads';
import { translateFileError } from './translate-file-error.ts';
import { userCacheFolder } from './user-cache-folder.ts';

/** What `script/make-executable` puts into the single executable: by path in the checkout, the file's bytes in base64 and its mode. */
export type ShippedFiles = Readonly<Record<string, { readonly base64: string; readonly mode: number }>>;

/** The name of the asset that has the shipped files. */
export const shippedFilesAsset = 'files.json';

/** True in the single executable, where binfarm's own files are no files of the machine. */
export const isExecutable: boolean = isSea();

/** The folder that stands for the checkout. In the single executable it is one of the user's cache, named by what is in it. */
const top = isExecutable
  ? join(userCacheFolder(process.env), 'executable', assetName())
  : join(import.meta.dirname, '../..');

/** Where a file or folder that ships with binfarm lies, by its path in the checkout; what is to be read there needs `unpackShippedFiles` first. */
export function shippedPath(path: string): string {
  return join(top, path);
}

/** The address of a module that ships with binfarm and is imported by other code than binfarm's own, by its path in the checkout without its extension. */
export function shippedModule(path: string): string {
  const extension = isExecutable ? '.js' : import.meta.url.slice(import.meta.url.lastIndexOf('.'));
  return pathToFileURL(shippedPath(`${path}${extension}`)).href;
}

/** Reads a text file that ships with binfarm; nothing is unpacked for it. */
export function readShippedFile(path: string): string {
  if (!isExecutable) return readFileSync(shippedPath(path), 'utf8');
  return Buffer.from(readAssets()[path]!.base64, 'base64').toString('utf8');
}

/** Makes what ships with binfarm files of this machine, for programs other than this one; does nothing where they are files already.
 * @throws DISK_FULL, PERMISSION_DENIED */
export function unpackShippedFiles(): void {
  if (!isExecutable || existsSync(top)) return;
  const temporary = `${top}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    for (const [path, { base64, mode }] of Object.entries(readAssets())) {
      mkdirSync(dirname(join(temporary, path)), { recursive: true });
      writeFileSync(join(temporary, path), Buffer.from(base64, 'base64'), { mode });
    }
    renameSync(temporary, top);
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true });
    if (!existsSync(top)) throw translateFileError(error, 'unpack', top); // else another process was faster
  }
}

/** Starts a thread of a module that ships with binfarm, by its path in the checkout without its extension.
 * @param resourceLimits how much memory its heap may take, for those that are many */
export function startThread(module: string, resourceLimits: ResourceLimits = {}): Worker {
  return isExecutable
    ? new Worker(getAsset(`${module}.js`, 'utf8'), { eval: true, resourceLimits })
    : new Worker(new URL(shippedModule(module)), { resourceLimits });
}

function readAssets(): ShippedFiles {
  return JSON.parse(getAsset(shippedFilesAsset, 'utf8')) as ShippedFiles;
}

function assetName(): string {
  return hash('sha256', getAsset(shippedFilesAsset, 'utf8')).slice(0, 16);
}
