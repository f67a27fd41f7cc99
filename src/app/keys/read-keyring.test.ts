import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { isFarmError } from '../../core/farm-error.ts';
import { createKey, formatPublicKey, type SecretKey } from '../../package/sign/key-file.ts';
import { type Keyring, publicKeysOf, revokedKeyOf, withSuccessors } from './keyring.ts';
import { isSameKeyring, readKeyring, writeKeyring } from './read-keyring.ts';

const time = '2026-11-20T00:00:00.000Z';
let top = '';
let keys: readonly SecretKey[] = [];

before(async () => {
  top = await mkdtemp(join(tmpdir(), 'binfarm-keyring-'));
  keys = await Promise.all(['a', 'b', 'c'].map((name) => createKey(join(top, name))));
});
after(() => rm(top, { recursive: true, force: true }));

function placeIn(name: string) {
  const folder = join(top, name, 'trusted');
  return { root: join(top, name), folder, state: join(top, name, 'trust.json'), share: async () => {} };
}

test('a place without keys has an empty keyring', async () => {
  assert.deepEqual(await readKeyring(placeIn('empty')), { keys: [], revoked: [] });
});

test('a keyring that was written is read back the same, and what is revoked has no file any more', async () => {
  const [a, b, c] = keys as readonly [SecretKey, SecretKey, SecretKey];
  const place = placeIn('same');
  const known = (key: SecretKey) => ({ key: key.public, name: 'somebody', since: time });
  await writeKeyring(place, { keys: [known(a), known(b)], revoked: [] });
  const keyring: Keyring = {
    keys: [
      { ...known(a), next: c.id, serial: 3, expires: time },
      { ...known(c), via: a.id },
    ],
    revoked: [revokedKeyOf(b.public, { name: 'gone', revoked: time, reason: 'lost', by: a.id })],
  };
  await writeKeyring(place, keyring);
  assert.ok(isSameKeyring(await readKeyring(place), keyring));
  assert.deepEqual((await readdir(place.folder)).toSorted(), [`${a.id}.pub`, `${c.id}.pub`].toSorted());
  assert.deepEqual(withSuccessors(keyring, [a.id, 'other']), [a.id, 'other', c.id]);
});

test('the file of a revoked key that somebody puts back is not believed', async () => {
  const [a] = keys as readonly [SecretKey];
  const place = placeIn('back');
  const gone = revokedKeyOf(a.public, { name: '', revoked: time, reason: '' });
  await writeKeyring(place, { keys: [], revoked: [gone] });
  await writeFile(join(place.folder, 'again.pub'), formatPublicKey(a.public.key));
  const keyring = await readKeyring(place);
  assert.deepEqual(keyring.keys, []);
  assert.deepEqual(
    publicKeysOf(keyring).map(({ id, revoked }) => [id, revoked?.time]),
    [[a.id, time]],
  );
});

test('nothing is believed while what is known of keys is damaged', async (t) => {
  for (const text of ['', '{', '{}', '{"format":"binfarm.keyring/2","keys":{},"revoked":{}}', 'null']) {
    await t.test(JSON.stringify(text), async () => {
      const place = placeIn('damaged');
      await writeKeyring(place, { keys: [], revoked: [] });
      await writeFile(place.state, text);
      await assert.rejects(readKeyring(place), (error) => isFarmError(error, 'KEY_INVALID'));
    });
  }
});
