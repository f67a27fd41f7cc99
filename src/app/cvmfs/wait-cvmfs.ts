import { type Shown, type WaitRequest, waitForRevision } from '../../cvmfs/read/wait-for-revision.ts';
import type { AppContext } from '../farm/open-farm.ts';
import { type RepositoryChoice, resolveChoice } from './with-repository.ts';

/** Waits until a server shows a revision of a repository, or a later one, verified.
 * @throws KEY_INVALID, CVMFS_UNAVAILABLE when the time is over, SIGNATURE_INVALID, WHITELIST_EXPIRED, KEY_UNKNOWN */
export async function waitCvmfs(
  request: Omit<RepositoryChoice, 'tag'> & Pick<WaitRequest, 'revision' | 'everySeconds' | 'timeoutSeconds'>,
  { emit, signal }: AppContext,
): Promise<Shown> {
  const { revision, everySeconds, timeoutSeconds } = request;
  return await waitForRevision(
    { ...(await resolveChoice(request)), revision, everySeconds, timeoutSeconds },
    { emit, signal },
  );
}
