import type { FileHandle } from 'node:fs/promises';
import { FarmError } from '../../core/farm-error.ts';
import { formatCanonicalJson } from '../../core/json.ts';
import type { SecretKey } from '../../package/sign/key-file.ts';
import type { RootTree } from '../root-tree.ts';
import { writeAll } from '../squashfs/block-writer.ts';
import { type SquashfsOptions, writeSquashfsInto } from '../squashfs/write-squashfs.ts';
import { writeNewFile } from '../write-new-file.ts';
import { digestOfPart } from './digest-of-part.ts';
import { type ImageSettings, inspectDataOf, mountPointsLayer, settingsLayer } from './image-files.ts';
import {
  billExtra,
  type billFormats,
  dataOffset,
  descriptorsOffset,
  formatSifDescriptor,
  formatSifHeader,
  objectGroup,
  partitionAlignment,
  partitionExtra,
  type SifDescriptor,
  sifArchitectures,
  sifTypes,
  signatureExtra,
} from './sif-format.ts';
import { signedDescriptorDigest, signedHeaderDigest, signSif } from './sif-signature.ts';

/** What a SIF file is made of; `time` is that of the file, too. */
export interface SifRequest extends ImageSettings, SquashfsOptions {
  /** The root file system, without what only apptainer needs. */
  readonly tree: RootTree;
  /** The instruction set, as platforms name it. */
  readonly architecture: string;
  /** The `config` of the OCI image with the same contents, for `skopeo` and `apptainer inspect`. */
  readonly ociConfig?: object;
  /** Bills of materials, as JSON. */
  readonly bills?: readonly {
    readonly format: keyof typeof billFormats;
    readonly name: string;
    readonly text: string;
  }[];
  /** Signs it. */
  readonly key?: SecretKey;
}

/** A SIF file that was written. */
export interface WrittenSif {
  /** Of the file, in bytes. */
  readonly size: number;
  readonly partition: { readonly offset: number; readonly size: number };
  /** Files, folders and links in it. */
  readonly inodes: number;
}

/** Writes an image that apptainer and SingularityCE run, in one pass: no unpacked tree, no other program. Equal requests have equal bytes. The file appears under its name only when it is whole and
 * on the disk; one that exists is replaced.
 * @throws PLATFORM_INVALID when the format has no name for the architecture; NAME_INVALID for a variable; DISK_FULL, PERMISSION_DENIED; what the layers throw */
export async function writeSif(output: string, request: SifRequest): Promise<WrittenSif> {
  const architecture = sifArchitectures[request.architecture];
  if (architecture === undefined) {
    throw new FarmError(
      'PLATFORM_INVALID',
      `Cannot write a SIF file for "${request.architecture}": the format has no name for it`,
    );
  }
  const tree = [mountPointsLayer(), ...request.tree, settingsLayer(request)];
  return await writeNewFile(output, 0o755, async (file) => {
    const image: OpenImage = { file, request, architecture, objects: [], end: dataOffset };
    addBytes(image, sifTypes.definition, { name: '', bytes: Buffer.from(request.definition) });
    addJson(image, 'inspect-metadata.json', inspectDataOf(request));
    if (request.ociConfig !== undefined) addJson(image, 'oci-config.json', request.ociConfig);
    for (const { format, name, text } of request.bills ?? [])
      addBytes(image, sifTypes.bill, { name, bytes: Buffer.from(text), extra: billExtra(format) });
    const { inodes, ...partition } = await addPartition(image, tree);
    if (request.key !== undefined) await addSignature(image, request.key);
    writeHead(image);
    return { size: image.end, partition, inodes };
  });
}

interface OpenImage {
  readonly file: FileHandle;
  readonly request: SifRequest;
  readonly architecture: string;
  readonly objects: SifDescriptor[];
  end: number;
}

function addBytes(
  image: OpenImage,
  type: number,
  { name, bytes, extra }: { readonly name: string; readonly bytes: Buffer; readonly extra?: Buffer },
): void {
  const offset = image.end;
  writeAll({ descriptor: image.file.fd, offset }, [bytes], 0);
  addObject(image, { type, name, offset, size: bytes.length, ...(extra === undefined ? {} : { extra }) });
}

function addJson(image: OpenImage, name: string, value: object): void {
  addBytes(image, sifTypes.json, { name, bytes: Buffer.from(formatCanonicalJson(value)) });
}

/** Describes an object that was written. */
function addObject(
  image: OpenImage,
  object: Pick<SifDescriptor, 'type' | 'name' | 'offset' | 'size'> & Partial<SifDescriptor>,
): void {
  const { offset, size } = object;
  image.objects.push({
    id: image.objects.length + 1,
    group: objectGroup,
    linkedGroup: 0,
    time: image.request.time,
    extra: Buffer.alloc(0),
    ...object,
    paddedSize: offset + size - image.end,
  });
  image.end = offset + size;
}

async function addPartition(
  image: OpenImage,
  tree: RootTree,
): Promise<WrittenSif['partition'] & { readonly inodes: number }> {
  const offset = Math.ceil(image.end / partitionAlignment) * partitionAlignment;
  const { size, inodes } = await writeSquashfsInto(tree, { descriptor: image.file.fd, offset }, image.request);
  addObject(image, { type: sifTypes.partition, name: '', offset, size, extra: partitionExtra(image.architecture) });
  return { offset, size, inodes };
}

async function addSignature(image: OpenImage, key: SecretKey): Promise<void> {
  const objects = [];
  for (const [relativeId, object] of image.objects.entries()) {
    objects.push({
      relativeId,
      descriptorDigest: signedDescriptorDigest(formatSifDescriptor(object), relativeId),
      objectDigest: await digestOfPart(image.file, object),
    });
  }
  const header = { digest: signedHeaderDigest(headerOf(image)) };
  const bytes = signSif({ version: 1, header, objects }, key);
  const offset = image.end;
  writeAll({ descriptor: image.file.fd, offset }, [bytes], 0);
  const extra = signatureExtra();
  const place = { name: '', offset, size: bytes.length };
  addObject(image, { type: sifTypes.signature, ...place, group: 0, linkedGroup: objectGroup, extra });
}

function headerOf({ architecture, request, objects, end }: OpenImage): Buffer {
  return formatSifHeader({ architecture, time: request.time, objects: objects.length, dataSize: end - dataOffset });
}

function writeHead(image: OpenImage): void {
  const { fd } = image.file;
  const gap = Buffer.alloc(dataOffset - descriptorsOffset);
  Buffer.concat(image.objects.map(formatSifDescriptor)).copy(gap);
  writeAll({ descriptor: fd, offset: descriptorsOffset }, [gap], 0);
  writeAll({ descriptor: fd, offset: 0 }, [headerOf(image)], 0);
}
