import { crc32, deflateRawSync } from 'node:zlib';
import { type Header, pack } from 'tar-stream';

/** An entry of a tar archive for a test; `data` makes it a file. */
export type TarEntry = Partial<Omit<Header, 'size'>> & { readonly name: string; readonly data?: string | Buffer };

/** Packs a tar archive with the entries as they are, however wrong. */
export async function packTar(entries: readonly TarEntry[]): Promise<Buffer> {
  const tar = pack();
  for (const { data, ...header } of entries) {
    if (header.type === undefined || header.type === 'file') tar.entry(header, Buffer.from(data ?? ''));
    else tar.entry(header);
  }
  tar.finalize();
  const chunks: Uint8Array[] = [];
  for await (const chunk of tar) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks);
}

/** An entry of a zip archive for a test, with what may be wrong about it. */
export interface ZipFile {
  readonly name: string;
  readonly data?: string | Buffer;
  /** 8 deflates, 0 stores; any other number is only claimed. */
  readonly method?: number;
  /** Unix type and permissions. */
  readonly mode?: number;
  readonly flags?: number;
  readonly crc?: number;
  readonly claimedSize?: number;
  /** Seconds since 1970, in the extended timestamp field. */
  readonly mtime?: number;
  /** Sizes and offset in the zip64 field. */
  readonly zip64?: boolean;
}

/** Packs a zip archive (APPNOTE.TXT) with the entries as they are, however wrong. */
export function packZip(files: readonly ZipFile[]): Buffer {
  const bodies: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const file of files) {
    const data = Buffer.from(file.data ?? '');
    const body = (file.method ?? 8) === 8 ? deflateRawSync(data) : data;
    const name = Buffer.from(file.name);
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(name.length, 26);
    directory.push(
      centralHeader(file, { name, size: data.length, compressedSize: body.length, offset, crc: crc32(data) }),
    );
    bodies.push(local, name, body);
    offset += local.length + name.length + body.length;
  }
  const list = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(files.length, 8);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(list.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...bodies, list, end]);
}

interface Measured {
  readonly name: Buffer;
  readonly size: number;
  readonly compressedSize: number;
  readonly offset: number;
  readonly crc: number;
}

function centralHeader(file: ZipFile, measured: Measured): Buffer {
  const header = Buffer.alloc(46);
  const size = file.claimedSize ?? measured.size;
  const extra = Buffer.concat([
    ...(file.zip64 === true ? [zip64Field([size, measured.compressedSize, measured.offset])] : []),
    ...(file.mtime === undefined ? [] : [timeField(file.mtime)]),
  ]);
  const wide = (value: number) => (file.zip64 === true ? 0xffffffff : value);
  header.writeUInt32LE(0x02014b50, 0);
  header.writeUInt16LE((3 << 8) | 30, 4);
  header.writeUInt16LE(file.flags ?? 0, 8);
  header.writeUInt16LE(file.method ?? 8, 10);
  header.writeUInt16LE((20 << 9) | (1 << 5) | 2, 14); // 2000-01-02
  header.writeUInt32LE(file.crc ?? measured.crc, 16);
  header.writeUInt32LE(wide(measured.compressedSize), 20);
  header.writeUInt32LE(wide(size), 24);
  header.writeUInt16LE(measured.name.length, 28);
  header.writeUInt16LE(extra.length, 30);
  header.writeUInt32LE(((file.mode ?? 0o100644) << 16) >>> 0, 38);
  header.writeUInt32LE(wide(measured.offset), 42);
  return Buffer.concat([header, measured.name, extra]);
}

function zip64Field(values: readonly number[]): Buffer {
  const field = Buffer.alloc(4 + values.length * 8);
  field.writeUInt16LE(1, 0);
  field.writeUInt16LE(values.length * 8, 2);
  for (const [index, value] of values.entries()) field.writeBigUInt64LE(BigInt(value), 4 + index * 8);
  return field;
}

function timeField(mtime: number): Buffer {
  const field = Buffer.alloc(9);
  field.writeUInt16LE(0x5455, 0);
  field.writeUInt16LE(5, 2);
  field.writeUInt8(1, 4);
  field.writeInt32LE(mtime, 5);
  return field;
}
