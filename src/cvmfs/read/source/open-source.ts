import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FarmError } from '../../../core/farm-error.ts';
import { openFolderSource } from './open-folder-source.ts';
import { openWebSource, type WebSourceOptions } from './open-web-source.ts';
import type { RepositorySource } from './repository-source.ts';

/** Opens a repository's files by an http(s) or file address, or by the path of a folder, which may be relative to `folder`.
 * @throws ARGUMENT_INVALID, CVMFS_UNSUPPORTED */
export function openSource(location: string, folder: string, options: WebSourceOptions): RepositorySource {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(location)) return openFolderSource(resolve(folder, location));
  const address = URL.canParse(location) ? new URL(location) : undefined;
  if (address?.protocol === 'file:') return openFolderSource(fileURLToPath(address));
  if (address === undefined || !['http:', 'https:'].includes(address.protocol)) {
    throw new FarmError('ARGUMENT_INVALID', `Cannot read "${location}": it is neither a folder nor an http(s) address`);
  }
  if (address.username !== '' || address.password !== '' || address.search !== '' || address.hash !== '') {
    throw new FarmError('ARGUMENT_INVALID', `Cannot read "${location}": an address has no user, "?" or "#" here`);
  }
  return openWebSource(address, options);
}
