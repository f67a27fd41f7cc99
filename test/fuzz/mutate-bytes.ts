import type { Random } from './random.ts';

/** A change of bytes that knows nothing of what they mean. */
export interface ByteMutation {
  readonly says: string;
  readonly bytes: Buffer;
}

const changes: Readonly<Record<string, (bytes: Buffer, random: Random) => Buffer>> = {
  'flipped bits': (bytes, random) => {
    const copy = Buffer.from(bytes);
    for (let count = 1 + random.below(4); count > 0; count--) {
      const place = random.below(copy.length);
      copy[place] = copy[place]! ^ (1 << random.below(8));
    }
    return copy;
  },
  'cut off': (bytes, random) => bytes.subarray(0, random.below(bytes.length)),
  'cut at the front': (bytes, random) => bytes.subarray(1 + random.below(bytes.length)),
  'one byte less': (bytes) => bytes.subarray(0, -1),
  'something behind': (bytes, random) => Buffer.concat([bytes, random.bytes(1 + random.below(40))]),
  twice: (bytes) => Buffer.concat([bytes, bytes]),
  nothing: () => Buffer.alloc(0),
  'zeros in it': (bytes, random) => {
    const copy = Buffer.from(bytes);
    const from = random.below(copy.length);
    return copy.fill(0, from, Math.min(copy.length, from + 1 + random.below(600))) as Buffer<ArrayBuffer>;
  },
  'bytes added within': (bytes, random) => {
    const place = random.below(bytes.length);
    return Buffer.concat([bytes.subarray(0, place), random.bytes(1 + random.below(9)), bytes.subarray(place)]);
  },
  'bytes taken out': (bytes, random) => {
    const place = random.below(bytes.length);
    return Buffer.concat([bytes.subarray(0, place), bytes.subarray(place + 1 + random.below(600))]);
  },
  'parts exchanged': (bytes, random) => {
    const place = random.below(bytes.length);
    return Buffer.concat([bytes.subarray(place), bytes.subarray(0, place)]);
  },
  noise: (bytes, random) => random.bytes(Math.min(bytes.length, 5000)),
};

/** Changes bytes blindly; the result always differs. */
export function mutateBytes(bytes: Buffer, random: Random): ByteMutation {
  for (;;) {
    const says = random.pick(Object.keys(changes));
    const changed = changes[says]!(bytes, random);
    if (!changed.equals(bytes)) return { says, bytes: changed };
  }
}
