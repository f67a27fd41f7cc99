import { FarmError } from '../../core/farm-error.ts';
import { headTags, type Tag } from '../catalog/history.ts';
import { readTotals } from '../catalog/read-catalog.ts';
import { type ContentHash, isContentHash, noHash } from '../format/content-hash.ts';
import type { Repository } from './open-repository.ts';
import type { RevisionWork } from './revision-work.ts';

/** A revision of a repository. */
export interface Revision {
  readonly revision: number;
  /** Of its root catalog. */
  readonly root: ContentHash;
  /** Seconds since 1970. */
  readonly time: number;
  readonly tags: readonly string[];
}

type Reader = Pick<RevisionWork, 'readDatabase' | 'hasObject'>;

/** The revisions of a repository, the newest first, as far back as their root catalogs are there. */
export async function* listRevisions(repository: Repository, reader: Reader): AsyncGenerator<Revision> {
  const { manifest, tags } = repository;
  let root: ContentHash = manifest.root;
  while (
    root !== noHash &&
    (root === manifest.root || (await reader.hasObject(`${root.slice(0, 2)}/${root.slice(2)}C`)))
  ) {
    const { properties } = readTotals(await reader.readDatabase(root, 'C'));
    const own = root;
    yield {
      revision: Number(properties.revision ?? 0),
      root,
      time: Number(properties.last_modified ?? 0),
      tags: tags.filter(({ hash, name }) => hash === own && !isHead(name)).map(({ name }) => name),
    };
    const previous = properties.previous_revision ?? '';
    root = isContentHash(previous) ? previous : noHash;
  }
}

function isHead(name: string): boolean {
  return name === headTags.now || name === headTags.before;
}

/** Finds a revision by its number, or by a tag.
 * @throws CVMFS_REVISION_UNKNOWN */
export async function findRevision(
  text: string,
  repository: Repository,
  reader: Reader,
): Promise<Pick<Tag, 'hash' | 'revision'>> {
  const tag = repository.tags.find(({ name }) => name === text);
  if (tag !== undefined) return tag;
  if (/^\d{1,15}$/.test(text)) {
    for await (const { revision, root } of listRevisions(repository, reader)) {
      if (revision === Number(text)) return { hash: root, revision };
      if (revision < Number(text)) break;
    }
  }
  throw new FarmError(
    'CVMFS_REVISION_UNKNOWN',
    `Cannot find revision "${text}": there is neither such a number nor such a tag`,
    {
      hint: 'binfarm cvmfs log shows what there is',
    },
  );
}

/** Checks the name of a tag.
 * @throws NAME_INVALID */
export function parseTagName(text: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._/-]{0,254}$/.test(text) && !isHead(text) && !/^\d+$/.test(text)) return text;
  throw new FarmError(
    'NAME_INVALID',
    `Cannot use "${text}" as a tag: it is a number, a name of binfarm’s own, or has other characters`,
    {
      hint: 'A tag has letters, digits, ".", "_", "-" and "/", and is not a number alone',
    },
  );
}
