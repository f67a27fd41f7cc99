import { randomBytes } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { copyFile, link, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { digestOf } from '../../core/digest.ts';
import { type Digest, hexOf, isDigest } from '../../core/digest-text.ts';
import { FarmError } from '../../core/farm-error.ts';
import { type FileLock, takeFileLock } from '../../core/file-lock.ts';
import { formatCanonicalJson } from '../../core/json.ts';
import { makeFolder } from '../../core/make-folder.ts';
import { mapLimit } from '../../core/map-limit.ts';
import { translateFileError } from '../../core/translate-file-error.ts';
import { syncFolder, writeFileAtomic } from '../../core/write-file-atomic.ts';
import { isAttachmentTag } from '../supply/attachment.ts';
import type { ImagePlace } from './image-place.ts';
import { type Descriptor, imageTypes } from './image-types.ts';
import { imageInvalid, parseImageDocument } from './parse-image.ts';

/** The name of an image and its tag on a descriptor of a layout's index (OCI image specification 1.1, "Image Layout"). */
export const refName = 'org.opencontainers.image.ref.name';

/** The file that says that a folder is a layout. */
export const layoutFile = { name: 'oci-layout', text: '{"imageLayoutVersion":"1.0.0"}' } as const;

/** Opens a folder as an OCI image layout; it need not exist yet. A new one is written beside its place and appears by one rename; to one that is there, blobs are added first, and its index is
 * replaced last. Blobs are shared with where they come from by reflink or hard link where the file system can do that.
 * Others who write wait: the lock is taken with the first write and let go by `commit` or `discard`. */
export function openImageLayout(folder: string): ImagePlace {
  const state: LayoutState = {
    folder,
    target: undefined,
    lock: undefined,
    tags: new Map(),
    removed: new Set(),
    unsynced: new Set(),
  };
  const pathOf = (digest: Digest) => join(state.target ?? folder, 'blobs', 'sha256', hexOf(digest));
  const has = async (digest: Digest) => (await stat(pathOf(digest)).catch(() => undefined))?.size;
  const writeBytes = async (text: string) => {
    await begin(state);
    const digest = digestOf(text);
    if ((await has(digest)) !== Buffer.byteLength(text)) await writeUnsynced(pathOf(digest), text);
    state.unsynced.add(pathOf(digest));
  };
  return {
    location: `oci:${folder}`,
    sharesTags: false,
    readManifest: async (name, reference) => {
      const digest = isDigest(reference) ? reference : (await descriptorOf(folder, `${name}:${reference}`))?.digest;
      if (digest === undefined) return undefined;
      const text = await readFile(pathOf(digest), 'utf8').catch(ignoreMissing);
      if (text !== undefined && digestOf(text) !== digest) throw imageInvalid(folder, `"${digest}" is damaged`);
      return text;
    },
    readBlob: (_, { digest }) => readFileOf(pathOf(digest), folder),
    blobPath: async (digest) => ((await has(digest)) === undefined ? undefined : pathOf(digest)),
    writeBlob: async (_, blob) => {
      await begin(state);
      if ((await has(blob.digest)) === blob.size) return 'kept';
      await blob.withFile((path) => shareFile(path, pathOf(blob.digest)));
      return 'written';
    },
    writeText: (_, { text }) => writeBytes(text),
    writeManifest: (_, { text }) => writeBytes(text),
    tag: async (name, tag, { mediaType, text }) => {
      await begin(state);
      const ref = `${name}:${tag}`;
      state.tags.set(ref, {
        mediaType,
        digest: digestOf(text),
        size: Buffer.byteLength(text),
        annotations: { [refName]: ref },
      });
    },
    commit: () => commit(state),
    discard: () => discard(state),
    listTags: async (name) => {
      const refs = (await readIndex(folder)).flatMap(({ annotations }) => annotations?.[refName] ?? []);
      const tags = refs.filter((ref) => ref.startsWith(`${name}:`)).map((ref) => ref.slice(name.length + 1));
      return tags.filter((tag) => !isAttachmentTag(tag));
    },
    listNames: async () => {
      const refs = (await readIndex(folder)).flatMap(({ annotations }) => annotations?.[refName] ?? []);
      return [...new Set(refs.map((ref) => ref.replace(/:[^:]*$/, '')))].toSorted();
    },
    untag: async (name, tag) => {
      if ((await descriptorOf(folder, `${name}:${tag}`)) === undefined) return false;
      await begin(state);
      state.removed.add(`${name}:${tag}`);
      return true;
    },
  };
}

async function* readFileOf(path: string, folder: string): AsyncGenerator<Buffer> {
  try {
    for await (const bytes of createReadStream(path, { highWaterMark: 1 << 18 })) yield bytes as Buffer;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      throw imageInvalid(folder, `"${basename(path)}" is missing`);
    throw translateFileError(error, 'read', path);
  }
}

interface LayoutState {
  readonly folder: string;
  /** Where is written: the folder itself, or one beside it. Undefined until something is. */
  target: string | undefined;
  lock: FileLock | undefined;
  readonly tags: Map<string, Descriptor>;
  readonly removed: Set<string>;
  /** Files that were written and may not have reached the disk. */
  readonly unsynced: Set<string>;
  beginning?: Promise<void>;
}

/** Prepares for the first write; others wait for it. */
async function begin(state: LayoutState): Promise<void> {
  state.beginning ??= beginOnce(state);
  await state.beginning;
}

async function beginOnce(state: LayoutState): Promise<void> {
  const { folder } = state;
  await makeFolder(dirname(folder));
  const lockPath = join(dirname(folder), `.${basename(folder)}.lock`);
  state.lock = await takeFileLock(lockPath, { command: 'binfarm image', wait: true });
  await removeLeftoversOf(folder);
  const names = await readdir(folder).catch(ignoreMissing);
  if (names === undefined) {
    state.target = join(dirname(folder), `.${basename(folder)}.${randomBytes(6).toString('hex')}.tmp`);
  } else if (names.length === 0 || names.includes(layoutFile.name)) state.target = folder;
  else {
    throw new FarmError('PATH_EXISTS', `Cannot write an image to "${folder}": it is a folder of something else`, {
      hint: 'Name a folder that is not there yet, or an OCI image layout',
    });
  }
  await makeFolder(join(state.target, 'blobs', 'sha256'));
}

async function commit(state: LayoutState): Promise<void> {
  const { folder, target } = state;
  if (target === undefined) return;
  try {
    const before = (await readIndex(folder)).filter(({ annotations }) => {
      const ref = annotations?.[refName];
      return ref === undefined || !(state.tags.has(ref) || state.removed.has(ref));
    });
    const added = [...state.tags.values()];
    const manifests = [...before, ...added].toSorted((a, b) => (refOf(a) < refOf(b) ? -1 : 1));
    const index = formatCanonicalJson({ schemaVersion: 2, mediaType: imageTypes.index, manifests });
    await mapLimit(state.unsynced, 16, syncFile);
    await syncFolder(join(target, 'blobs', 'sha256'));
    await writeFileAtomic(join(target, layoutFile.name), layoutFile.text);
    await writeFileAtomic(join(target, 'index.json'), index);
    if (target !== folder) await rename(target, folder);
    await syncFolder(dirname(folder));
    state.target = undefined;
    if (state.removed.size > 0) await sweep(folder, manifests);
  } catch (error) {
    throw translateFileError(error, 'write the image', folder);
  } finally {
    await endWriting(state);
  }
}

async function discard(state: LayoutState): Promise<void> {
  await state.beginning?.catch(() => {}); // whoever waited for it was told
  if (state.target !== undefined && state.target !== state.folder)
    await rm(state.target, { recursive: true, force: true });
  await endWriting(state);
}

async function endWriting(state: LayoutState): Promise<void> {
  const { lock } = state;
  state.lock = undefined;
  delete state.beginning;
  await lock?.close();
}

function refOf({ annotations, digest }: Descriptor): string {
  return annotations?.[refName] ?? digest;
}

async function readIndex(folder: string): Promise<readonly Descriptor[]> {
  const text = await readFile(join(folder, 'index.json'), 'utf8').catch(ignoreMissing);
  if (text === undefined) return [];
  const parsed = parseImageDocument(text, folder);
  return 'index' in parsed ? parsed.index.manifests : [];
}

/** The descriptor that a layout's index has for a name and tag. */
async function descriptorOf(folder: string, ref: string): Promise<Descriptor | undefined> {
  return (await readIndex(folder)).find(({ annotations }) => annotations?.[refName] === ref);
}

/** What a killed process was writing beside the layout. */
async function removeLeftoversOf(folder: string): Promise<void> {
  const start = `.${basename(folder)}.`;
  for (const name of await readdir(dirname(folder)))
    if (name.startsWith(start) && name.endsWith('.tmp'))
      await rm(join(dirname(folder), name), { recursive: true, force: true });
  for (const name of await readdir(join(folder, 'blobs', 'sha256')).catch(() => []))
    if (name.endsWith('.tmp')) await rm(join(folder, 'blobs', 'sha256', name), { force: true });
}

/** Puts a file to another path as well: by reflink, else by hard link, else by copying; it appears whole. */
async function shareFile(from: string, to: string): Promise<void> {
  const temporary = `${to}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    await copyFile(from, temporary, constants.COPYFILE_FICLONE_FORCE).catch(async () => {
      await rm(temporary, { force: true });
      await link(from, temporary).catch(() => copyFile(from, temporary));
    });
    await rename(temporary, to);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw translateFileError(error, 'write', to);
  }
}

/** Writes a small file that appears whole; `commit` has it on the disk before anything leads to it. */
async function writeUnsynced(path: string, text: string): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    await writeFile(temporary, text, { flag: 'wx' });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw translateFileError(error, 'write', path);
  }
}

async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Removes blobs that no manifest of a layout leads to. */
async function sweep(folder: string, roots: readonly Descriptor[]): Promise<void> {
  const blobs = join(folder, 'blobs', 'sha256');
  const used = new Set<string>();
  const visit = async ({ digest, mediaType }: Descriptor) => {
    if (used.has(digest)) return;
    used.add(digest);
    const isDocument = /\.(index|manifest)\.|manifest\.list/.test(mediaType);
    const text = isDocument ? await readFile(join(blobs, hexOf(digest)), 'utf8').catch(ignoreMissing) : undefined;
    if (text === undefined) return;
    const parsed = parseImageDocument(text, folder);
    const next = 'index' in parsed ? parsed.index.manifests : [parsed.manifest.config, ...parsed.manifest.layers];
    for (const item of next) await visit(item);
  };
  for (const root of roots) await visit(root);
  for (const name of await readdir(blobs))
    if (!used.has(`sha256:${name}`)) await rm(join(blobs, name), { force: true });
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
