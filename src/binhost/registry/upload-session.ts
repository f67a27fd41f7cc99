import type { Digest } from '../../core/digest-text.ts';
import type { WebAnswer, WebRequest } from '../web/web-client.ts';
import { WebProblem } from '../web/web-problem.ts';
import { type RegistryPlace, repositoryUrl, scopesFor } from './registry-client.ts';

/** A blob on its way to a repository. */
export interface Upload {
  readonly place: RegistryPlace;
  readonly repository: string;
  readonly blob: Blob;
  readonly digest: Digest;
}

/** Opens an upload and gives the address that it goes to.
 * @throws WebProblem */
export async function startUpload({ place, repository }: Upload): Promise<URL> {
  const url = repositoryUrl(place, repository, 'blobs/uploads/');
  const scopes = scopesFor(place, repository, true);
  const answer = await place.client.open({ method: 'POST', url, body: '', scopes, answers: [202] });
  await answer.discard();
  return locationOf(answer);
}

/** Ends an upload, with the whole blob or with nothing more; the registry compares what it has with the digest.
 * @throws WebProblem */
export async function closeUpload(
  { place, repository, digest }: Upload,
  location: URL,
  body: Blob | string,
): Promise<void> {
  const url = new URL(location);
  url.searchParams.set('digest', digest);
  const request: WebRequest = {
    method: 'PUT',
    url,
    headers: { 'content-type': 'application/octet-stream' },
    body,
    scopes: scopesFor(place, repository, true),
    answers: [200, 201, 202, 204],
  };
  try {
    await (await place.client.open(request)).discard();
  } catch (error) {
    // Bytes that were changed on the way, and uploads that it forgot, are worth beginning anew: the file itself is right.
    if (
      error instanceof WebProblem &&
      (error.status === 404 || (error.status === 400 && /DIGEST|SIZE/.test(error.message)))
    ) {
      throw new WebProblem('passing', error.message, { cause: error });
    }
    throw error;
  }
}

/** Where an upload goes on: the address may be relative, on another server, and have a query of its own.
 * @throws WebProblem when there is none */
export function locationOf({ headers, url }: WebAnswer): URL {
  const location = headers.get('location');
  if (location === null || !URL.canParse(location, url.href))
    throw new WebProblem('passing', 'it does not say where to upload');
  return new URL(location, url);
}
