import type { Digest } from '../../core/digest-text.ts';
import { ociTypes } from '../oci-types.ts';
import type { WebClient, WebRequest } from '../web/web-client.ts';

/** One registry, and where in it a binhost's repositories are. */
export interface RegistryPlace {
  readonly client: WebClient;
  /** The address of the registry, without a path. */
  readonly base: URL;
  /** What stands before every repository: empty, or with a slash at its end. */
  readonly prefix: string;
}

/** Every type of manifest that a tag can lead to; a registry says 404 to who does not name its type. */
export const manifestTypes = [
  ociTypes.manifest,
  ociTypes.index,
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
].join(', ');

/** The address of something in a repository: `manifests/latest`, `blobs/sha256:...`. */
export function repositoryUrl({ base, prefix }: RegistryPlace, repository: string, rest: string): URL {
  return new URL(`/v2/${prefix}${repository}/${rest}`, base);
}

/** What a request needs to be allowed (Docker Registry v2 authentication, "Requesting a Token"). */
export function scopesFor({ prefix }: RegistryPlace, repository: string, write: boolean): readonly string[] {
  return [`repository:${prefix}${repository}:${write ? 'pull,push' : 'pull'}`];
}

/** Makes a request of which only the status and the headers matter. */
export async function ask(
  { client }: RegistryPlace,
  request: WebRequest,
): Promise<{ status: number; headers: Headers; url: URL }> {
  return await client.send(request, async (answer) => {
    await answer.discard();
    return { status: answer.status, headers: answer.headers, url: answer.url };
  });
}

/** The size of a blob that the registry has; with `write` asked in a way that lets an upload which follows use the same token. */
export async function sizeOfRemoteBlob(
  place: RegistryPlace,
  repository: string,
  digest: Digest,
  write = false,
): Promise<number | undefined> {
  const { status, headers } = await ask(place, {
    method: 'HEAD',
    url: repositoryUrl(place, repository, `blobs/${digest}`),
    scopes: scopesFor(place, repository, write),
    answers: [200, 404],
  });
  const length = headers.get('content-length');
  return status === 200 && length !== null ? Number(length) : undefined;
}
