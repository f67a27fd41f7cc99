import * as v from 'valibot';
import { digestOf } from '../core/digest.ts';
import { isDigest } from '../core/digest-text.ts';
import type { Depot } from './depot.ts';
import { parseManifestJson } from './oci-types.ts';

const descriptor = v.object({ digest: v.pipe(v.string(), v.check(isDigest)) });
const schema = v.object({
  config: v.optional(descriptor),
  layers: v.optional(v.array(descriptor), []),
  manifests: v.optional(v.array(descriptor), []),
});

/** The digests of all manifests and blobs that a repository's tags lead to, those of image indexes too. */
export async function usedDigests(depot: Depot, repository: string): Promise<ReadonlySet<string>> {
  const used = new Set<string>();
  const queue = [...(await depot.listTags(repository))];
  for (const reference of queue) {
    const text = await depot.readManifest(repository, reference);
    if (text === undefined) continue;
    used.add(digestOf(text));
    const { config, layers, manifests } = parse(text);
    for (const { digest } of [...(config ? [config] : []), ...layers]) used.add(digest);
    for (const { digest } of manifests) {
      if (used.has(digest)) continue;
      used.add(digest);
      queue.push(digest);
    }
  }
  return used;
}

function parse(text: string): v.InferOutput<typeof schema> {
  const parsed = v.safeParse(schema, parseManifestJson(text));
  return parsed.success ? parsed.output : { layers: [], manifests: [] }; // a damaged manifest leads nowhere
}
