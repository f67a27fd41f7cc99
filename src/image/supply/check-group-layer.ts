import { createHash } from 'node:crypto';
import type { Digest } from '../../core/digest-text.ts';
import { headerBytesOf, type TarFrame, tarFramesOf } from '../../package/archive/tar-frames.ts';
import { manifestPath, type TarMember, tarMembersOf, tarPrefixOf } from '../../package/archive/tar-member.ts';
import { manifestLimits } from '../../package/manifest/manifest-schema.ts';
import { parsePackageManifest } from '../../package/manifest/parse-manifest.ts';
import { tarLayer } from '../layers/tar-layer.ts';
import { imageInvalid } from '../oci/parse-image.ts';
import { withoutDoubles } from '../oci/write-group-layer.ts';
import { layerStyle } from '../oci/write-tree-layer.ts';
import type { RootFile } from '../root-tree.ts';

/** Takes a group of packages apart: a package's tar follows from its manifest and the contents of its files, so each can be put together again and hashed as it was signed, and the whole group, too.
 * @param tar the uncompressed layer
 * @returns by store name, the digests of the tars of its packages
 * @throws IMAGE_INVALID when the layer is not exactly a group of whole packages */
export async function checkGroupLayer(
  title: string,
  tar: AsyncGenerator<Buffer>,
  diffId: Digest,
): Promise<ReadonlyMap<string, Digest>> {
  const files = readFiles(title, tar);
  const whole = createHash('sha256');
  const folders = new Set<string>();
  const found = new Map<string, Digest>();
  for (let next = await files.next(); !next.done; next = await files.next()) {
    const file = next.value;
    if (!file.path.endsWith(`/${manifestPath}`)) throw imageInvalid(title, `"${file.path}" belongs to no package`);
    const bytes = await bytesOf(file, title);
    const manifest = parsePackageManifest(bytes);
    const members = [...tarMembersOf(manifest, bytes.length)];
    const prefix = tarPrefixOf(manifest);
    const known = new Set(members.filter(({ name }) => prefix.startsWith(name) && folders.has(name)));
    for (const { name } of members) if (prefix.startsWith(name)) folders.add(name);
    const own = createHash('sha256');
    const frames = tarFramesOf(members);
    const content = contentsOf(bytes, files, title);
    for (const frame of frames) await hashFrame(frame, { own, whole, known, content });
    found.set(manifest.storeName, `sha256:${own.digest('hex')}` as Digest);
  }
  whole.update(Buffer.alloc(1024));
  if (`sha256:${whole.digest('hex')}` === diffId) return found;
  throw imageInvalid(title, 'it has more than its packages, or less');
}

interface FrameHashes {
  readonly own: ReturnType<typeof createHash>;
  readonly whole: ReturnType<typeof createHash>;
  readonly known: ReadonlySet<TarMember>;
  readonly content: (member: TarMember) => AsyncIterable<Buffer>;
}

async function hashFrame(frame: TarFrame, { own, whole, known, content }: FrameHashes): Promise<void> {
  if (frame.kind === 'headers') {
    own.update(headerBytesOf(frame, layerStyle.time));
    whole.update(headerBytesOf(withoutDoubles(frame, known), layerStyle.time));
    return;
  }
  if (frame.offset > 0) return; // its parts were hashed with the first
  for await (const bytes of content(frame.member)) {
    own.update(bytes);
    whole.update(bytes);
  }
}

/** Gives the contents of a package's files in the order of its tar: first the manifest, which was read already. */
function contentsOf(
  manifest: Buffer,
  files: AsyncGenerator<RootFile>,
  title: string,
): (member: TarMember) => AsyncGenerator<Buffer> {
  let isFirst = true;
  return async function* (member) {
    if (isFirst) {
      isFirst = false;
      yield manifest;
      return;
    }
    const next = await files.next();
    const isFitting = !next.done && next.value.path === member.name && next.value.size === member.size;
    if (!isFitting) throw imageInvalid(title, `"${member.name}" is missing`);
    yield* partsOf(next.value);
  };
}

async function* readFiles(title: string, tar: AsyncGenerator<Buffer>): AsyncGenerator<RootFile> {
  for await (const entry of tarLayer(title, () => tar).entries())
    if (entry.type === 'file' && entry.size > 0) yield entry;
}

async function* partsOf({ content }: RootFile): AsyncGenerator<Buffer> {
  if (Buffer.isBuffer(content)) yield content;
  else yield* content();
}

async function bytesOf(file: RootFile, title: string): Promise<Buffer> {
  if (file.size > manifestLimits.bytes) throw imageInvalid(title, `"${file.path}" has ${file.size} bytes`);
  const parts: Buffer[] = [];
  for await (const part of partsOf(file)) parts.push(Buffer.from(part));
  return Buffer.concat(parts);
}
