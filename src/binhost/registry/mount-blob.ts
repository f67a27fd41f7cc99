import type { Digest } from '../../core/digest-text.ts';
import { ask, type RegistryPlace, repositoryUrl, scopesFor } from './registry-client.ts';

/** Makes a blob of another repository of the registry one of this; false when the registry would rather be sent it. `from` is the repository's full name. */
export async function mountBlob(
  place: RegistryPlace,
  repository: string,
  digest: Digest,
  from: string,
): Promise<boolean> {
  const url = repositoryUrl(place, repository, 'blobs/uploads/');
  url.searchParams.set('mount', digest);
  url.searchParams.set('from', from);
  const own = scopesFor(place, repository, true);
  const scopes = [...own, `repository:${from}:pull`];
  const answers = [201, 202, 400, 401, 403, 404, 405];
  const { status, headers, url: asked } = await ask(place, { method: 'POST', url, body: '', scopes, answers });
  const location = headers.get('location');
  if (status === 202 && location !== null && URL.canParse(location, asked.href)) {
    // It has opened an upload instead; one that cannot be cancelled is forgotten by the registry in time.
    const request = {
      method: 'DELETE',
      url: new URL(location, asked),
      scopes: own,
      answers: [200, 202, 204, 404],
    } as const;
    await place.client.open(request).then(
      (answer) => answer.discard(),
      () => {},
    );
  }
  return status === 201;
}
