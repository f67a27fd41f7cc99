import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { digestOf } from '../../core/digest.ts';
import { type Digest, hexOf } from '../../core/digest-text.ts';
import { formatCanonicalJson } from '../../core/json.ts';
import { makeFolder } from '../../core/make-folder.ts';
import { writeFileAtomic } from '../../core/write-file-atomic.ts';
import type { BaseFacts } from '../../image/base/base-facts.ts';
import { scanBase } from '../../image/base/scan-base.ts';
import { tarLayer } from '../../image/layers/tar-layer.ts';
import type { ImageLayer } from '../../image/oci/image-layer.ts';

const factsSchema = v.strictObject({
  libraries: v.array(v.string()),
  glibc: v.optional(v.string()),
  notFolders: v.array(v.string()),
  hasShell: v.boolean(),
});

/** Reads what a base is known by. It is kept: to find it out, all layers have to be read.
 * @throws IMAGE_INVALID, ARCHIVE_INVALID, ARCHIVE_UNSAFE */
export async function readBaseFacts(layers: readonly ImageLayer[], cache: string): Promise<BaseFacts> {
  const key = digestOf(formatCanonicalJson({ facts: 1, layers: layers.map(({ digest }) => digest) }));
  const folder = join(cache, 'image-bases');
  const path = join(folder, `${hexOf(key)}.json`);
  const known = v.safeParse(factsSchema, parse(await readFile(path, 'utf8').catch(() => '')));
  if (known.success) {
    const { libraries, notFolders, glibc, hasShell } = known.output;
    return { libraries: new Set(libraries), notFolders: new Set(notFolders), glibc, hasShell };
  }
  const blobs = new Map(layers.map((layer) => [layer.digest, layer]));
  const facts = await withFiles([...blobs.values()], new Map(), (paths) =>
    scanBase(layers.map(({ title, digest }) => tarLayer(title, paths.get(digest)!, { digest }))),
  );
  const [libraries, notFolders] = [[...facts.libraries].toSorted(), [...facts.notFolders].toSorted()];
  await makeFolder(folder);
  await writeFileAtomic(path, formatCanonicalJson({ ...facts, libraries, notFolders }));
  return facts;
}

/** Has several blobs as files at a time. */
async function withFiles<Result>(
  [first, ...others]: readonly ImageLayer[],
  paths: ReadonlyMap<Digest, string>,
  use: (paths: ReadonlyMap<Digest, string>) => Promise<Result>,
): Promise<Result> {
  if (first === undefined) return await use(paths);
  return await first.withFile((path) => withFiles(others, new Map([...paths, [first.digest, path]]), use));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
