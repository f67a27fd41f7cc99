/** How numbers are written in one ELF file. */
export interface ElfNumbers {
  readonly wide: boolean;
  readonly little: boolean;
  readonly u16: (bytes: Buffer, offset: number) => number;
  readonly u32: (bytes: Buffer, offset: number) => number;
  /** An address or offset: 32 or 64 bits. Above 2^53 it is only approximately right, and larger than any file. */
  readonly word: (bytes: Buffer, offset: number) => number;
}

/** The number formats of an ELF file, from the two bytes that tell its class and byte order; undefined when they tell nothing known. */
export function elfNumbersOf(fileClass: number, order: number): ElfNumbers | undefined {
  if ((fileClass !== 1 && fileClass !== 2) || (order !== 1 && order !== 2)) return undefined;
  const wide = fileClass === 2;
  const little = order === 1;
  const u16 = (bytes: Buffer, offset: number) => (little ? bytes.readUInt16LE(offset) : bytes.readUInt16BE(offset));
  const u32 = (bytes: Buffer, offset: number) => (little ? bytes.readUInt32LE(offset) : bytes.readUInt32BE(offset));
  const u64 = (bytes: Buffer, offset: number) =>
    little
      ? bytes.readUInt32LE(offset) + bytes.readUInt32LE(offset + 4) * 2 ** 32
      : bytes.readUInt32BE(offset + 4) + bytes.readUInt32BE(offset) * 2 ** 32;
  return { wide, little, u16, u32, word: wide ? u64 : u32 };
}
