import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { isFarmError } from '../../core/farm-error.ts';
import type { KeyCard } from '../../model/key-card.ts';
import { type Envelope, signStatement } from '../../package/sign/envelope.ts';
import { formatPublicKey, parsePublicKey, type SecretKey } from '../../package/sign/key-file.ts';
import { followKeys } from './follow-keys.ts';
import type { Keyring, KnownKey } from './keyring.ts';
import { readCard } from './read-card.ts';

const time = '2026-11-01T00:00:00.000Z';
const now = '2026-11-20T00:00:00.000Z';

function makeKey(): SecretKey {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const known = parsePublicKey(formatPublicKey(publicKey), 'sample');
  return { id: known.id, key: privateKey, public: known };
}

const [a, b, c, thief, friend] = [makeKey(), makeKey(), makeKey(), makeKey(), makeKey()] as const;

const named = ({ id, public: { key } }: SecretKey) => ({ id, key: formatPublicKey(key) });
const gone = (key: SecretKey) => ({ ...named(key), revoked: time, reason: 'lost' });

interface Says {
  readonly serial?: number;
  readonly next?: SecretKey;
  readonly previous?: SecretKey;
  readonly revoked?: readonly SecretKey[];
  readonly farm?: string;
}

function cardOf(key: SecretKey, { serial = 1, next, previous, revoked = [], farm = 'nova' }: Says): KeyCard {
  return {
    type: 'key',
    format: 'binfarm.key/1',
    farm,
    ...named(key),
    name: '',
    since: time,
    serial,
    published: time,
    ...(next === undefined ? {} : { next: named(next) }),
    ...(previous === undefined ? {} : { previous: named(previous) }),
    revoked: revoked.map(gone),
  };
}

/** A card as its key signs it, and the next one with it. */
function signed(key: SecretKey, says: Says): [string, Envelope] {
  return [key.id, signStatement(cardOf(key, says), key, ...(says.next === undefined ? [] : [says.next]))];
}

const known = (key: SecretKey, about: Partial<KnownKey> = {}): KnownKey => ({
  key: key.public,
  name: '',
  since: time,
  ...about,
});
const ring = (...keys: readonly KnownKey[]): Keyring => ({ keys, revoked: [] });

async function follow(keyring: Keyring, ...cards: readonly [string, Envelope][]) {
  const stored = new Map(cards);
  const result = await followKeys(keyring, {
    now,
    read: async (key) => {
      const envelope = stored.get(key.id);
      return envelope === undefined ? undefined : readCard({ envelope, location: 'here' }, key, 'nova');
    },
  });
  const ids = (items: readonly { readonly key: { readonly id: string } }[]) => items.map(({ key }) => key.id).sort();
  return { ...result, believed: ids(result.keyring.keys), revoked: ids(result.keyring.revoked) };
}

const sorted = (...keys: readonly SecretKey[]) => keys.map(({ id }) => id).sort();
const failsWith = (code: string, part: RegExp) => (error: unknown) =>
  isFarmError(error) && error.code === code && part.test(error.message);

test('who trusts a key follows it to the next one, and on', async () => {
  const { believed, news } = await follow(ring(known(a)), signed(a, { next: b }), signed(b, { previous: a, next: c }));
  assert.deepEqual(believed, sorted(a, b, c));
  assert.deepEqual(
    news.map((item) => item.type === 'followed' && [item.from, item.to]),
    [
      [a.id, b.id],
      [b.id, c.id],
    ],
  );
});

test('who begins with the newest key believes what the ones before have signed', async () => {
  const { believed, news } = await follow(
    ring(known(c)),
    signed(c, { previous: b }),
    signed(b, { previous: a, next: c }),
    signed(a, { next: b }),
  );
  assert.deepEqual([believed, news], [sorted(a, b, c), []]);
});

test('a forged rotation is refused', async (t) => {
  const forgeries: Record<string, [string, Envelope]> = {
    'signed only by a stranger': [a.id, signStatement(cardOf(a, { next: thief }), thief)],
    'signed by a stranger in the name of the key': [
      a.id,
      relabel(signStatement(cardOf(a, { next: thief }), thief), a.id),
    ],
    'changed after it was signed': [a.id, changed(signed(a, { next: b })[1], named(b).id, named(thief).id)],
    'the card of another key': [a.id, signStatement(cardOf(thief, { next: thief }), a)],
    'of another farm': signed(a, { next: b, farm: 'other' }),
    'with another key under the id of the next one': [
      a.id,
      signStatement({ ...cardOf(a, {}), next: { ...named(thief), id: b.id } }, a, b),
    ],
  };
  for (const [name, card] of Object.entries(forgeries)) {
    await t.test(name, async () => {
      await assert.rejects(
        follow(ring(known(a)), card),
        (error) => isFarmError(error) && /Cannot believe/.test(error.message),
      );
    });
  }
});

test('a key cannot be made to follow on another without having signed it, too', async () => {
  const card: [string, Envelope] = [a.id, signStatement(cardOf(a, { next: b }), a)];
  await assert.rejects(follow(ring(known(a)), card), failsWith('KEY_UNKNOWN', /Cannot believe the card/));
});

test('an older card than was seen is refused: a replayed revocation list, or a rotation from before', async () => {
  const old = signed(b, { serial: 3, revoked: [] });
  await assert.rejects(follow(ring(known(b, { serial: 4 })), old), failsWith('TRUST_OLD', /change 3, and change 4/));
});

test('a key that was followed to one is never followed to another', async () => {
  const again = signed(a, { serial: 9, next: thief });
  const believed = ring(known(a, { next: b.id, serial: 1 }), known(b, { via: a.id }));
  await assert.rejects(follow(believed, again), failsWith('TRUST_INVALID', /was followed to/));
});

