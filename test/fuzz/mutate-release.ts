import { evilTexts, type Plain } from './mutate-json.ts';
import type { Random } from './random.ts';

interface DraftRelease extends Plain {
  readonly platforms: Record<string, { sets: Record<string, unknown>; packages: Record<string, Plain> } & Plain>;
}

const releaseFaults: Readonly<
  Record<string, (draft: DraftRelease, packages: Record<string, Plain>, random: Random) => void>
> = {
  'needs what is not there': (_, packages, random) => {
    first(packages).needs = [
      random.pick(['constructor', 'toString', 'hasOwnProperty', 'none-1-0', '__proto__', '../x', 'valueOf']),
    ];
  },
  'sets of what is not there': (draft, _, random) => {
    const platform = first(draft.platforms);
    platform.sets = { all: [random.pick(['constructor', 'toString', 'none', '..'])] };
  },
  'needs in a circle': (_, packages) => {
    const names = Object.keys(packages);
    names.forEach((name, index) => {
      packages[name]!.needs = [names[(index + 1) % names.length]!];
    });
  },
  'the blob of another package': (_, packages) => {
    const [one, two] = Object.values(packages) as [Plain, Plain];
    Object.assign(one, { digest: two.digest, size: two.size });
  },
  'another size': (_, packages, random) => {
    first(packages).size = random.pick([1, 2 ** 40, Number.MAX_SAFE_INTEGER]);
  },
  'another build hash': (_, packages) => {
    first(packages).buildHash = 'f'.repeat(64);
  },
  'another store name': (_, packages, random) => {
    const [name] = Object.keys(packages) as [string];
    packages[random.pick(['..', '.', '../../canary', 'a/b', `${name}x`, 'constructor', ' ', 'a\nb'])] = packages[name]!;
    delete packages[name];
  },
  'an evil name': (_, packages, random) => {
    first(packages).name = random.pick([
      '../../canary',
      'releases',
      'channels',
      'a/b',
      '',
      'constructor',
      'x'.repeat(500),
    ]);
  },
  'an evil version of the C library': (_, packages, random) => {
    first(packages).glibc = random.pick([
      '',
      'a',
      '9'.repeat(1000),
      '2.',
      '-1',
      '2.4\n',
      '999.0',
      ...evilTexts.slice(0, 8),
    ]);
  },
  'an evil platform': (draft, _, random) => {
    const [name] = Object.keys(draft.platforms) as [string];
    draft.platforms[
      random.pick([
        'constructor',
        '..',
        'x86_64',
        'x86_64-a-b-c-d-e',
        '',
        'x86_64+avx9999-debian12-gcc12-opt',
        '--help',
      ])
    ] = draft.platforms[name]!;
    delete draft.platforms[name];
  },
  'thousands of packages': (_, packages, random) => {
    const one = first(packages);
    for (let count = random.below(21_000); count > 0; count--) packages[`p${count}-1-0`] = one;
  },
  'thousands of needs': (_, packages) => {
    const names = Object.keys(packages);
    first(packages).needs = Array.from({ length: 100_000 }, (_item, index) => names[index % names.length]!);
  },
  'another format': (draft, _, random) => {
    draft.format = random.pick(['binfarm.release/2', 'binfarm.channel/1', '', null]);
  },
  'another type': (draft, _, random) => {
    draft.type = random.pick(['channel', 'package', '', 'constructor']);
  },
  'another farm': (draft, _, random) => {
    draft.farm = random.pick(evilTexts);
  },
  'a root of another length': (draft, _, random) => {
    first(draft.platforms).rootLength = random.pick([0, 15, 201, 1e9, 16.5]);
  },
};

function first<Value>(record: Record<string, Value>): Value {
  return Object.values(record)[0]!;
}

/** Makes a release hostile that its farm then signs; gives what was done. */
export function mutateRelease(release: unknown, random: Random): { readonly says: string; readonly value: unknown } {
  const draft = structuredClone(release) as DraftRelease;
  const says = random.pick(Object.keys(releaseFaults));
  releaseFaults[says]!(draft, first(draft.platforms).packages, random);
  return { says, value: draft };
}
