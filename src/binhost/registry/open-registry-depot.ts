import { digestOf } from '../../core/digest.ts';
import { type Digest, isDigest } from '../../core/digest-text.ts';
import { FarmError } from '../../core/farm-error.ts';
import type { Depot } from '../depot.ts';
import { createQueue } from '../in-turn.ts';
import { largestManifest, ociTypes } from '../oci-types.ts';
import { streamBlob } from '../web/stream-blob.ts';
import { readBytes } from '../web/web-client.ts';
import { WebProblem } from '../web/web-problem.ts';
import { listPages } from './list-pages.ts';
import { mountBlob } from './mount-blob.ts';
import {
  ask,
  manifestTypes,
  type RegistryPlace,
  repositoryUrl,
  scopesFor,
  sizeOfRemoteBlob,
} from './registry-client.ts';
import { type UploadLimits, uploadBlob } from './upload-blob.ts';

/** Makes a depot of an OCI registry (OCI distribution specification 1.1). It does not list repositories where the registry does not, and leaves unused blobs to the
 * registry's own garbage collection. */
export function openRegistryDepot(place: RegistryPlace, limits: UploadLimits): Depot {
  const { client, prefix, base } = place;
  const { location } = client;
  const inTurn = createQueue();
  const readManifest = (repository: string, reference: string) => fetchManifest(place, repository, reference);

  return {
    location,
    registry: { address: base.origin, prefix },
    readManifest,
    writeManifest: async (repository, tag, { mediaType, text }, expected) => {
      const current = await readManifest(repository, tag);
      if ((current === undefined ? undefined : digestOf(current)) !== expected) return false;
      await ask(place, {
        method: 'PUT',
        url: repositoryUrl(place, repository, `manifests/${tag}`),
        headers: { 'content-type': mediaType },
        body: new Blob([text]),
        scopes: scopesFor(place, repository, true),
        answers: [200, 201, 202],
      });
      return true;
    },
    readReferrers: (repository, digest) => fetchReferrers(place, repository, digest),
    removeManifest: (repository, tag) => deleteManifest(place, repository, tag),
    sizeOfBlob: async (repository, digest) => await sizeOfRemoteBlob(place, repository, digest),
    openBlob: (repository, { digest, size }, from) => {
      const url = repositoryUrl(place, repository, `blobs/${digest}`);
      return streamBlob(client, { url, size, scopes: scopesFor(place, repository, false) }, from);
    },
    writeBlob: (repository, blob) => uploadBlob(place, repository, blob, limits),
    mountBlob: (repository, digest, from) => mountBlob(place, repository, digest, from),
    removeBlob: async (repository, digest) => {
      const url = repositoryUrl(place, repository, `blobs/${digest}`);
      const scopes = deletionScopes(place, repository);
      // Registries that keep blobs for their own garbage collection refuse this, and rightly.
      await ask(place, { method: 'DELETE', url, scopes, answers: [200, 202, 204, 400, 401, 403, 404, 405] });
    },
    listRepositories: async (path) => {
      const full = `${prefix}${path}/`;
      const all = await listPages(place, new URL('/v2/_catalog?n=100', base), 'repositories', ['registry:catalog:*']);
      if (all === undefined) throw unlisted(location);
      const below = all.filter((name) => name.startsWith(full)).map((name) => name.slice(full.length));
      return [...new Set(below.filter((name) => !name.includes('/')))];
    },
    listTags: async (repository) => {
      const url = repositoryUrl(place, repository, 'tags/list?n=1000');
      return (await listPages(place, url, 'tags', scopesFor(place, repository, false))) ?? [];
    },
    exclusively: (repository, work) => inTurn(repository, work),
    sweep: async () => [],
  };
}

async function fetchManifest(place: RegistryPlace, repository: string, reference: string): Promise<string | undefined> {
  const request = {
    url: repositoryUrl(place, repository, `manifests/${reference}`),
    headers: { accept: manifestTypes },
    scopes: scopesFor(place, repository, false),
    answers: [200, 404],
  };
  return await place.client.send(request, async (answer) => {
    if (answer.status === 404) {
      await answer.discard();
      return undefined;
    }
    const bytes = await readBytes(answer, largestManifest);
    const said = isDigest(reference) ? reference : answer.headers.get('docker-content-digest');
    if (said !== null && isDigest(said) && digestOf(bytes) !== said) {
      throw new WebProblem('passing', `it sends a manifest that is not ${said}`);
    }
    return bytes.toString('utf8');
  });
}

/** Asks for what is attached to a manifest (OCI distribution specification 1.1, "Listing Referrers"); registries before 1.1 do not know the question. */
async function fetchReferrers(place: RegistryPlace, repository: string, digest: Digest): Promise<string | undefined> {
  const request = {
    url: repositoryUrl(place, repository, `referrers/${digest}`),
    headers: { accept: ociTypes.index },
    scopes: scopesFor(place, repository, false),
    answers: [200, 400, 404, 405],
  };
  return await place.client.send(request, async (answer) => {
    if (answer.status === 200) return (await readBytes(answer, largestManifest)).toString('utf8');
    await answer.discard();
    return undefined;
  });
}

/** Removes a manifest by its digest, which is how registries want it; with it go all tags that it has. */
async function deleteManifest(place: RegistryPlace, repository: string, tag: string): Promise<boolean> {
  const text = await fetchManifest(place, repository, tag);
  if (text === undefined) return false;
  const { status } = await ask(place, {
    method: 'DELETE',
    url: repositoryUrl(place, repository, `manifests/${digestOf(text)}`),
    scopes: deletionScopes(place, repository),
    answers: [200, 202, 204, 404, 405],
  });
  if (status !== 405) return true;
  throw new FarmError(
    'BINHOST_UNSUPPORTED',
    `Cannot remove "${repository}" from "${place.client.location}": the registry removes nothing`,
    {
      hint: 'Removing has to be allowed in the registry’s own configuration',
    },
  );
}

function deletionScopes({ prefix }: RegistryPlace, repository: string): readonly string[] {
  return [`repository:${prefix}${repository}:pull,push,delete`];
}

function unlisted(location: string): FarmError {
  return new FarmError(
    'BINHOST_UNSUPPORTED',
    `Cannot list "${location}": the registry does not tell this user what repositories it has`,
    {
      hint: 'Name the packages, or ask for the right to read its catalog',
    },
  );
}
