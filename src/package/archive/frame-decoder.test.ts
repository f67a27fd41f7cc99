import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createFrameDecoder } from './frame-decoder.ts';
import { compressFrame, decompressFrame } from './zstd-frame.ts';

const most = 1 << 20;

test('one decoder gives what one call for each frame gives, for any frames one after the other', async () => {
  const decode = createFrameDecoder(most);
  assert.notEqual(decode, decompressFrame, 'this version of Node has the native decoder where it is looked for');
  const contents = fc.array(
    fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 300 }),
      fc.nat({ max: most - 1 }).map((size) => Buffer.alloc(size + 1, 'ab')),
    ),
    {
      maxLength: 8,
    },
  );
  await fc.assert(
    fc.asyncProperty(contents, async (list) => {
      for (const bytes of list) {
        const frame = await compressFrame(Buffer.from(bytes), 3);
        assert.deepEqual(Buffer.from(decode(frame, bytes.length)), decompressFrame(frame, bytes.length));
      }
    }),
    { numRuns: 50 },
  );
});

test('a frame that holds more or less than it should, or is damaged, is refused', async () => {
  const frame = await compressFrame(Buffer.from('some content of a file, again and again, some content of a file'), 3);
  for (const size of [1, 62, 64, 5000]) {
    assert.throws(() => createFrameDecoder(most)(frame, size), { code: 'PACKAGE_DAMAGED' }, `as ${size} bytes`);
  }
  assert.throws(() => createFrameDecoder(most)(frame.subarray(0, -1), 63), { code: 'PACKAGE_DAMAGED' });
  assert.throws(() => createFrameDecoder(most)(Buffer.concat([frame, frame]), 63), { code: 'PACKAGE_DAMAGED' });
  const bad = Buffer.from(frame);
  bad[8] = 0xff;
  assert.throws(() => createFrameDecoder(most)(bad, 63), { code: 'PACKAGE_DAMAGED' });
});

test('a decoder that failed stays failed', async () => {
  const decode = createFrameDecoder(most);
  const frame = await compressFrame(Buffer.from('content'), 3);
  assert.throws(() => decode(Buffer.from('no frame at all'), 7), { code: 'PACKAGE_DAMAGED' });
  assert.throws(() => decode(frame, 7), { code: 'PACKAGE_DAMAGED' });
});
