import type { FileHandle } from 'node:fs/promises';
import { mkdtemp, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { digestOfFile } from '../../core/digest.ts';
import { type Digest, hexOf, isDigest } from '../../core/digest-text.ts';
import { formatCanonicalJson } from '../../core/json.ts';
import { makeFolder } from '../../core/make-folder.ts';
import { removeFolder } from '../../core/remove-folder.ts';
import { translateFileError } from '../../core/translate-file-error.ts';
import { writeFileAtomic } from '../../core/write-file-atomic.ts';
import type { WrittenLayer } from '../../package/archive/write-layer.ts';
import type { BlobOrigin } from './image-place.ts';

/** A layer that binfarm has made, as it is kept. */
export interface MadeLayer extends WrittenLayer {
  readonly path: string;
}

const digest = v.custom<Digest>((input) => typeof input === 'string' && isDigest(input));
const factsSchema = v.strictObject({
  digest,
  size: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
  diffId: digest,
  annotations: v.record(v.string(), v.string()),
});

/** Gives a layer that was made before under a key, or makes it: what is made of the same things is made once.
 * @param key a digest over all that the layer is made of
 * @param make is given a new file, and a folder for whatever it needs meanwhile
 * @throws DISK_FULL, PERMISSION_DENIED, and what `make` throws */
export async function keepLayer(
  cache: string,
  key: Digest,
  make: (file: FileHandle, folder: string) => Promise<WrittenLayer>,
): Promise<MadeLayer> {
  const folder = join(cache, 'image-layers');
  const [factsPath, path] = [join(folder, `${hexOf(key)}.json`), join(folder, `${hexOf(key)}.tar.zst`)] as const;
  const known = await readKnown(factsPath, path);
  if (known !== undefined) return { ...known, path };
  await makeFolder(folder);
  const work = await mkdtemp(join(folder, '.work-'));
  try {
    const file = await open(join(work, 'layer'), 'wx+');
    let made: WrittenLayer;
    try {
      made = await make(file, work);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(join(work, 'layer'), path);
    await writeFileAtomic(factsPath, formatCanonicalJson(made));
    return { ...made, path };
  } catch (error) {
    throw translateFileError(error, 'make the layer', path);
  } finally {
    await removeFolder(work);
  }
}

/** What is damaged is made anew. */
async function readKnown(factsPath: string, path: string): Promise<WrittenLayer | undefined> {
  const text = await readFile(factsPath, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const facts = v.safeParse(factsSchema, parse(text));
  const size = (await stat(path).catch(() => undefined))?.size;
  if (facts.success && size === facts.output.size && (await digestOfFile(path)).digest === facts.output.digest)
    return facts.output;
  await rm(factsPath, { force: true });
  return undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A blob that is a file of this machine. */
export function fileOrigin(
  path: string,
  { digest: blobDigest, size }: Pick<BlobOrigin, 'digest' | 'size'>,
): BlobOrigin {
  return { digest: blobDigest, size, withFile: (use) => use(path) };
}