test('a replayed rotation does not lead back: who has followed on keeps the newest', async () => {
  const believed = ring(known(a, { next: b.id, serial: 1 }), known(b, { next: c.id, serial: 1 }), known(c));
  const { keyring } = await follow(believed, signed(a, { next: b }));
  assert.deepEqual(keyring.keys.map(({ key }) => key.id).sort(), sorted(a, b, c));
});

test('a revoked key is not believed, and what it names is not followed', async (t) => {
  const cases: Record<string, { cards: [string, Envelope][]; revoked: SecretKey[]; believed: SecretKey[] }> = {
    'by itself': { cards: [signed(a, { next: b, revoked: [a] })], revoked: [a], believed: [] },
    'by the one that it names': {
      cards: [signed(a, { next: b }), signed(b, { previous: a, revoked: [a] })],
      revoked: [a],
      believed: [],
    },
    'by a later one': {
      cards: [signed(a, { next: b }), signed(b, { next: c }), signed(c, { revoked: [a] })],
      revoked: [a],
      believed: [],
    },
    'in the middle': {
      cards: [signed(a, { next: b }), signed(b, { next: c }), signed(c, { revoked: [b] })],
      revoked: [b],
      believed: [a],
    },
  };
  for (const [name, { cards, revoked, believed }] of Object.entries(cases)) {
    await t.test(name, async () => {
      const result = await follow(ring(known(a)), ...cards);
      assert.deepEqual([result.revoked, result.believed], [sorted(...revoked), sorted(...believed)]);
    });
  }
});

test('who had followed before the old key was revoked goes on with the new one', async () => {
  const before = ring(known(a, { next: b.id }), known(b, { via: a.id }));
  const { believed, revoked } = await follow(before, signed(a, { next: b }), signed(b, { previous: a, revoked: [a] }));
  assert.deepEqual([believed, revoked], [[b.id], [a.id]]);
});

test('a revocation stays, whatever cards say later', async () => {
  const { keyring } = await follow(ring(known(a), known(b)), signed(b, { revoked: [a] }));
  const later = await follow(keyring, signed(b, { serial: 2, previous: a }), signed(a, { serial: 5, next: thief }));
  assert.deepEqual([later.believed, later.revoked], [[b.id], [a.id]]);
});

test('an old key does not revoke those that followed on it', async () => {
  const before = ring(known(a, { next: b.id }), known(b, { via: a.id, next: c.id }), known(c, { via: b.id }));
  const { believed } = await follow(before, signed(a, { serial: 7, next: b, revoked: [b, c] }));
  assert.deepEqual(believed, sorted(a, b, c));
});

test('of two strangers that revoke each other the one that is known for longer is believed', async () => {
  const both = ring(known(thief, { since: now }), known(friend));
  const { believed, revoked } = await follow(
    both,
    signed(thief, { revoked: [friend] }),
    signed(friend, { revoked: [thief] }),
  );
  assert.deepEqual([believed, revoked], [[friend.id], [thief.id]]);
});

test('what was followed on the word of a key that another one revokes at the same time is dropped', async () => {
  const both = ring(known(a), known(friend, { since: now }));
  const { believed, news } = await follow(both, signed(a, { next: thief }), signed(friend, { revoked: [a] }));
  assert.deepEqual([believed, news.map(({ type }) => type)], [[friend.id], ['revoked']]);
});

test('no more keys than the limit follow one another', async () => {
  const keys = Array.from({ length: 20 }, makeKey);
  const cards = keys.slice(0, -1).map((key, index) => signed(key, { next: keys[index + 1]! }));
  await assert.rejects(follow(ring(known(keys[0]!)), ...cards), failsWith('TRUST_INVALID', /more than 16 keys/));
});

test('keys that name each other in a circle end', async () => {
  const { believed } = await follow(
    ring(known(a)),
    signed(a, { next: b, previous: b }),
    signed(b, { next: a, previous: a }),
  );
  assert.deepEqual(believed, sorted(a, b));
});

test('whatever cards there are, nobody is believed who is not reached from a believed key by signatures', async () => {
  const keys = [a, b, c, friend];
  const pick = fc.option(fc.constantFrom(...keys), { nil: undefined });
  const says = fc.record({
    next: pick,
    previous: pick,
    revoked: fc.subarray(keys),
    serial: fc.integer({ min: 1, max: 3 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(says, { minLength: 4, maxLength: 4 }), async (all) => {
      const cards = all.map(({ next, previous, ...rest }, index) =>
        signed(keys[index]!, { ...rest, ...(next && { next }), ...(previous && { previous }) }),
      );
      const { believed, revoked } = await follow(ring(known(a)), ...cards);
      const reached = new Set([0]);
      for (const index of reached) {
        for (const key of [all[index]!.next, all[index]!.previous])
          if (key !== undefined) reached.add(keys.indexOf(key));
      }
      assert.ok(believed.every((id) => reached.has(keys.findIndex((key) => key.id === id))));
      assert.ok(believed.every((id) => !revoked.includes(id)));
    }),
    { numRuns: 200 },
  );
});

function relabel(envelope: Envelope, id: string): Envelope {
  return { ...envelope, signatures: envelope.signatures.map(({ sig }) => ({ keyid: id, sig })) };
}

function changed(envelope: Envelope, from: string, to: string): Envelope {
  const text = Buffer.from(envelope.payload, 'base64').toString().replaceAll(from, to);
  return { ...envelope, payload: Buffer.from(text).toString('base64') };
}
