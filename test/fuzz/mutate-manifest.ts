import { digestOf } from '../../src/core/digest.ts';
import { formatCanonicalJson } from '../../src/core/json.ts';
import type { PackageManifest } from '../../src/model/package-manifest.ts';
import type { PackageDesign } from './compose-package.ts';
import { evilJsonText, mutateJson, type Plain } from './mutate-json.ts';
import type { Random } from './random.ts';
import { type SamplePackage, sampleRoot } from './sample-package.ts';

/** A package whose manifest lies or breaks a rule, with everything else made to fit it. */
export interface ManifestMutation {
  readonly says: string;
  readonly design: PackageDesign;
  /** What is wrong is what a digest that the farm has signed answers for: the form of the manifest, not what it leads to. */
  readonly isForm: boolean;
}

interface Draft extends Plain {
  entries: Plain[];
  relocations: Plain[];
}

const evilPaths: readonly string[] = [
  '../escaped',
  '../../../canary/file',
  '/canary/file',
  'share/../../escaped',
  './here',
  'share//double',
  'share/',
  'share/.',
  '.binfarm/package.json',
  '.binfarm/evil',
  'share/.wh.text',
  'a\0b',
  'a\nb',
  'a\x7fb',
  '\ud800',
  `${'d/'.repeat(600)}deep`,
  'n'.repeat(256),
  'ä'.repeat(128),
  '',
];

const evil = Buffer.from('evil\n');
const file = (path: string, more: Plain = {}): Plain => {
  return { path, type: 'file', mode: 0o644, size: evil.length, digest: digestOf(evil), ...more };
};

/** What can be wrong with a manifest that would otherwise lead out of the folder, or to a package other than it says. Entries are put in order afterwards. */
const faults: Readonly<Record<string, (draft: Draft, random: Random) => void>> = {
  'an evil path': ({ entries }, random) => entries.push(file(random.pick(evilPaths))),
  'an evil folder': ({ entries }, random) =>
    entries.push({ path: random.pick(evilPaths), type: 'directory', mode: 0o755 }),
  'an evil link': ({ entries }, random) => entries.push({ path: random.pick(evilPaths), type: 'symlink', target: 'x' }),
  'a file through a link': ({ entries }, random) => {
    const target = random.pick(['../../../canary', '/tmp', '.', '..']);
    entries.push({ path: 'way', type: 'symlink', target }, file('way/file'));
  },
  'a folder through a link': ({ entries }) =>
    entries.push({ path: 'way', type: 'symlink', target: '..' }, { path: 'way/sub', type: 'directory', mode: 0o755 }),
  'a link and a folder of one name': ({ entries }) =>
    entries.push(
      { path: 'way', type: 'directory', mode: 0o755 },
      { path: 'way', type: 'symlink', target: '../../../canary' },
      file('way/file'),
    ),
  'a file in a file': ({ entries }) => entries.push(file('one'), file('one/two')),
  'a file in no folder': ({ entries }) => entries.push(file('none/two')),
  'a name twice': ({ entries }, random) => entries.push({ ...random.pick(entries) }),
  'a hard link that leads out': ({ entries }, random) =>
    entries.push({ path: 'zhard', type: 'hardlink', target: random.pick([...evilPaths, '../../../canary/file']) }),
  'a hard link to what is no file': ({ entries }, random) =>
    entries.push({
      path: 'zhard',
      type: 'hardlink',
      target: random.pick(['share', 'none', 'zhard', 'zhard2', 'share/alpha/there']),
    }),
  'hard links in a circle': ({ entries }) =>
    entries.push({ path: 'za', type: 'hardlink', target: 'zb' }, { path: 'zb', type: 'hardlink', target: 'za' }),
  'a mode that gives rights': ({ entries }, random) =>
    entries.push(file('zset', { mode: random.pick([0o4755, 0o2755, 0o1777, 0o777, 0o600, 0, -1, 1e9, '0755']) })),
  'a folder anybody can write': ({ entries }, random) =>
    entries.push({ path: 'zopen', type: 'directory', mode: random.pick([0o777, 0o1777, 0, 0o4755]) }),
  'a device': ({ entries }, random) =>
    entries.push({
      ...file('zdevice'),
      type: random.pick(['device', 'char', 'block', 'fifo', 'socket', 'sparse', '3', 'x', 'g']),
    }),
  'an enormous file': ({ entries }, random) =>
    entries.push(file('zhuge', { size: random.pick([2 ** 31, 2 ** 40, 2 ** 40 + 1, 2 ** 53, 1e300, -5, 0.5]) })),
  'another digest': ({ entries }, random) =>
    entries.push(
      file('zother', { digest: random.pick([digestOf('other'), 'sha256:00', 'md5:0', digestOf(evil).toUpperCase()]) }),
    ),
  'another size': ({ entries }, random) =>
    entries.push(file('zsize', { size: random.pick([0, 1, 4, 6, 1000, 1 << 20]) })),
  'an evil target': ({ entries }, random) =>
    entries.push({ path: 'zlink', type: 'symlink', target: random.pick(['', 'a\0b', 'a\nb', 'x'.repeat(5000)]) }),
  'a key too many': ({ entries }) => entries.push(file('zkey', { uid: 0, xattrs: { 'security.capability': 'AQ==' } })),
  'a relocation elsewhere': ({ relocations }, random) => {
    relocations[random.below(2)]!.offsets = [random.pick([0, 1, 3, -1, 0.5, 1e15, 2 ** 53])];
  },
  'relocations that overlap': ({ relocations }) => {
    const [first] = relocations[0]!.offsets as number[];
    relocations[0]!.offsets = [first, first! + 1];
  },
  'a relocation of nothing': ({ relocations }, random) => {
    const path = random.pick(['none', 'share', '../canary/file', 'share/alpha/empty']);
    relocations.push({ path, kind: random.pick(['text', 'binary', 'symlink']), offsets: [0] });
  },
  'a relocation of a link elsewhere': ({ entries, relocations }) => {
    entries.push({ path: 'zlink', type: 'symlink', target: '/etc/passwd' });
    relocations.push({ path: 'zlink', kind: 'symlink', offsets: [0] });
  },
  'offsets without end': ({ relocations }, random) => {
    relocations[0]!.offsets = Array.from({ length: 10 ** (3 + random.below(3)) }, (_, index) => index);
  },
  'another root': (draft, random) => {
    draft.root = random.pick([
      '/',
      '',
      '/etc',
      '/a/../b',
      '//',
      '/a b',
      `/${'r'.repeat(300)}`,
      'relative',
      `${sampleRoot}/`,
      '/a\n/b',
    ]);
  },
  'another store name': (draft, random) => {
    const name = String(draft.storeName);
    draft.storeName = random.pick([
      '..',
      '.',
      '../../canary',
      `../${name}`,
      `${name}/x`,
      `.${name}`,
      `${name}\0`,
      'other-1.0-0',
      '',
      'x'.repeat(300),
    ]);
  },
  'another name': (draft, random) => {
    draft.name = random.pick(['../alpha', 'Alpha', '', 'a b', 'constructor', 'x'.repeat(300)]);
  },
  'another build hash': (draft, random) => {
    draft.buildHash = random.pick(['', 'f'.repeat(64), 'F'.repeat(64), '0'.repeat(63), '../x']);
  },
  'an ELF that is none': (draft) => {
    (draft.elf as Plain[]).push({ path: 'none', needed: [] });
  },
  'another format': (draft, random) => {
    draft.format = random.pick(['binfarm.package/2', 'binfarm.package/0', '', null, 1]);
  },
};

