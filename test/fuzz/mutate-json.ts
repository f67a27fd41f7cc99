import type { Random } from './random.ts';

/** Plain data that is changed in place. */
export type Plain = { [key: string]: unknown };

/** Texts that no name, path or number should be. */
export const evilTexts: readonly string[] = [
  '',
  '.',
  '..',
  '../../canary/file',
  '/etc/passwd',
  'a/../../../canary',
  'a\0b',
  'a\nb',
  '\u001b[2J',
  '\ud800',
  'constructor',
  '__proto__',
  'toString',
  'ä'.repeat(300),
  'x'.repeat(100_000),
  '-rf',
  '$(touch canary/file)',
  'sha256:zz',
  `sha256:${'0'.repeat(64)}`,
  'file:///etc/passwd',
];

const evilValues: readonly unknown[] = [
  ...evilTexts,
  null,
  true,
  0,
  -1,
  1.5,
  1e308,
  Number.MAX_SAFE_INTEGER + 2,
  [],
  {},
  [[]],
  { length: 1e9 },
];

/** Changes one place of plain data, in the copy that it gives: another value, a key more or less, an item twice, another type. */
export function mutateJson(value: unknown, random: Random): { readonly says: string; readonly value: unknown } {
  const copy = structuredClone(value);
  const places = placesOf(copy, '', []);
  const place = random.pick(places);
  const says = changePlace(place, random);
  return { says: `${says} at "${place.path}"`, value: copy };
}

interface JsonPlace {
  readonly path: string;
  readonly parent: Plain;
  readonly key: string;
}

function placesOf(value: unknown, path: string, found: JsonPlace[]): JsonPlace[] {
  if (value === null || typeof value !== 'object') return found;
  for (const key of Object.keys(value)) {
    const here = path === '' ? key : `${path}.${key}`;
    found.push({ path: here, parent: value as Plain, key });
    placesOf((value as Plain)[key], here, found);
  }
  return found;
}

function changePlace({ parent, key }: JsonPlace, random: Random): string {
  const kind = random.below(6);
  if (kind === 0 && !Array.isArray(parent)) {
    delete parent[key];
    return 'a key is missing';
  }
  if (kind === 1 && !Array.isArray(parent)) {
    parent[random.pick(['surplus', 'constructor', 'toString', ...evilTexts.slice(0, 4)])] = parent[key];
    return 'a key too many';
  }
  if (kind === 2 && Array.isArray(parent)) {
    parent.push(structuredClone(parent[Number(key)]));
    return 'an item twice';
  }
  if (kind === 3) {
    let deep: unknown = [];
    for (let depth = 0; depth < 500; depth++) deep = random.oneIn(2) ? [deep] : { deep };
    parent[key] = deep;
    return 'deep nesting';
  }
  const before = parent[key];
  do parent[key] = structuredClone(random.pick(evilValues));
  while (Object.is(before, parent[key]));
  return `${JSON.stringify(parent[key]).slice(0, 40)} instead`;
}

/** Texts that are JSON, or nearly, and hostile to whoever reads them: by depth, by the number of values, by keys. */
export function evilJsonText(random: Random, size: number): { readonly says: string; readonly text: string } {
  const kinds: Readonly<Record<string, () => string>> = {
    'arrays without end': () => `{"schemaVersion":2,"layers":[${'[],'.repeat(size / 3)}[]]}`,
    'objects without end': () => `[${'{},'.repeat(size / 3)}{}]`,
    'numbers without end': () => `{"offsets":[${'1,'.repeat(size / 2)}1]}`,
    'keys without end': () => `{${Array.from({ length: size / 16 }, (_, index) => `"k${index}":0`).join()}}`,
    'a depth without end': () => `${'['.repeat(size / 2)}${']'.repeat(size / 2)}`,
    'a depth that is not closed': () => '{"a":'.repeat(size / 5),
    'one long text': () => `{"payload":"${'A'.repeat(size)}"}`,
    'escapes without end': () => `{"payload":"${'\\u0000'.repeat(size / 6)}"}`,
    'a long number': () => `{"size":${'9'.repeat(size / 4)}}`,
    'keys of the language': () => '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}',
    'the same key twice': () => '{"schemaVersion":2,"schemaVersion":3,"layers":[],"layers":[1]}',
    'no JSON': () => '<html>not found</html>',
    null: () => 'null',
    'a number': () => '1e999',
    'a mark of order': () => '\ufeff{}',
  };
  const says = random.pick(Object.keys(kinds));
  return { says, text: kinds[says]!() };
}
