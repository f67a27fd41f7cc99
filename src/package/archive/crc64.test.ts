import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { crc64Bytes, startCrc64, updateCrc64 } from './crc64.ts';

function crcOf(...parts: readonly Uint8Array[]): string {
  const crc = startCrc64();
  for (const part of parts) updateCrc64(crc, part);
  return crc64Bytes(crc).toString('hex');
}

test('the CRC-64/ISO of "123456789" is the published check value', () => {
  assert.equal(crcOf(Buffer.from('123456789')), 'b90956c775a41001');
});

test('a CRC-64 does not depend on how the bytes are cut', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(100), (bytes, at) => {
      assert.equal(crcOf(bytes.subarray(0, at), bytes.subarray(at)), crcOf(bytes));
    }),
  );
});
