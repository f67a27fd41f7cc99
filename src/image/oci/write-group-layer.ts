import type { FileHandle } from 'node:fs/promises';
import type { ExpectedBlob } from '../../package/archive/drive-reader.ts';
import type { Frame, FrameRequest } from '../../package/archive/frame-reader.ts';
import { type HeaderFrame, headerBytesOf, type TarFrame, tarFramesOf } from '../../package/archive/tar-frames.ts';
import { tarHeaderSizeOf } from '../../package/archive/tar-header.ts';
import { type TarMember, tarMembersOf, tarPrefixOf } from '../../package/archive/tar-member.ts';
import { type LayerWriter, openLayerWriter, type WrittenLayer } from '../../package/archive/write-layer.ts';
import { compressFrame, decompressFrame } from '../../package/archive/zstd-frame.ts';
import { openBlob } from '../layers/open-blob.ts';
import { createFrameStepper } from '../layers/step-frames.ts';
import type { PackageFacts } from './read-package-facts.ts';
import { layerStyle } from './write-tree-layer.ts';

/** A package's blob, to become a part of a layer. */
export interface GroupPart extends Required<ExpectedBlob> {
  readonly path: string;
  readonly facts: PackageFacts;
}

/** Writes several packages as one layer: their frames as they are, one after the other. Only frames of headers that would name a folder twice, or have the archive's end, are made anew, and the table of
 * contents. Each blob is compared with its digest.
 * @throws PACKAGE_DAMAGED, DISK_FULL */
export async function writeGroupLayer(file: FileHandle, parts: readonly GroupPart[]): Promise<WrittenLayer> {
  const writer = openLayerWriter(file, layerStyle);
  const members: TarMember[] = [];
  const folders = new Set<string>();
  for (const part of parts) members.push(...(await copyPart(writer, part, folders)));
  const end = { kind: 'headers', size: endOfArchive, padding: 0, members: [], isLast: true } as const;
  await addHeaders(writer, end);
  return await writer.finish(() => members);
}

const endOfArchive = 1024;

interface CopiedFrame {
  readonly frame: TarFrame;
  /** Absent for headers that are made anew. */
  readonly compressed?: Buffer;
}

/** Copies one package, and gives the members that it adds. What turns out to be damaged at its end has been written to a file that is then thrown away. */
async function copyPart(writer: LayerWriter, part: GroupPart, folders: Set<string>): Promise<readonly TarMember[]> {
  const { manifest, manifestSize } = part.facts;
  const all = [...tarMembersOf(manifest, manifestSize)];
  const prefix = tarPrefixOf(manifest);
  const known = new Set(all.filter(({ name }) => prefix.startsWith(name) && folders.has(name)));
  for (const { name } of all) if (prefix.startsWith(name)) folders.add(name);
  const copied: CopiedFrame[] = [];
  const reader = readPart(all, known, copied);
  const stepper = createFrameStepper(openBlob(part.path), reader, { ...part, tail: 'ignored' });
  try {
    while (await stepper.step()) for (const item of copied.splice(0)) await addFrame(writer, item);
    await stepper.finish();
  } finally {
    await stepper.close();
  }
  return all.filter((member) => !known.has(member));
}

function* readPart(
  all: readonly TarMember[],
  known: ReadonlySet<TarMember>,
  copied: CopiedFrame[],
): Generator<FrameRequest, void, Frame> {
  for (const frame of tarFramesOf(all)) {
    const { bytes } = yield { kind: 'data', size: frame.size, most: frame.size };
    const planned = frame.kind === 'payload' ? frame : withoutDoubles(frame, known);
    if (planned === frame) copied.push({ frame, compressed: Buffer.from(bytes) });
    else if (planned.size > 0) copied.push({ frame: planned });
  }
}

/** A frame of headers without the folders that are there already, and without the archive's end: what of a package's headers is in a group of packages. */
export function withoutDoubles(frame: HeaderFrame, known: ReadonlySet<TarMember>): HeaderFrame {
  const members = frame.members.filter((member) => !known.has(member));
  if (members.length === frame.members.length && !frame.isLast) return frame;
  const size = members.reduce((sum, member) => sum + tarHeaderSizeOf(member), frame.padding);
  return { ...frame, members, size, isLast: false };
}

async function addFrame(writer: LayerWriter, { frame, compressed }: CopiedFrame): Promise<void> {
  if (compressed !== undefined) await writer.add(frame, decompressFrame(compressed, frame.size), compressed);
  else if (frame.kind === 'headers') await addHeaders(writer, frame);
}

async function addHeaders(writer: LayerWriter, frame: HeaderFrame): Promise<void> {
  const content = headerBytesOf(frame, layerStyle.time);
  await writer.add(frame, content, await compressFrame(content, layerStyle.level));
}
