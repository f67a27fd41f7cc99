import { FarmError } from '../../core/farm-error.ts';
import type { LayerEntry } from '../../image/oci/write-tree-layer.ts';
import type { Farm } from '../farm/open-farm.ts';
import { type ImageSubject, loginEntries, type TopLayer, viewPathOf } from './top-layer.ts';

/** Where a release for a platform is in a CVMFS repository, as `binfarm cvmfs publish` lays it out: set-up scripts and `view`. */
export function cvmfsPathOf(
  repository: string,
  { release, platform }: Pick<ImageSubject, 'release' | 'platform'>,
): string {
  return `/cvmfs/${repository}/releases/${release}/${platform}`;
}

/** Makes what an image has that leaves the packages in CVMFS: a link in place of the view, the mount point, and set-up for login shells.
 * @throws STACK_INVALID when the stack names no repository */
export function composeThinTop(subject: ImageSubject, { stack }: Farm): TopLayer {
  const repository = stack.publish.cvmfs?.repository;
  if (repository === undefined) {
    throw new FarmError('STACK_INVALID', 'Cannot make a thin image: binfarm.yaml names no CVMFS repository', {
      hint: 'publish: { cvmfs: { repository: nova.example.org } }',
    });
  }
  const area = cvmfsPathOf(repository, subject);
  const view = viewPathOf(subject.farm);
  const entries: readonly LayerEntry[] = [
    { path: view.slice(1), type: 'symlink', target: `${area}/view` },
    { path: `cvmfs/${repository}`, type: 'directory', mode: 0o755 },
    ...loginEntries(subject.farm, area),
  ];
  return { entries, variables: { BINFARM_AREA: area, PATH: `${view}/bin` }, conflicts: [] };
}
