import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { collectGarbage } from '../../src/app/area/collect-garbage.ts';
import { listArea } from '../../src/app/area/list-area.ts';
import { removePackages } from '../../src/app/area/remove-packages.ts';
import { rollBack } from '../../src/app/area/roll-back.ts';
import { verifyStored } from '../../src/app/build/find-package.ts';
import { installBundle } from '../../src/app/bundle/install-bundle.ts';
import type { AppContext } from '../../src/app/farm/open-farm.ts';
import { installRelease } from '../../src/app/release/install-release.ts';
import { openReleaseShelf } from '../../src/app/release/release-shelf.ts';
import { checkBinhost } from '../../src/binhost/check-binhost.ts';
import { openBinhost } from '../../src/binhost/open-binhost.ts';
import type { Digest } from '../../src/core/digest-text.ts';
import { isFarmError } from '../../src/core/farm-error.ts';
import { fingerprintOf, readPublicKey } from '../../src/package/sign/key-file.ts';
import { unpackPackage } from '../../src/package/unpack-package.ts';
import { readPackageManifest, verifyPackage } from '../../src/package/verify-package.ts';
import { runBinfarm } from '../e2e/run-binfarm.ts';
import type { FuzzCase, FuzzVerdict } from './fuzz-case.ts';
import { sampleFarm } from './sample-farm.ts';
import { snapshotOf } from './snapshot.ts';

/** Something that is tried with a case; it throws what it throws, or says what came of it. */
export type Attempt = (item: FuzzCase) => Promise<Pick<FuzzVerdict['outcomes'][number], 'result' | 'message'>>;

/** Later than every sample. */
const now = Date.parse('2026-02-01T00:00:00Z');

const context: AppContext = {
  emit: () => {},
  signal: new AbortController().signal,
  settingSources: { environment: {}, flags: {}, file: {} } as never,
};

/** What people do with what comes from elsewhere. */
export const attempts = {
  verify: async ({ folder }: FuzzCase) => {
    await verifyPackage(join(folder, 'blob'));
    return { result: 'accepted' };
  },
  readManifest: async ({ folder }) => {
    await readPackageManifest(join(folder, 'blob'));
    return { result: 'harmless' }; // it reads the beginning only
  },
  unpack: async (item) => await unpackInto(item, {}),
  unpackSigned: async (item) => believing(item, await unpackInto(item, { digest: item.digest as Digest })),
  installRelease: async (item) => believing(item, await installInto(item, sampleFarm.release)),
  installChannel: async (item) => await installInto(item, sampleFarm.channel),
  readShelf: async (item) => {
    const binhost = openBinhost(locationOf(item), {
      farm: sampleFarm.farm,
      patience: { attempts: 2, firstPause: 0.01 },
      environment: {},
    });
    const key = await readPublicKey(join(item.folder, '../farm.key.pub'));
    await inspect(openReleaseShelf(binhost, [key]), binhost, key);
    return { result: 'harmless' };
  },
  check: async (item) => {
    const binhost = openBinhost(locationOf(item), {
      farm: sampleFarm.farm,
      patience: { attempts: 2, firstPause: 0.01 },
      environment: {},
    });
    const { damaged, damagedDocuments } = await checkBinhost(binhost, { repair: false });
    return { result: damaged.length + damagedDocuments.length > 0 ? 'refused' : 'harmless' };
  },
  list: async ({ folder }) => survived(() => listArea({ prefix: join(folder, 'area') })),
  rollBack: async ({ folder }) => survived(() => rollBack({ prefix: join(folder, 'area'), ...plainly }, context)),
  remove: async ({ folder }) =>
    survived(() =>
      removePackages({ prefix: join(folder, 'area'), names: ['alpha'], force: true, ...plainly }, context),
    ),
  collect: async ({ folder }) =>
    survived(() => collectGarbage({ prefix: join(folder, 'area'), keep: 0, ...plainly }, context)),
  update: async ({ folder }) =>
    survived(() => installRelease({ prefix: join(folder, 'area'), now, ...plainly }, context)),
  installBundle: async ({ folder }) => {
    const prefix = join(folder, 'area');
    rmSync(prefix, { recursive: true, force: true });
    const key = fingerprintOf(await readPublicKey(join(folder, '../farm.key.pub')));
    const request = { file: join(folder, 'bundle.run'), prefix, names: [], fingerprint: key, now, ...plainly };
    return await judgeInstallation(folder, () => installBundle(request, context));
  },
  commandLine: async (item) => runCommand(item),
} as const satisfies Record<string, Attempt>;

const plainly = { wait: false, dryRun: false } as const;

