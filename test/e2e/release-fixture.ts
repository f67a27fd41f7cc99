import { createHash } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openReleaseShelf } from '../../src/app/release/release-shelf.ts';
import type { StoredPackage } from '../../src/binhost/binhost.ts';
import { openDirectoryBinhost } from '../../src/binhost/open-directory-binhost.ts';
import type { BuildHash } from '../../src/model/names.ts';
import { parseRelease, type ReleaseName } from '../../src/model/release.ts';
import { packPrefix } from '../../src/package/pack-prefix.ts';
import { sampleDraft } from '../../src/package/sample-prefix.ts';
import { signStatement } from '../../src/package/sign/envelope.ts';
import { readSecretKey } from '../../src/package/sign/key-file.ts';
import { packageStatementOf } from '../../src/package/sign/package-statement.ts';
import { noise } from '../contracts/binhost-samples.ts';
import { runBinfarm } from './run-binfarm.ts';

/** A package that is only files: a program that says its name, version and what is in its data, and bytes that do not compress. */
export interface PlainPackage {
  readonly name: string;
  readonly version: string;
  /** Names of others, of the same release. */
  readonly needs?: readonly string[];
  readonly bytes: number;
  /** Small files beside the large one; 4 when absent. */
  readonly files?: number;
}

/** A release of plain packages. */
export interface PlainRelease {
  readonly name: string;
  readonly packages: readonly PlainPackage[];
  /** Names of packages; one set of all of them when absent. */
  readonly sets?: Readonly<Record<string, readonly string[]>>;
}

/** A farm folder whose binhost has releases that nobody had to build. */
export interface ReleaseFarm {
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly binhost: string;
  /** The file of the public key. */
  readonly key: string;
  /** The digest of the blob of a package in a release. */
  readonly blobOf: (release: string, name: string) => string;
}

const platform = 'x86_64-debian12-gcc12-opt';

/** The line that the program of a plain package writes. */
export function voiceOf({ name, version }: Pick<PlainPackage, 'name' | 'version'>): string {
  return `${name} ${version} with the data of ${name} ${version}`;
}

/** Makes a farm folder, packs packages into its binhost and signs releases of them; the last one is `latest`. */
export async function makeReleaseFarm(folder: string, releases: readonly PlainRelease[]): Promise<ReleaseFarm> {
  const environment = { BINFARM_CACHE: `${folder}.cache` };
  const made = runBinfarm(['init', folder, '--name', 'tiny'], { environment });
  if (made.exitCode !== 0) throw new Error(made.stderr);
  const key = await readSecretKey(join(folder, 'keys', 'farm.key'));
  const binhost = openDirectoryBinhost(join(folder, 'binhost'), 'tiny');
  const shelf = openReleaseShelf(binhost, [key.public]);
  const packed = new Map<string, StoredPackage & { storeName: string }>();
  const keyOf = ({ name, version }: PlainPackage) => `${name} ${version}`;
  const store = `${folder}.work/`.padEnd(64, 'r');
  for (const item of releases.flatMap(({ packages }) => packages)) {
    if (packed.has(keyOf(item))) continue;
    const { upload, storeName } = await pack(store, item, key);
    packed.set(keyOf(item), { ...(await binhost.put(upload)), storeName });
    rmSync(upload.blob.path);
  }
  let serial = 0;
  for (const release of releases) {
    const document = describeRelease(release, (item) => packed.get(keyOf(item))!);
    const digest = await shelf.putRelease(document, key);
    serial += 1;
    const moved = new Date(Date.UTC(2026, 0, serial)).toISOString();
    const channel = {
      type: 'channel',
      format: 'binfarm.channel/1',
      farm: 'tiny',
      name: 'latest' as ReleaseName,
      serial,
      moved,
    } as const;
    const before = await shelf.readChannel('latest');
    await shelf.putChannel({ ...channel, release: document.name, digest }, before, key);
  }
  rmSync(`${folder}.work`, { recursive: true, force: true });
  return {
    folder,
    environment,
    binhost: join(folder, 'binhost'),
    key: join(folder, 'keys', 'farm.key.pub'),
    blobOf: (release, name) => {
      const item = releases.find((one) => one.name === release)!.packages.find((one) => one.name === name)!;
      return packed.get(keyOf(item))!.digest;
    },
  };
}

