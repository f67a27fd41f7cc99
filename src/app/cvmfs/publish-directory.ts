import { join } from 'node:path';
import { FarmError } from '../../core/farm-error.ts';
import type { FolderNode } from '../../cvmfs/catalog/node.ts';
import { type ByteText, byteTextOf, readableText } from '../../cvmfs/format/byte-text.ts';
import { buildSubtree } from '../../cvmfs/tree/build-subtree.ts';
import { scanDirectory } from '../../cvmfs/tree/scan-directory.ts';
import type { AppContext } from '../farm/open-farm.ts';
import {
  type ChangedTree,
  type RepositoryRequest,
  type RevisionResult,
  reviseRepository,
  type TreeChange,
} from './revise-repository.ts';

/** How much may be published at a time. */
export interface TransactionLimits {
  readonly fileBytes: number;
  readonly entries: number;
  readonly bytes: number;
}

/** A directory that is to be in a repository. */
export interface PublishDirectoryRequest extends RepositoryRequest {
  readonly directory: string;
  /** Where it is to be in the repository: `/`, or a path below. */
  readonly at: string;
  readonly tag?: string;
  /** Patterns of paths in the directory that are to have catalogs of their own. */
  readonly catalogs: readonly string[];
  readonly limits: TransactionLimits;
  /** Also when releases that the repository has would be gone. */
  readonly replace: boolean;
}

/** Makes a directory the content of a repository, or of a folder in it, as one revision.
 * @throws CVMFS_CONTENT_REFUSED, and what `reviseRepository` throws */
export async function publishDirectory(request: PublishDirectoryRequest, context: AppContext): Promise<RevisionResult> {
  const at = parsePlace(request.at);
  const change: TreeChange = async (setting) => {
    const { work, editor, repository } = setting;
    context.emit({ type: 'cvmfs.started', repository: repository.config.name, source: request.directory });
    const top = byteTextOf(request.directory);
    const source = scanDirectory(top, work.index, {
      ...request.limits,
      asked: matcher(request.catalogs),
      signal: context.signal,
    });
    const tag = tagOf(request);
    if (at !== '') {
      const mount = await buildSubtree(source, work, { path: at, top: 'catalog' });
      await (await editor()).put(at, mount);
      return tag;
    }
    const print = source.printOf(source.root);
    const key = `root ${print} ${request.catalogs.join(' ')}`;
    if (print !== undefined && work.index.catalogOf(key) === repository.manifest.root)
      return { ...tag, isUnchanged: true };
    if (!request.replace)
      await refuseToRemoveReleases(
        setting,
        source.root.folders.map(({ name }) => name),
      );
    const root = (await buildSubtree(source, work, { path: at, top: 'folder' })) as FolderNode;
    (await editor()).replace(root);
    return { ...tag, ...(print === undefined ? {} : { published: (hash) => work.index.rememberCatalog(key, hash) }) };
  };
  return await reviseRepository('binfarm cvmfs publish', request, { context, change });
}

function tagOf({ tag, directory }: PublishDirectoryRequest): Pick<ChangedTree, 'tag'> {
  return tag === undefined ? {} : { tag: { name: tag, description: `published from ${directory.split('/').at(-1)}` } };
}

/** The path of a place in a repository, without a slash at its end: empty for its root.
 * @throws PATH_UNSAFE */
export function parsePlace(text: string): ByteText {
  const parts = text.split('/').filter((part) => part !== '');
  const wrong = parts.find((part) => part === '.' || part === '..' || Buffer.byteLength(part) > 255);
  if (wrong === undefined) return parts.map((part) => `/${byteTextOf(part)}`).join('') as ByteText;
  throw new FarmError('PATH_UNSAFE', `Cannot publish at "${text}": "${wrong}" is no name of a folder`);
}

function matcher(patterns: readonly string[]): (path: ByteText) => boolean {
  if (patterns.length === 0) return () => false;
  const forms = patterns.map(
    (pattern) => new RegExp(`^/?${join('/', pattern).slice(1).split('*').map(escapeForm).join('[^/]*')}$`),
  );
  return (path) => forms.some((form) => form.test(readableText(path).slice(1)));
}

function escapeForm(text: string): string {
  return text.replace(/[.+?^${}()|[\]\\]/g, '\\$&');
}

async function refuseToRemoveReleases(
  { editor, repository }: Parameters<TreeChange>[0],
  names: readonly ByteText[],
): Promise<void> {
  const releases = await (await editor()).names('/releases' as ByteText);
  if (releases.length === 0 || names.includes('releases' as ByteText)) return;
  throw new FarmError(
    'CVMFS_CONTENT_REFUSED',
    `Cannot make a directory all that "${repository.config.name}" has: its releases ${releases.map(readableText).join(', ')} would be gone`,
    { hint: 'Publish it at a path of its own with --at, or say --replace' },
  );
}