/** The real program: whatever it is given, it ends with an exit code that says who has to act, and never with the stack of a bug. */
function runCommand(item: FuzzCase): Awaited<ReturnType<Attempt>> {
  const { folder } = item;
  const isPackage = existsSync(join(folder, 'blob'));
  const key = ['--key', join(folder, '../farm.key.pub'), '--release', `${sampleFarm.farm}/${sampleFarm.release}`];
  const install = ['install', '--prefix', join(folder, 'area'), '--from', join(folder, 'binhost'), ...key];
  const { exitCode, stdout, stderr } = runBinfarm(
    isPackage ? ['package', 'diff', join(folder, 'blob'), join(folder, 'blob')] : install,
  );
  const said = `exit code ${exitCode}: ${stdout}${stderr}`.slice(0, 1000);
  if (![0, 1, 2, 3].includes(exitCode ?? -1) || /\n\s+at .*:\d+:\d+/.test(said))
    return { result: 'crashed', message: said };
  if (exitCode === 0) return { result: isPackage ? 'accepted' : 'harmless', message: said };
  return { result: 'refused' };
}

function locationOf({ folder, location }: FuzzCase): string {
  return location ?? join(folder, 'binhost');
}

async function unpackInto({ folder }: FuzzCase, expect: { readonly digest?: Digest }): ReturnType<Attempt> {
  const target = join(folder, 'target');
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target);
  const root = join(folder, 'area');
  try {
    await unpackPackage({ blob: join(folder, 'blob'), expect, into: join(target, 'package'), root });
  } catch (error) {
    const left = readdirSync(target);
    if (left.length > 0) return { result: 'left', message: left.join() };
    throw error;
  }
  return isAsReferred(join(target, 'package'), join(folder, '../reference/store/alpha'));
}

async function installInto(item: FuzzCase, release: string): ReturnType<Attempt> {
  const prefix = join(item.folder, 'area');
  rmSync(prefix, { recursive: true, force: true });
  const request = { prefix, from: locationOf(item), farm: sampleFarm.farm, release, now, ...plainly };
  const key = join(item.folder, '../farm.key.pub');
  return await judgeInstallation(item.folder, () => installRelease({ ...request, key }, context));
}

/** Installs, and looks whether what is there then is what comes of what is not hostile. */
async function judgeInstallation(folder: string, install: () => Promise<unknown>): ReturnType<Attempt> {
  const prefix = join(folder, 'area');
  try {
    await install();
  } catch (error) {
    const left = whatIsIn(prefix);
    if (left !== undefined) return { result: 'left', message: left };
    throw error;
  }
  for (const name of readdirSync(join(prefix, 'store'))) {
    const verdict = isAsReferred(join(prefix, 'store', name), join(folder, '../reference/store', name.split('-')[0]!));
    if (verdict.result === 'accepted') return verdict;
  }
  return { result: 'harmless' };
}

/** What a refused installation must not leave: something half there, or in use. Packages that are whole may stay. */
function whatIsIn(prefix: string): string | undefined {
  if (!existsSync(prefix)) return undefined;
  const names = [...namesIn(join(prefix, 'store')), ...namesIn(join(prefix, 'generations'))].filter((name) =>
    name.endsWith('.tmp'),
  );
  if (existsSync(join(prefix, 'current'))) names.push('current');
  return names.length === 0 ? undefined : names.join();
}

function namesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}

/** Who has a signature for just these bytes may believe what they hold. */
function believing({ isForm = false }: FuzzCase, verdict: Awaited<ReturnType<Attempt>>): Awaited<ReturnType<Attempt>> {
  return verdict.result === 'accepted' && isForm ? { ...verdict, result: 'harmless' } : verdict;
}

function isAsReferred(folder: string, reference: string): { result: 'harmless' | 'accepted'; message?: string } {
  const wanted = new Set(readFileSync(`${reference}.txt`, 'utf8').split('\n'));
  const other = snapshotOf(folder).find((line) => !wanted.has(line));
  return other === undefined ? { result: 'harmless' } : { result: 'accepted', message: other };
}

async function inspect(
  shelf: ReturnType<typeof openReleaseShelf>,
  binhost: ReturnType<typeof openBinhost>,
  key: Awaited<ReturnType<typeof readPublicKey>>,
): Promise<void> {
  const failures: unknown[] = [];
  const steps = [
    async () => shelf.readRelease(sampleFarm.release),
    async () => shelf.readChannel(sampleFarm.channel),
    async () => shelf.listReleases(),
    async () => {
      for (const stored of await binhost.list()) verifyStored(stored, [key]);
    },
  ];
  for (const step of steps) await step().catch((error: unknown) => failures.push(error));
  const worst = failures.find((error) => !isFarmError(error) || error.code === 'UNEXPECTED') ?? failures[0];
  if (worst !== undefined) throw worst;
}

/** An area belongs to who uses it: it is enough that nothing crashes and nothing else is touched. */
async function survived(work: () => Promise<unknown>): ReturnType<Attempt> {
  await work();
  return { result: 'harmless' };
}