async function pack(root: string, item: PlainPackage, key: Awaited<ReturnType<typeof readSecretKey>>) {
  const { name, version, bytes, files = 4 } = item;
  const buildHash = createHash('sha256').update(`${name} ${version}`).digest('hex') as BuildHash;
  const storeName = `${name}-${version}-${buildHash.slice(0, 20)}`;
  const manifest = { ...sampleDraft(root, name), version, platform, buildHash, storeName, tests: [] };
  const prefix = join(root, 'store', storeName);
  for (const part of ['bin', `share/${name}/more`]) mkdirSync(join(prefix, part), { recursive: true });
  const script = `#!/bin/sh\nread -r data < ${prefix}/share/${name}/data.txt\necho "${name} ${version} with $data"\n`;
  writeFileSync(join(prefix, 'bin', name), script, { mode: 0o755 });
  writeFileSync(join(prefix, 'share', name, 'data.txt'), `the data of ${name} ${version}\n`);
  writeFileSync(join(prefix, 'share', name, 'large'), noise(`${name} ${version}`, bytes));
  for (let index = 0; index < files; index += 1)
    writeFileSync(join(prefix, 'share', name, 'more', `${index}.txt`), `${name} ${version} ${index}, of ${prefix}\n`);
  const output = join(root, `${storeName}.tar.zst`);
  const packed = await packPrefix({ prefix, manifest, output, level: 1 });
  const { digest, size, diffId, annotations } = packed;
  const { license, summary } = packed.manifest;
  const envelope = signStatement(packageStatementOf(packed.manifest, packed), key);
  const about = { name, buildHash, version, platform, license, summary, diffId, layerAnnotations: annotations };
  return { upload: { ...about, blob: { path: output, digest, size }, envelope }, storeName };
}

function describeRelease(
  { name, packages, sets }: PlainRelease,
  storedOf: (item: PlainPackage) => StoredPackage & { storeName: string },
) {
  const byName = new Map(packages.map((item) => [item.name, { item, stored: storedOf(item) }]));
  const storeNamesOf = (names: readonly string[]) => names.map((one) => byName.get(one)!.stored.storeName).sort();
  const described = [...byName.values()].map(({ item, stored }) => {
    const { buildHash, digest, size, diffId, storeName } = stored;
    const needs = storeNamesOf([...closureOf(item, byName)]);
    const identity = { name: item.name, version: item.version, variants: {}, buildHash, digest, size, diffId };
    return [storeName, { ...identity, needs, license: 'Apache-2.0', relocatable: true }] as const;
  });
  const parsed = parseRelease({
    type: 'release',
    format: 'binfarm.release/1',
    farm: 'tiny',
    name,
    created: new Date(0).toISOString(),
    notes: '',
    changes: { added: [], removed: [], updated: [] },
    platforms: {
      [platform]: {
        rootLength: 64,
        sets: Object.fromEntries(
          Object.entries(sets ?? { all: [...byName.keys()] }).map(([set, names]) => [set, storeNamesOf(names)]),
        ),
        packages: Object.fromEntries(described),
      },
    },
  });
  if ('problem' in parsed) throw new Error(parsed.problem);
  return parsed.release;
}

function closureOf(
  item: PlainPackage,
  byName: ReadonlyMap<string, { readonly item: PlainPackage }>,
  found = new Set<string>(),
): Set<string> {
  for (const need of item.needs ?? []) {
    found.add(need);
    closureOf(byName.get(need)!.item, byName, found);
  }
  return found;
}
