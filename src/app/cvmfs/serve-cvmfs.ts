import { resolve } from 'node:path';
import { type Served, type ServeRequest, serveFolder } from '../../cvmfs/read/serve/serve-folder.ts';
import type { AppContext } from '../farm/open-farm.ts';

/** Serves a repository, or a folder of them, until it is told to stop.
 * @throws CVMFS_NOT_FOUND, ARGUMENT_INVALID when the address is taken */
export async function serveCvmfs(
  { workingFolder, folder, ...where }: ServeRequest & { readonly workingFolder: string },
  { emit, signal }: AppContext,
): Promise<Served> {
  return await serveFolder({ ...where, folder: resolve(workingFolder, folder) }, { emit, signal });
}
