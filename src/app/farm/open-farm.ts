import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { endStraySandboxes } from '../../build/sandbox/end-sandbox.ts';
import type { Emit } from '../../core/events.ts';
import { FarmError } from '../../core/farm-error.ts';
import { type FileLock, takeFileLock } from '../../core/file-lock.ts';
import { makeFolder } from '../../core/make-folder.ts';
import { removeLeftovers } from '../../core/remove-leftovers.ts';
import { resolveSettings, type SettingSources } from '../../core/resolve-settings.ts';
import type { Settings } from '../../core/settings.ts';
import { translateFileError } from '../../core/translate-file-error.ts';
import { parseStack, type Stack } from '../../model/stack.ts';
import { storeRootOf } from '../../model/store-root.ts';
import type { AppEvent } from '../app-events.ts';

/** What every use case is given beside its request. */
export interface AppContext {
  readonly emit: Emit<AppEvent>;
  readonly signal: AbortSignal;
  readonly settingSources: SettingSources;
}

/** Where a farm keeps what: all below the farm folder. */
export interface FarmPaths {
  readonly folder: string;
  readonly stack: string;
  readonly lock: string;
  readonly secretKey: string;
  readonly publicKey: string;
  readonly trustedKeys: string;
  /** The location of the binhost that packages are built into: an absolute path, or an address. */
  readonly binhost: string;
  /** What binfarm makes and can make again, except for the ledger. */
  readonly state: string;
  readonly ledger: string;
  readonly work: string;
  readonly logs: string;
  /** Packages unpacked for builds, at the canonical root. */
  readonly buildStore: string;
  /** Packages unpacked for tests, at another root. */
  readonly testStore: string;
  readonly processLock: string;
}

/** A farm folder that was read: its stack, settings and paths. */
export interface Farm {
  readonly stack: Stack;
  readonly settings: Settings;
  readonly paths: FarmPaths;
  /** The root that builds see. */
  readonly root: string;
}

/** Reads a farm folder.
 * @throws FARM_NOT_FOUND, STACK_INVALID and what else `parseStack` throws, SETTING_INVALID */
export async function openFarm(folder: string, context: AppContext): Promise<Farm> {
  const stackPath = join(folder, 'binfarm.yaml');
  const text = await readFile(stackPath, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw translateFileError(error, 'read', stackPath);
    throw new FarmError('FARM_NOT_FOUND', `Cannot open the farm "${folder}": it has no binfarm.yaml`, {
      hint: 'binfarm init',
    });
  });
  const stack = parseStack(text, stackPath);
  const settings = resolveSettings({
    ...context.settingSources,
    stack: { values: stack.settings, folder, placeOf: stack.placeOfSetting },
  });
  return { stack, settings, paths: farmPathsOf(folder, stack), root: storeRootOf(settings.prefixLength) };
}

function farmPathsOf(folder: string, stack: Stack): FarmPaths {
  const state = join(folder, '.binfarm');
  return {
    folder,
    stack: join(folder, 'binfarm.yaml'),
    lock: join(folder, 'binfarm.lock'),
    secretKey: join(folder, 'keys', 'farm.key'),
    publicKey: join(folder, 'keys', 'farm.key.pub'),
    trustedKeys: join(folder, 'keys', 'trusted'),
    binhost: resolveBinhost(folder, stack.binhost),
    state,
    ledger: join(state, 'ledger.sqlite'),
    work: join(state, 'work'),
    logs: join(state, 'logs'),
    buildStore: join(state, 'store'),
    testStore: join(state, 'test-store'),
    processLock: join(state, 'lock'),
  };
}

/** A binhost's location as the stack file writes it: a path is relative to the farm folder. */
export function resolveBinhost(folder: string, location: string): string {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(location) ? location : resolve(folder, location);
}

/** Takes the farm for a command that changes something, waiting for another one if that is wished, and removes what killed ones left half-written.
 * @throws LOCKED when another is at work and `wait` is false */
export async function takeFarm(
  farm: Farm,
  command: string,
  context: AppContext & { readonly wait: boolean },
): Promise<FileLock> {
  await makeFolder(farm.paths.state);
  const lock = await takeFileLock(farm.paths.processLock, {
    command,
    wait: context.wait,
    signal: context.signal,
    onWait: (owner) => {
      context.emit({ type: 'farm.waited', path: farm.paths.folder, ...(owner === undefined ? {} : { owner }) });
    },
  });
  endStraySandboxes(farm.paths.work);
  for (const folder of [farm.paths.buildStore, farm.paths.testStore]) await removeLeftovers(folder);
  await removeLeftovers(farm.paths.folder, /^binfarm\.lock\.[0-9a-f]+\.tmp$/);
  return lock;
}
