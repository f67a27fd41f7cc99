/** A CRC-64 under way, as two halves of 32 bits; starts with all ones. */
export interface Crc64 {
  low: number;
  high: number;
}

// One table for each of the eight bytes that are taken at a time; an entry has a high and a low half.
const highs = Array.from({ length: 8 }, () => new Uint32Array(256));
const lows = Array.from({ length: 8 }, () => new Uint32Array(256));

/** Reflected polynomial 0xD800000000000000 (ISO 3309). */
function fillTables(): void {
  for (let byte = 0; byte < 256; byte++) {
    let low = byte;
    let high = 0;
    for (let bit = 0; bit < 8; bit++) {
      const odd = low & 1;
      low = ((low >>> 1) | (high << 31)) >>> 0;
      high = (high >>> 1) ^ (odd ? 0xd8000000 : 0);
    }
    lows[0]![byte] = low;
    highs[0]![byte] = high >>> 0;
  }
  for (let slice = 1; slice < 8; slice++) {
    for (let byte = 0; byte < 256; byte++) {
      const low = lows[slice - 1]![byte]!;
      const high = highs[slice - 1]![byte]!;
      const index = low & 0xff;
      lows[slice]![byte] = (((low >>> 8) | (high << 24)) ^ lows[0]![index]!) >>> 0;
      highs[slice]![byte] = ((high >>> 8) ^ highs[0]![index]!) >>> 0;
    }
  }
}

fillTables();

/** Starts a CRC-64/ISO, the checksum that a tar-split holds of each file. */
export function startCrc64(): Crc64 {
  return { low: 0xffffffff, high: 0xffffffff };
}

/** Takes bytes into a CRC-64, eight at a time ("slicing by 8"): BigInt would be twenty times slower. */
export function updateCrc64(crc: Crc64, data: Uint8Array): void {
  const [l0, l1, l2, l3, l4, l5, l6, l7] = lows as [Table, Table, Table, Table, Table, Table, Table, Table];
  const [h0, h1, h2, h3, h4, h5, h6, h7] = highs as [Table, Table, Table, Table, Table, Table, Table, Table];
  let low = crc.low;
  let high = crc.high;
  let at = 0;
  for (const end = data.length - 7; at < end; at += 8) {
    low ^= data[at]! | (data[at + 1]! << 8) | (data[at + 2]! << 16) | (data[at + 3]! << 24);
    high ^= data[at + 4]! | (data[at + 5]! << 8) | (data[at + 6]! << 16) | (data[at + 7]! << 24);
    const [a, b, c, d] = [low & 0xff, (low >>> 8) & 0xff, (low >>> 16) & 0xff, low >>> 24];
    const [e, f, g, h] = [high & 0xff, (high >>> 8) & 0xff, (high >>> 16) & 0xff, high >>> 24];
    low = l7[a]! ^ l6[b]! ^ l5[c]! ^ l4[d]! ^ l3[e]! ^ l2[f]! ^ l1[g]! ^ l0[h]!;
    high = h7[a]! ^ h6[b]! ^ h5[c]! ^ h4[d]! ^ h3[e]! ^ h2[f]! ^ h1[g]! ^ h0[h]!;
  }
  for (; at < data.length; at++) {
    const index = (low ^ data[at]!) & 0xff;
    low = ((low >>> 8) | (high << 24)) ^ l0[index]!;
    high = (high >>> 8) ^ h0[index]!;
  }
  crc.low = low >>> 0;
  crc.high = high >>> 0;
}

type Table = Uint32Array;

/** The eight bytes of a finished CRC-64, big-endian, as a tar-split writes it. */
export function crc64Bytes(crc: Crc64): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32BE((crc.high ^ 0xffffffff) >>> 0, 0);
  bytes.writeUInt32BE((crc.low ^ 0xffffffff) >>> 0, 4);
  return bytes;
}
