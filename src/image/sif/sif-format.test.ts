import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isFarmError } from '../../core/farm-error.ts';
import { parseSifDescriptor, parseSifHeader } from './parse-sif.ts';
import {
  dataOffset,
  formatSifDescriptor,
  formatSifHeader,
  partitionExtra,
  type SifDescriptor,
  signatureExtra,
} from './sif-format.ts';

const header = formatSifHeader({ architecture: '02', time: 0x01020304, objects: 3, dataSize: 0x10d250 });
const number = (value: number) => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(BigInt(value));
  return bytes.toString('hex');
};

test('the header is the one of the format, byte by byte', () => {
  const launch = Buffer.from('#!/usr/bin/env run-singularity\n\0').toString('hex');
  const magic = Buffer.from('SIF_MAGIC\0' + '01\0' + '02\0').toString('hex');
  const times = number(0x01020304).repeat(2);
  const places = [45, 48, 4096, 48 * 585, 32_176, 0x10d250].map(number).join('');
  assert.equal(header.toString('hex'), launch + magic + '00'.repeat(16) + times + places);
  assert.equal(dataOffset, 32_176);
});

const partition: SifDescriptor = {
  type: 0x4004,
  id: 3,
  group: 1,
  linkedGroup: 0,
  offset: 36_864,
  size: 1_097_728,
  paddedSize: 1_100_531,
  time: 5,
  name: 'é',
  extra: partitionExtra('02'),
};
const signature: SifDescriptor = {
  ...partition,
  type: 0x4005,
  group: 0,
  linkedGroup: 1,
  name: '',
  extra: signatureExtra(),
};

const descriptors: readonly { says: string; descriptor: SifDescriptor; ids: string; name: string; extra: string }[] = [
  {
    says: 'a partition, primary, squashfs, amd64, in group 1',
    descriptor: partition,
    ids: '0440000001' + '03000000' + '010000f0' + '00000000',
    name: 'c3a9',
    extra: '01000000' + '02000000' + '303200',
  },
  {
    says: 'a signature of group 1 by sha256, in no group',
    descriptor: signature,
    ids: '0540000001' + '03000000' + '000000f0' + '010000f0',
    name: '',
    extra: '01000000',
  },
];

for (const { says, descriptor, ids, name, extra } of descriptors) {
  test(`the descriptor of ${says} is the one of the format, and is read back`, () => {
    const bytes = formatSifDescriptor(descriptor);
    const numbers = [36_864, 1_097_728, 1_100_531, 5, 5, 0, 0].map(number).join('');
    assert.equal(bytes.toString('hex'), ids + numbers + name.padEnd(256, '0') + extra.padEnd(768, '0'));
    const { bytes: _, extra: found, ...parsed } = parseSifDescriptor(bytes, 2_000_000)!;
    const { extra: wanted, ...rest } = descriptor;
    assert.deepEqual(parsed, rest);
    assert.deepEqual(found.subarray(0, wanted.length), wanted);
  });
}

test('a descriptor that is not in use is none', () => {
  assert.equal(parseSifDescriptor(Buffer.alloc(585), 0), undefined);
});

function changed(bytes: Buffer, offset: number, value: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  value.copy(copy, offset);
  return copy;
}
const negative = Buffer.alloc(8, 0xff);
const huge = Buffer.from('ffffffffffffff7f', 'hex');

const refused: readonly { says: string; parse: () => unknown; message: RegExp }[] = [
  { says: 'nothing', parse: () => parseSifHeader(Buffer.alloc(0)), message: /it is no SIF file$/ },
  { says: 'another magic', parse: () => parseSifHeader(changed(header, 32, Buffer.from('X'))), message: /no SIF file/ },
  { says: 'another version', parse: () => parseSifHeader(changed(header, 42, Buffer.from('02'))), message: /version/ },
  { says: 'a negative number', parse: () => parseSifHeader(changed(header, 96, negative)), message: /cannot be: -1$/ },
  { says: 'a huge number', parse: () => parseSifHeader(changed(header, 88, huge)), message: /cannot be: 9223/ },
  {
    says: 'too many descriptors',
    parse: () => parseSifHeader(changed(header, 88, Buffer.from('00ffff0000000000', 'hex'))),
    message: /it has 16776960 descriptors$/,
  },
  {
    says: 'descriptors of another size',
    parse: () => parseSifHeader(changed(header, 88, Buffer.from('3100000000000000', 'hex'))),
    message: /table of objects has another size$/,
  },
  {
    says: 'an object beyond its end',
    parse: () => parseSifDescriptor(formatSifDescriptor(partition), 1_134_591),
    message: /an object lies beyond its end$/,
  },
];

for (const { says, parse, message } of refused) {
  test(`a SIF file with ${says} is refused`, () => {
    assert.throws(parse, (error) => isFarmError(error, 'SIF_INVALID') && message.test(error.message));
  });
}

test('a descriptor of any bytes is read, or refused with SIF_INVALID', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 585, maxLength: 585 }), fc.nat(100_000), (bytes, size) => {
      try {
        const found = parseSifDescriptor(Buffer.from(bytes), size);
        assert.ok(found === undefined || found.offset + found.size <= size);
      } catch (error) {
        assert.ok(isFarmError(error, 'SIF_INVALID'), String(error));
      }
    }),
  );
});
