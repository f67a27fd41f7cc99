import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestOf } from '../../core/digest.ts';
import { emptyImageLock, formatImageLock, type ImageLock, parseImageLock } from './image-lock.ts';

const lock: ImageLock = {
  ...emptyImageLock,
  bases: { 'oci://host/debian:12': digestOf('base') },
  images: {
    'nova/full': {
      p: { release: digestOf('r'), groups: [['a', 'b'], ['c']], layers: [{ digest: digestOf('l'), size: 1 }] },
    },
  },
};

test('parse(format(x)) = x', () => assert.deepEqual(parseImageLock(formatImageLock(lock), 'f'), lock));

for (const text of [
  '',
  '{}',
  '[]',
  'null',
  formatImageLock(lock).replace('"size": 1', '"size": -1'),
  formatImageLock(lock).replace('sha256:', 'md5:'),
]) {
  test(`${JSON.stringify(text.slice(0, 20))} is LOCK_INVALID with the file's name`, () => {
    assert.throws(() => parseImageLock(text, 'images.lock'), { code: 'LOCK_INVALID', message: /images\.lock/ });
  });
}
