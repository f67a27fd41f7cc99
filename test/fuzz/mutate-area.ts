import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CaseContent } from './fuzz-case.ts';
import { type FuzzScene, restoreArea } from './fuzz-scene.ts';
import { mutateBytes } from './mutate-bytes.ts';
import { evilJsonText, evilTexts, mutateJson, type Plain } from './mutate-json.ts';
import type { Random } from './random.ts';

const commands = ['list', 'rollBack', 'remove', 'update', 'collect'] as const;

/** Makes an area that somebody has damaged, or means to lead others astray with. */
export function mutateArea(scene: FuzzScene, random: Random, folder: string): CaseContent {
  restoreArea(scene, folder);
  const area = join(folder, 'area');
  const { manifest } = scene.alpha;
  const files = [
    'area.json',
    'generations/1/generation.json',
    'generations/2/generation.json',
    `store/${manifest.storeName}/.binfarm/package.json`,
  ];
  const first = random.pick(commands);
  const attempts = [first, 'list', ...commands.filter((name) => name !== first)] as const;
  const kinds = [
    () => evilContent(area, files, random),
    () => evilNames(area, files, random),
    () => evilPlace(area, files, random),
  ];
  return { says: `area: ${random.pick(kinds)()}`, attempts };
}

function evilContent(area: string, files: readonly string[], random: Random): string {
  const file = random.pick(files);
  const path = join(area, file);
  const honest = readFileSync(path);
  const kind = random.below(3);
  if (kind === 0) {
    const { says, bytes } = mutateBytes(honest, random);
    writeFileSync(path, bytes);
    return `${file}: ${says}`;
  }
  if (kind === 1) {
    const { says, value } = mutateJson(JSON.parse(honest.toString()), random);
    writeFileSync(path, JSON.stringify(value));
    return `${file}: ${says}`;
  }
  const { says, text } = evilJsonText(random, random.oneIn(5) ? 20_000_000 : 100_000);
  writeFileSync(path, text);
  return `${file}: ${says}`;
}

/** Names of packages that lead out of the store. */
function evilNames(area: string, files: readonly string[], random: Random): string {
  const name = random.pick(['../../canary', '..', '.', '', ...evilTexts]);
  for (const file of files.slice(0, 3)) {
    const path = join(area, file);
    const data = JSON.parse(readFileSync(path, 'utf8')) as Plain & { packages: Plain | unknown[] };
    if (Array.isArray(data.packages)) Object.assign(data, { packages: [name], asked: [name] });
    else if (random.oneIn(2)) Object.assign(data.packages, { [name]: Object.values(data.packages)[0] });
    else for (const item of Object.values(data.packages)) Object.assign(item as Plain, { needs: [name] });
    writeFileSync(path, JSON.stringify(data));
  }
  return `packages named ${JSON.stringify(name).slice(0, 30)}`;
}

/** Something else where a file, a folder or a link should be. */
function evilPlace(area: string, files: readonly string[], random: Random): string {
  const places = [
    ...files,
    'current',
    'setup.sh',
    '.lock',
    '.trash',
    'generations',
    'store',
    'keys',
    'generations/1',
    'generations/99999999999999999999',
  ];
  const place = random.pick(places);
  const path = join(area, place);
  const wasFolder = existsSync(path) && lstatSync(path).isDirectory();
  rmSync(path, { recursive: true, force: true });
  const outside = random.pick(['../../canary', join(area, '../../canary'), '../canary']);
  const forms: Readonly<Record<string, () => void>> = {
    'a folder': () => mkdirSync(path),
    'a folder with something': () => mkdirSync(join(path, 'x/y'), { recursive: true }),
    'a pipe': () => execFileSync('mkfifo', [path]),
    'a link to itself': () => symlinkSync(path, path),
    'a link to nothing': () => symlinkSync('nowhere', path),
    'a device without end': () => symlinkSync('/dev/zero', path),
    'a file': () => writeFileSync(path, 'x'),
    'a link outside': () => symlinkSync(outside, path),
    nothing: () => undefined,
  };
  // Who keeps the store on another disk, by a link, is not to be stopped; a link to where something else lives is not meant to be there.
  const kinds = Object.keys(forms).filter((kind) => !(wasFolder && place === 'store' && kind === 'a link outside'));
  const says = random.pick(kinds);
  forms[says]!();
  return `${place}: ${says}`;
}