/** Makes a package that is wrong in its manifest. */
export function mutateManifest(sample: SamplePackage, random: Random): ManifestMutation {
  const kind = random.below(10);
  if (kind === 0) return mutateText(sample, random);
  if (kind === 1) return mutateAnywhere(sample, random);
  const says = random.pick(Object.keys(faults));
  const draft = structuredClone(sample.manifest) as unknown as Draft;
  faults[says]!(draft, random);
  if (!says.startsWith('an enormous')) draft.entries.sort(byPath);
  return {
    says: `manifest: ${says}`,
    design: designOf(sample, draft),
    isForm: says === 'another digest' || says === 'another size',
  };
}

/** Bytes that are not the canonical form of what they say, or no JSON at all. */
function mutateText(sample: SamplePackage, random: Random): ManifestMutation {
  const honest = formatCanonicalJson(sample.manifest);
  const forms: Readonly<Record<string, () => string | Buffer>> = {
    'white space': () => honest.replace('{', '{ '),
    'a line end': () => `${honest}\n`,
    'keys in another order': () =>
      JSON.stringify(Object.fromEntries(Object.entries(sample.manifest).toSorted(([a], [b]) => (a < b ? 1 : -1)))),
    'a key twice': () => honest.replace('{', `{"category":"other",`),
    'a mark of order': () => `\ufeff${honest}`,
    'bytes that are not UTF-8': () =>
      Buffer.concat([Buffer.from(honest.slice(0, -1)), Buffer.from([0xff]), Buffer.from('}')]),
    'an escape for nothing': () => honest.replace('"name"', '"\\u006eame"'),
    'a number in another form': () => honest.replace('"mode":493', '"mode":4.93e2'),
    'a key of the language': () => honest.replace('{', '{"__proto__":{"root":"/"},'),
    'something else': () => evilJsonText(random, 2_000_000).text,
  };
  const says = random.pick(Object.keys(forms));
  const manifestBytes = Buffer.from(forms[says]!());
  return { says: `manifest: ${says}`, design: { ...designOf(sample, sample.manifest), manifestBytes }, isForm: true };
}

/** Any one value of it: the tar stays that of the right manifest, because from the wrong one none might follow. */
function mutateAnywhere(sample: SamplePackage, random: Random): ManifestMutation {
  const entriesOnly = { entries: sample.manifest.entries, relocations: sample.manifest.relocations };
  const { says, value } = mutateJson(entriesOnly, random);
  const manifestBytes = Buffer.from(formatCanonicalJson({ ...sample.manifest, ...(value as object) }));
  return { says: `manifest: ${says}`, design: { ...designOf(sample, sample.manifest), manifestBytes }, isForm: true };
}

function designOf(sample: SamplePackage, manifest: unknown): PackageDesign {
  const added = (manifest as Draft).entries.filter(({ path }) => !sample.contents.has(String(path)));
  const contents = new Map([...sample.contents, ...added.map(({ path }) => [String(path), evil] as const)]);
  const known = (manifest as Draft).entries.filter(
    ({ type, size = 0 }) => knownTypes.has(String(type)) && Number.isSafeInteger(size),
  );
  const tarOf = { ...(manifest as object), entries: known } as unknown as PackageManifest;
  return { manifest: manifest as PackageManifest, tarOf, contents };
}

const knownTypes: ReadonlySet<string> = new Set(['file', 'directory', 'symlink', 'hardlink']);

function byPath(a: Plain, b: Plain): number {
  return Buffer.compare(Buffer.from(String(a.path)), Buffer.from(String(b.path)));
}
