import { FarmError } from '../../core/farm-error.ts';
import { type ByteText, byteTextOf, joinBytes, readableText } from '../../cvmfs/format/byte-text.ts';
import type { TreeEditor } from '../../cvmfs/revision/edit-tree.ts';
import type { RevisionWork } from '../../cvmfs/revision/revision-work.ts';
import { nearestName } from '../../model/did-you-mean.ts';
import { parseRelease } from '../../model/release.ts';
import type { AppContext } from '../farm/open-farm.ts';
import { releasePlaces } from './publish-release.ts';
import { releaseFile } from './release-views.ts';
import { type RepositoryRequest, type RevisionResult, reviseRepository } from './revise-repository.ts';

const largestList = 64 << 20;

/** Takes a release out of a repository, with the packages that no other release there needs, as one revision. What earlier revisions have stays.
 * @throws RELEASE_NOT_FOUND; CVMFS_CONTENT_REFUSED when `latest` leads to it; and what `reviseRepository` throws */
export async function removePublishedRelease(
  request: RepositoryRequest & { readonly release: string },
  context: AppContext,
): Promise<RevisionResult & { readonly removed: readonly string[] }> {
  const removed: string[] = [];
  const result = await reviseRepository('binfarm cvmfs remove', request, {
    context,
    change: async ({ editor, work }) => {
      const tree = await editor();
      const names = (await tree.names(releasePlaces.releases))
        .map(readableText)
        .filter((name) => !name.startsWith('.'));
      if (!names.includes(request.release)) throw notThere(request.release, names);
      await refuseLatest(request.release, tree);
      const others = names.filter((name) => name !== request.release);
      const needed = new Set((await Promise.all(others.map((name) => packagesOf(name, tree, work)))).flat());
      const own = await packagesOf(request.release, tree, work);
      for (const item of own.filter((name) => !needed.has(name)))
        if (await tree.remove(joinBytes(releasePlaces.store, byteTextOf(item)))) removed.push(item);
      await tree.remove(placeOf(request.release));
      return {};
    },
  });
  return { ...result, removed };
}

function placeOf(name: string): ByteText {
  return joinBytes(releasePlaces.releases, byteTextOf(name));
}

async function refuseLatest(name: string, tree: TreeEditor): Promise<void> {
  const latest = await tree.find(releasePlaces.latest);
  if (latest?.kind !== 'symlink' || latest.target !== `releases/${name}`) return;
  throw new FarmError('CVMFS_CONTENT_REFUSED', `Cannot remove release "${name}": latest leads to it`, {
    hint: 'Publish another release first: binfarm cvmfs publish RELEASE',
  });
}

async function packagesOf(name: string, tree: TreeEditor, work: RevisionWork): Promise<readonly string[]> {
  const node = await tree.find(joinBytes(placeOf(name), releaseFile));
  const value: unknown =
    node?.kind === 'file' ? JSON.parse((await work.readBytes(node.content, largestList)).toString()) : undefined;
  const parsed = parseRelease(value);
  if ('release' in parsed)
    return Object.values(parsed.release.platforms).flatMap(({ packages }) => Object.keys(packages));
  throw new FarmError('CVMFS_INVALID', `Cannot tell what release "${name}" in the repository needs: ${parsed.problem}`);
}

function notThere(name: string, names: readonly string[]): FarmError {
  const near = nearestName(name, names);
  return new FarmError('RELEASE_NOT_FOUND', `Cannot remove release "${name}": the repository does not have it`, {
    hint: near === undefined ? `It has ${names.join(', ') || 'none'}` : `Did you mean "${near}"?`,
  });
}
