import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { digestOf } from '../../core/digest.ts';
import { isFarmError } from '../../core/farm-error.ts';
import { parseImageConfig, parseImageDocument } from './parse-image.ts';

const descriptor = { mediaType: 'm', digest: digestOf('x'), size: 1 };

test('an index is told from a manifest by what it has', () => {
  const manifest = { schemaVersion: 2, config: descriptor, layers: [descriptor] };
  assert.ok('manifest' in parseImageDocument(JSON.stringify(manifest), 's'));
  assert.ok('index' in parseImageDocument(JSON.stringify({ schemaVersion: 2, manifests: [descriptor] }), 's'));
});

test('the nulls of Docker are left out of a config', () => {
  const text = JSON.stringify({
    architecture: 'amd64',
    os: 'linux',
    config: { Env: null, Cmd: ['sh'] },
    rootfs: { type: 'layers', diff_ids: [] },
  });
  assert.deepEqual(parseImageConfig(text, 's').config, { Cmd: ['sh'] });
});

for (const text of [
  '',
  'null',
  '{}',
  '{"schemaVersion":1,"manifests":[]}',
  '{"schemaVersion":2,"manifests":[{"digest":"sha256:x"}]}',
]) {
  test(`${text || 'nothing'} is IMAGE_INVALID`, () => {
    assert.throws(() => parseImageDocument(text, 's'), { code: 'IMAGE_INVALID' });
  });
}

test('whatever the text, it is read or IMAGE_INVALID', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      for (const parse of [parseImageDocument, parseImageConfig]) {
        try {
          parse(text, 's');
        } catch (error) {
          assert.ok(isFarmError(error, 'IMAGE_INVALID'));
        }
      }
    }),
  );
});
