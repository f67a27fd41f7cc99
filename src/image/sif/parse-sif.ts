import { FarmError } from '../../core/farm-error.ts';
import { descriptorSize, groupMask, headerSize, type SifDescriptor, sifMagic, sifVersion } from './sif-format.ts';

/** A descriptor as it was read. */
export interface ParsedDescriptor extends SifDescriptor {
  /** All of its bytes. */
  readonly bytes: Buffer;
}

/** What the header of a SIF file says that a reader needs. */
export interface ParsedHeader {
  /** All of its bytes. */
  readonly bytes: Buffer;
  /** Two digits. */
  readonly architecture: string;
  readonly descriptors: { readonly offset: number; readonly count: number };
}

const mostDescriptors = 1024;

/** Parses the header of a SIF file.
 * @throws SIF_INVALID when it is none, or of another version */
export function parseSifHeader(bytes: Buffer): ParsedHeader {
  if (bytes.length < headerSize || bytes.toString('latin1', 32, 42) !== `${sifMagic}\0`) {
    throw sifInvalid('it is no SIF file');
  }
  if (bytes.toString('latin1', 42, 45) !== `${sifVersion}\0`) throw sifInvalid('it is of another version of SIF');
  const count = readNumber(bytes, 88);
  const offset = readNumber(bytes, 96);
  if (count > mostDescriptors) throw sifInvalid(`it has ${count} descriptors`);
  if (readNumber(bytes, 104) !== count * descriptorSize) throw sifInvalid('its table of objects has another size');
  return { bytes, architecture: bytes.toString('latin1', 45, 47), descriptors: { offset, count } };
}

/** Parses one descriptor; undefined for one that is not in use.
 * @param fileSize in bytes, which no object may exceed
 * @throws SIF_INVALID */
export function parseSifDescriptor(bytes: Buffer, fileSize: number): ParsedDescriptor | undefined {
  if (bytes.readUInt8(4) === 0) return undefined;
  const [offset, size, paddedSize, time] = [17, 25, 33, 41].map((at) => readNumber(bytes, at, at === 41)) as [
    number,
    number,
    number,
    number,
  ];
  if (offset + size > fileSize) throw sifInvalid('an object lies beyond its end');
  const link = bytes.readUInt32LE(13);
  return {
    bytes,
    type: bytes.readInt32LE(0),
    id: bytes.readUInt32LE(5),
    group: withoutMask(bytes.readUInt32LE(9)),
    linkedGroup: link >= groupMask ? withoutMask(link) : 0,
    offset,
    size,
    paddedSize,
    time,
    name: bytes.toString('utf8', 73, 201).replace(/\0.*$/s, ''),
    extra: bytes.subarray(201),
  };
}

function withoutMask(number: number): number {
  return number & ~groupMask;
}

function readNumber(bytes: Buffer, offset: number, mayBeNegative = false): number {
  const value = Number(bytes.readBigInt64LE(offset));
  if (Number.isSafeInteger(value) && (value >= 0 || mayBeNegative)) return value;
  throw sifInvalid(`it states a number that cannot be: ${value}`);
}

/** The error for a file that is not what the format of SIF says. */
export function sifInvalid(state: string, cause?: unknown): FarmError {
  return new FarmError('SIF_INVALID', `Cannot read the SIF file: ${state}`, cause === undefined ? {} : { cause });
}
