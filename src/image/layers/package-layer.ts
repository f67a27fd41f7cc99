import type { PackageEntry } from '../../model/package-manifest.ts';
import type { ExpectedBlob } from '../../package/archive/drive-reader.ts';
import {
  type FileEntry,
  type PackageStart,
  type PackageVisitor,
  readFrames,
  readTrustedFrames,
} from '../../package/archive/read-frames.ts';
import { chunkSize } from '../../package/archive/tar-frames.ts';
import { manifestPath, metadataFolder, tarPrefixOf } from '../../package/archive/tar-member.ts';
import type { RootEntry, RootLayer } from '../root-tree.ts';
import { type BlobSource, openBlob } from './open-blob.ts';
import { createFrameStepper, type FrameStepper } from './step-frames.ts';

/** A package's blob as a layer: everything in it, at the place that it was built for, decompressed as it is asked for. With the blob's digest (from something that is signed)
 * that is checked, when its last entry has been taken; without it, everything in the package is.
 * Its entries throw PACKAGE_DAMAGED, PACKAGE_NOT_FOUND, PERMISSION_DENIED. */
export function packageLayer(name: string, blob: BlobSource, expect: ExpectedBlob = {}): RootLayer {
  return { name: `the package "${name}"`, entries: () => readPackage(openBlob(blob), expect) };
}

/** What the reader has told of one frame. */
interface Told extends PackageVisitor {
  start: PackageStart | undefined;
  entries: PackageEntry[];
  bytes: Buffer | undefined;
}

interface OpenPackage {
  readonly told: Told;
  readonly stepper: FrameStepper;
  /** Of its paths in the root. */
  readonly prefix: string;
  readonly time: number;
}

async function* readPackage(source: AsyncGenerator<Buffer>, expect: ExpectedBlob): AsyncGenerator<RootEntry> {
  const told = createTold();
  const thorough = expect.digest === undefined;
  const reader = thorough ? readFrames(told) : readTrustedFrames(told);
  const stepper = createFrameStepper(source, reader, { ...expect, tail: thorough ? 'refused' : 'ignored' });
  try {
    while (told.start === undefined && (await stepper.step()));
    const { manifest, time, bytes } = told.start as PackageStart;
    const open = { told, stepper, prefix: tarPrefixOf(manifest), time };
    yield* metadataEntries(open, bytes);
    do {
      for (const entry of told.entries.splice(0)) yield* rootEntries(open, entry);
    } while (await stepper.step());
    await stepper.finish();
  } finally {
    await stepper.close();
  }
}

function createTold(): Told {
  const told: Told = {
    start: undefined,
    entries: [],
    bytes: undefined,
    manifest: (_, start) => {
      told.start = start;
    },
    entry: (entry) => {
      told.entries.push(entry);
    },
    content: (_, __, bytes) => {
      told.bytes = Buffer.from(bytes); // the reader uses its own again
    },
  };
  return told;
}

/** What `tarMembersOf` has before the entries of the manifest. */
function* metadataEntries({ prefix, time }: OpenPackage, bytes: Buffer): Generator<RootEntry> {
  const folder = { type: 'directory', mode: 0o755, time } as const;
  for (let slash = prefix.indexOf('/'); slash >= 0; slash = prefix.indexOf('/', slash + 1)) {
    yield { ...folder, path: prefix.slice(0, slash) };
  }
  yield { ...folder, path: prefix + metadataFolder };
  yield { type: 'file', path: prefix + manifestPath, mode: 0o644, time, size: bytes.length, content: bytes };
}

async function* rootEntries(open: OpenPackage, entry: PackageEntry): AsyncGenerator<RootEntry> {
  const place = { path: open.prefix + entry.path, time: open.time };
  switch (entry.type) {
    case 'directory':
      // a package's folders have the mode that its tar gives them
      yield { ...place, type: 'directory', mode: 0o755 };
      return;
    case 'symlink':
      yield { ...place, type: 'symlink', target: entry.target };
      return;
    case 'hardlink':
      yield { ...place, type: 'hardlink', target: open.prefix + entry.target };
      return;
    case 'file':
      yield* fileEntries(open, entry, place);
  }
}

/** A file in one frame comes with its bytes; of a larger one, the next frame is read when its next part is wanted. */
async function* fileEntries(
  open: OpenPackage,
  { mode, size, digest }: FileEntry,
  place: { readonly path: string; readonly time: number },
): AsyncGenerator<RootEntry> {
  const file = { ...place, type: 'file', mode, size, digest } as const;
  if (size <= chunkSize) {
    yield { ...file, content: size === 0 ? Buffer.alloc(0) : await nextPart(open) };
    return;
  }
  let read = 0;
  const content = async function* () {
    while (read < size) {
      const part = await nextPart(open);
      read += part.length;
      yield part;
    }
  };
  yield { ...file, content };
  for await (const _ of content()); // what was not wanted
}

async function nextPart({ told, stepper }: OpenPackage): Promise<Buffer> {
  await stepper.step();
  return told.bytes as Buffer;
}
