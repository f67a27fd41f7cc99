import { join } from 'node:path';
import { copyPackages } from '../../binhost/copy-packages.ts';
import type { Release } from '../../model/release.ts';
import { verifyStored } from '../build/find-package.ts';
import type { AppContext } from '../farm/open-farm.ts';
import type { ReleaseSetting } from './with-releases.ts';

/** Copies to the farm's own binhost the packages of a release that only its other binhosts have, so that whoever installs the release needs one address, and none of those can spoil it by
 * removing something. What is in no binhost is left for the verification to tell.
 * @throws KEY_UNKNOWN, KEY_REVOKED, SIGNATURE_INVALID for a package that is not to be believed; PACKAGE_DAMAGED, BINHOST_UNSUPPORTED, BINHOST_UNAVAILABLE, DISK_FULL */
export async function gatherPackages(
  release: Pick<Release, 'platforms'>,
  { farm, binhost, own, trusted }: ReleaseSetting,
  { emit, signal }: AppContext,
): Promise<void> {
  const packages = Object.values(release.platforms).flatMap((platform) => Object.values(platform.packages));
  const references = [...new Map(packages.map(({ name, buildHash }) => [buildHash, { name, buildHash }])).values()];
  const { failed } = await copyPackages(binhost, own, references, {
    emit: (event) => {
      if (event.type !== 'binhost.planned' || event.packages > 0) emit(event);
    },
    signal,
    ...(own.spool === undefined ? { spool: join(farm.settings.cache, 'incoming') } : {}),
    accept: (stored) => {
      const keys = binhost.keysOf(stored.location);
      verifyStored(stored, keys === undefined ? trusted : trusted.filter(({ id }) => keys.includes(id)));
    },
  });
  if (failed[0] !== undefined) throw failed[0].error;
}
