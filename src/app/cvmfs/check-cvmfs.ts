import { type CheckRequest, type CheckResult, checkRepository } from '../../cvmfs/read/check/check-repository.ts';
import type { AppContext } from '../farm/open-farm.ts';
import { type RepositoryChoice, resolveChoice } from './with-repository.ts';

/** Checks a CVMFS repository, from its signatures down to every object; what is wrong is in the result.
 * @throws KEY_INVALID, CVMFS_NOT_FOUND, CVMFS_UNAVAILABLE, ARGUMENT_INVALID, DISK_FULL */
export async function checkCvmfs(
  request: Omit<RepositoryChoice, 'tag'> & Pick<CheckRequest, 'objects' | 'tags'>,
  { emit, signal }: AppContext,
): Promise<CheckResult> {
  const { objects, tags } = request;
  return await checkRepository({ ...(await resolveChoice(request)), objects, tags }, { emit, signal });
}
