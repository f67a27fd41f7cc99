import { formatObjectHash } from '../../cvmfs/read/format/object-hash.ts';
import { readHistory } from '../../cvmfs/read/open-history.ts';
import type { AppContext } from '../farm/open-farm.ts';
import { type RepositoryChoice, withRepository } from './with-repository.ts';

/** What a client would know of a repository once it has mounted it. */
export interface MountFacts {
  readonly location: string;
  readonly name: string;
  readonly revision: number;
  readonly rootHash: string;
  /** ISO 8601, like all times here. */
  readonly published: string;
  /** Seconds after which clients look for the next revision. */
  readonly ttl: number;
  readonly whitelistExpires: string;
  /** Of the certificate that the manifest was signed by. */
  readonly fingerprint: string;
  readonly garbageCollected: boolean;
  readonly tags: readonly {
    readonly name: string;
    readonly revision: number;
    readonly published: string;
    readonly description: string;
  }[];
}

/** Does what a client does when it mounts a repository, and tells what it has found.
 * @throws what `openRepository` throws */
export async function describeMount(request: RepositoryChoice, context: AppContext): Promise<MountFacts> {
  return await withRepository(request, context, async (repository) => {
    const { trust, source, revision, root } = repository;
    const { manifest, whitelist, certificate } = trust;
    await repository.catalog(root);
    const { tags } = await readHistory(repository, manifest);
    return {
      location: source.location,
      name: manifest.name,
      revision,
      rootHash: formatObjectHash(root.hash),
      published: isoTime(manifest.published * 1000),
      ttl: manifest.ttl,
      whitelistExpires: isoTime(whitelist.expires),
      fingerprint: certificate.x509.fingerprint,
      garbageCollected: manifest.garbageCollected,
      tags: tags.map(({ name, revision: number, timestamp, description }) => {
        return { name, revision: number, published: isoTime(timestamp * 1000), description };
      }),
    };
  });
}

function isoTime(milliseconds: number): string {
  const time = new Date(milliseconds);
  return Number.isNaN(time.getTime()) ? `${milliseconds / 1000} s` : time.toISOString().replace('.000Z', 'Z');
}
