import assert from 'node:assert/strict';
import { test } from 'node:test';
import { zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { isFarmError } from '../../core/farm-error.ts';
import { createFrameReader, type FrameRequest } from './frame-reader.ts';
import { compressFrame, decompressFrame, skippableFrame } from './zstd-frame.ts';

const data: FrameRequest = { kind: 'data', most: 1 << 20 };

function readAll(blob: Buffer, step: number, requests: readonly FrameRequest[]): Buffer[] {
  const reader = createFrameReader();
  const found: Buffer[] = [];
  for (let at = 0; at < blob.length; at += step) {
    reader.push(blob.subarray(at, at + step));
    for (let request = requests[found.length]; request !== undefined; request = requests[found.length]) {
      const frame = reader.next(request);
      if (frame === undefined) break;
      const { bytes, contentSize } = frame;
      found.push(Buffer.from(request.kind === 'data' ? decompressFrame(bytes, contentSize) : bytes));
    }
  }
  assert.equal(reader.rest(), 0);
  return found;
}

test('frames come back whole however the blob is cut', async () => {
  const contents = [Buffer.from('x'), Buffer.alloc(300, 'ab'), Buffer.alloc(200_000, 7), Buffer.from('end')];
  const frames = await Promise.all(contents.map(async (content) => compressFrame(content, 3)));
  const blob = Buffer.concat([...frames, skippableFrame(Buffer.from('tail'))]);
  const requests: FrameRequest[] = [...contents.map(() => data), { kind: 'skippable', most: 4 }];
  for (const step of [1, 7, 100, blob.length]) {
    assert.deepEqual(readAll(blob, step, requests), [...contents, Buffer.from('tail')]);
  }
});

test('any content comes back from its frame, which states its size', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 5000 }), (content) => {
      const frame = compressFrame(Buffer.from(content), 9) as Buffer;
      const [back] = readAll(frame, frame.length, [{ kind: 'data', size: content.length, most: content.length }]);
      assert.deepEqual(back, Buffer.from(content));
    }),
  );
});

test('a large content comes back from the frame that a thread has made', async () => {
  for (const size of [(1 << 16) + 1, 4 << 20]) {
    const content = Buffer.alloc(size);
    for (let at = 0; at < size; at += 3) content[at] = (at * 2_654_435_761) >>> 24;
    const frame = await compressFrame(content, 9);
    assert.equal(frame[4]! & 0x3f, 0x20);
    assert.deepEqual(readAll(frame, 65_536, [{ kind: 'data', size, most: size }]), [content]);
  }
});

const small = compressFrame(Buffer.alloc(1000, 1), 3) as Buffer;
const checksum = zstdCompressSync(Buffer.alloc(1000, 1), { params: { 201: 1 } });
const refused: readonly { says: string; blob: Buffer; request: FrameRequest }[] = [
  { says: 'another size than expected', blob: small, request: { kind: 'data', size: 999, most: 999 } },
  { says: 'a larger content than allowed', blob: small, request: { kind: 'data', most: 999 } },
  { says: 'something that is not compressed', blob: Buffer.alloc(100, 'a'), request: data },
  { says: 'a frame with a checksum, which packages do not use', blob: checksum, request: data },
  { says: 'a skippable frame in place of data', blob: skippableFrame(small), request: data },
  { says: 'data in place of a skippable frame', blob: small, request: { kind: 'skippable', most: 1000 } },
  {
    says: 'a skippable frame that states 4 GiB',
    blob: Buffer.from('502a4d18ffffffff00', 'hex'),
    request: { kind: 'skippable', most: 1 << 20 },
  },
  {
    says: 'a frame with a content of 2^60 bytes',
    blob: Buffer.concat([Buffer.from('28b52ffde00000000000000010', 'hex'), Buffer.alloc(10)]),
    request: data,
  },
  {
    says: 'a frame of endless empty blocks',
    blob: Buffer.concat([Buffer.from('28b52ffd2001', 'hex'), Buffer.alloc(3000)]),
    request: data,
  },
];

for (const { says, blob, request } of refused) {
  test(`a frame reader refuses ${says}`, () => {
    const reader = createFrameReader();
    reader.push(blob);
    assert.throws(() => reader.next(request), { code: 'PACKAGE_DAMAGED' });
  });
}

test('a frame that holds more than it states is refused before it is unpacked', () => {
  const large = compressFrame(Buffer.alloc(60_000, 1), 3) as Buffer;
  const lying = Buffer.from(large);
  lying.writeUInt16LE(500 - 256, 5);
  assert.throws(() => decompressFrame(lying, 500), { code: 'PACKAGE_DAMAGED' });
});

test('a frame reader answers any bytes with a frame, nothing, or PACKAGE_DAMAGED', () => {
  const start = fc.constantFrom(Buffer.alloc(0), Buffer.from('28b52ffd', 'hex'), Buffer.from('502a4d18', 'hex'));
  fc.assert(
    fc.property(start, fc.uint8Array({ maxLength: 64 }), fc.boolean(), (head, rest, skippable) => {
      const reader = createFrameReader();
      reader.push(Buffer.concat([head, rest]));
      try {
        const frame = reader.next(skippable ? { kind: 'skippable', most: 100 } : data);
        if (frame !== undefined && !skippable) decompressFrame(frame.bytes, frame.contentSize);
      } catch (error) {
        assert.ok(isFarmError(error, 'PACKAGE_DAMAGED'), String(error));
      }
    }),
    { numRuns: 2000 },
  );
});
