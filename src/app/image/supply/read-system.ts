import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { digestOf } from '../../../core/digest.ts';
import { hexOf } from '../../../core/digest-text.ts';
import { formatCanonicalJson } from '../../../core/json.ts';
import { makeFolder } from '../../../core/make-folder.ts';
import { writeFileAtomic } from '../../../core/write-file-atomic.ts';
import { tarLayer } from '../../../image/layers/tar-layer.ts';
import type { ImageLayer } from '../../../image/oci/image-layer.ts';
import type { RootEntry, RootFile } from '../../../image/root-tree.ts';
import type { SystemContents } from '../../../image/supply/image-contents.ts';
import { readDpkgStatus, readOsRelease } from '../../../image/supply/read-dpkg-status.ts';

/** More than a distribution's records have (bytes). */
const largestRecord = 64 << 20;

const recordForm = /^(var\/lib\/dpkg\/status|var\/lib\/dpkg\/status\.d\/[^/]+|etc\/os-release|usr\/lib\/os-release)$/;

const text = v.string();
const schema = v.strictObject({
  id: text,
  version: text,
  packages: v.array(v.strictObject({ name: text, version: text, architecture: text, source: v.exactOptional(text) })),
});

/** Reads which packages of a distribution the layers of a base have. What was found is kept: all of the layers have to be read for it.
 * @throws ARCHIVE_INVALID, ARCHIVE_UNSAFE, DISK_FULL, and what fetching the layers throws */
export async function readSystem(layers: readonly ImageLayer[], cache: string): Promise<SystemContents> {
  const key = digestOf(formatCanonicalJson({ system: 1, layers: layers.map(({ digest }) => digest) }));
  const folder = join(cache, 'image-bases');
  const path = join(folder, `${hexOf(key)}.system.json`);
  const known = v.safeParse(schema, parse(await readFile(path, 'utf8').catch(() => '')));
  if (known.success) return known.output;
  const records = new Map<string, string>();
  for (const layer of layers) await layer.withFile((file) => readRecords(layer, file, records));
  const system = systemOf(records);
  await makeFolder(folder);
  await writeFileAtomic(path, formatCanonicalJson(system));
  return system;
}

async function readRecords({ title, digest }: ImageLayer, file: string, records: Map<string, string>): Promise<void> {
  for await (const entry of tarLayer(title, file, { digest }).entries()) {
    if (entry.type === 'removal') forget(entry, records);
    else if (entry.type !== 'directory' && recordForm.test(entry.path)) {
      records.delete(entry.path);
      if (entry.type === 'file' && entry.size <= largestRecord) records.set(entry.path, await textOf(entry));
    }
  }
}

function forget({ path }: RootEntry, records: Map<string, string>): void {
  for (const name of [...records.keys()]) if (name === path || name.startsWith(`${path}/`)) records.delete(name);
}

function systemOf(records: ReadonlyMap<string, string>): SystemContents {
  const parts = [...records].filter(([path]) => path.startsWith('var/lib/dpkg/')).map(([, record]) => record);
  const release = records.get('etc/os-release') ?? records.get('usr/lib/os-release') ?? '';
  return { ...readOsRelease(release), packages: readDpkgStatus(parts.join('\n\n')) };
}

async function textOf({ content }: RootFile): Promise<string> {
  if (Buffer.isBuffer(content)) return content.toString('utf8');
  const parts: Buffer[] = [];
  for await (const part of content()) parts.push(Buffer.from(part));
  return Buffer.concat(parts).toString('utf8');
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
