/** Bytes of the header of a SIF file. */
export const headerSize = 128;

/** Bytes of one descriptor. */
export const descriptorSize = 585;

/** Where the descriptors begin. */
export const descriptorsOffset = 4096;

/** How many descriptors a file has room for. */
export const descriptorCount = 48;

/** Where the data begins. */
export const dataOffset = descriptorsOffset + descriptorCount * descriptorSize;

/** The kinds of objects that binfarm writes. */
export const sifTypes = {
  definition: 0x4001,
  partition: 0x4004,
  signature: 0x4005,
  json: 0x4006,
  bill: 0x4009,
} as const;

/** A file system begins at a multiple of this. */
export const partitionAlignment = 4096;

/** Marks a group's number, and stands for "in no group" alone. */
export const groupMask = 0xf000_0000;

/** The group of all objects but signatures. */
export const objectGroup = 1;

/** The beginning of every file, so that it can be run like a program. */
export const launchScript = '#!/usr/bin/env run-singularity\n';

/** The bytes before the version. */
export const sifMagic = 'SIF_MAGIC';

/** The version of the format. */
export const sifVersion = '01';

/** By instruction set as platforms name it, the two digits by which a SIF file does. */
export const sifArchitectures: Readonly<Record<string, string>> = {
  i386: '01',
  x86_64: '02',
  armv7l: '03',
  aarch64: '04',
  ppc64le: '06',
  s390x: '11',
  riscv64: '12',
  loongarch64: '13',
};

/** The header of a SIF file. The identifier is nil: two equal images are equal files. */
export interface SifHeader {
  /** Two digits. */
  readonly architecture: string;
  /** In seconds. */
  readonly time: number;
  readonly objects: number;
  /** Of all data with what lies between, in bytes. */
  readonly dataSize: number;
}

/** An object of a SIF file, without its bytes. */
export interface SifDescriptor {
  readonly type: number;
  /** From 1. */
  readonly id: number;
  /** 0 for none. */
  readonly group: number;
  /** The group that a signature is for; 0 for none. */
  readonly linkedGroup: number;
  readonly offset: number;
  readonly size: number;
  /** With what lies before it. */
  readonly paddedSize: number;
  /** In seconds. */
  readonly time: number;
  readonly name: string;
  /** What depends on the type; at most 384 bytes. */
  readonly extra: Buffer;
}

/** Formats the header. The format: https://github.com/apptainer/sif, package `sif`. */
export function formatSifHeader({ architecture, time, objects, dataSize }: SifHeader): Buffer {
  const header = Buffer.alloc(headerSize);
  header.write(launchScript, 0, 'latin1');
  header.write(sifMagic, 32, 'latin1');
  header.write(sifVersion, 42, 'latin1');
  header.write(architecture, 45, 'latin1');
  writeNumbers(header, 64, [
    time,
    time,
    descriptorCount - objects,
    descriptorCount,
    descriptorsOffset,
    descriptorCount * descriptorSize,
    dataOffset,
    dataSize,
  ]);
  return header;
}

/** Formats one descriptor; the owner is 0. */
export function formatSifDescriptor(descriptor: SifDescriptor): Buffer {
  const bytes = Buffer.alloc(descriptorSize);
  bytes.writeInt32LE(descriptor.type, 0);
  bytes.writeUInt8(1, 4);
  bytes.writeUInt32LE(descriptor.id, 5);
  bytes.writeUInt32LE((groupMask | descriptor.group) >>> 0, 9);
  bytes.writeUInt32LE(descriptor.linkedGroup === 0 ? 0 : (groupMask | descriptor.linkedGroup) >>> 0, 13);
  const { offset, size, paddedSize, time } = descriptor;
  writeNumbers(bytes, 17, [offset, size, paddedSize, time, time, 0, 0]);
  bytes.write(descriptor.name, 73, 127);
  descriptor.extra.copy(bytes, 201, 0, 384);
  return bytes;
}

/** What a descriptor of the partition to start from says of it: squashfs, primary, for this architecture. */
export function partitionExtra(architecture: string): Buffer {
  const squashfs = 1;
  const primary = 2;
  const extra = Buffer.alloc(11);
  extra.writeInt32LE(squashfs, 0);
  extra.writeInt32LE(primary, 4);
  extra.write(architecture, 8, 'latin1');
  return extra;
}

/** How a descriptor of a bill of materials names the format. */
export const billFormats = { cyclonedx: 1, spdx: 4 } as const;

/** What a descriptor of a bill of materials says of it. */
export function billExtra(format: keyof typeof billFormats): Buffer {
  const extra = Buffer.alloc(4);
  extra.writeInt32LE(billFormats[format], 0);
  return extra;
}

/** What a descriptor of a signature says of it: sha256, and no OpenPGP key. */
export function signatureExtra(): Buffer {
  const extra = Buffer.alloc(4);
  extra.writeInt32LE(1, 0);
  return extra;
}

function writeNumbers(bytes: Buffer, offset: number, values: readonly number[]): void {
  for (const [index, value] of values.entries()) bytes.writeBigInt64LE(BigInt(value), offset + index * 8);
}
