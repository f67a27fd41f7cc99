import { readFile } from 'node:fs/promises';
import { arch } from 'node:os';
import { dirname, resolve } from 'node:path';
import * as v from 'valibot';
import { parse as parseYaml } from 'yaml';
import type { Emit } from '../../core/events.ts';
import { FarmError } from '../../core/farm-error.ts';
import { makeFolder } from '../../core/make-folder.ts';
import { writeFileAtomic } from '../../core/write-file-atomic.ts';
import { readIndex } from '../../recipes/index/open-index.ts';
import { encodeIndex, type IndexStatistics } from '../../recipes/index/write-index.ts';
import { importRepository } from '../../recipes/spack/import-repository.ts';
import type { AppEvent } from '../app-events.ts';
import { indexPath } from './index-files.ts';

/** What is imported, and where to. */
export interface ImportSpackRequest {
  /** A checkout of Spack or of its package repository. */
  readonly directory: string;
  /** A packages.yaml of Spack that says which providers are preferred and which packages are never built. */
  readonly preferences?: string;
  /** The cache folder of the settings. */
  readonly cache: string;
  readonly dryRun: boolean;
}

/** What an import has read. */
export interface ImportSpackResult extends IndexStatistics {
  readonly index: string;
  readonly folder: string;
  readonly seconds: number;
  /** Packages with lines that could not be read; all others are complete. */
  readonly incompletePackages: readonly {
    readonly name: string;
    readonly file: string;
    readonly unread: readonly { readonly line: number; readonly directive: string; readonly reason: string }[];
  }[];
}

/** Makes an index of all recipes in a checkout of Spack's, by reading them; nothing of them is run.
 * @throws REPOSITORY_INVALID, PREFERENCES_INVALID, DISK_FULL, PERMISSION_DENIED */
export async function importSpack(
  request: ImportSpackRequest,
  context: { readonly emit: Emit<AppEvent>; readonly signal: AbortSignal },
): Promise<ImportSpackResult> {
  const begin = performance.now();
  const preferences = request.preferences === undefined ? {} : await readPreferences(request.preferences);
  const directory = resolve(request.directory);
  context.emit({ type: 'recipe.importStarted', folder: directory });
  const { folder, packages } = await importRepository(directory, {
    host: { machine: machineName() },
    signal: context.signal,
    onProgress: (read, of) => context.emit({ type: 'recipe.importRead', read, of }),
  });
  const { bytes, statistics } = encodeIndex({ source: folder, packages, ...preferences });
  const path = indexPath(request.cache, 'spack');
  if (!request.dryRun) {
    await makeFolder(dirname(path));
    await writeFileAtomic(path, bytes);
  }
  context.emit({ type: 'recipe.imported', packages: statistics.packages });
  const index = readIndex(bytes, path);
  const incompletePackages = index.names().flatMap((name) => {
    const unread = index.unread(name);
    return unread.length === 0 ? [] : [{ name, file: index.recipe(name)?.place?.file ?? '', unread }];
  });
  return { ...statistics, index: path, folder, seconds: (performance.now() - begin) / 1000, incompletePackages };
}

/** The processor as `uname -m` names it, which conditions of recipes on their host look at. */
export function machineName(): string {
  return { x64: 'x86_64', arm64: 'aarch64', ppc64: 'ppc64le' }[arch() as string] ?? arch();
}

const providerLists = v.record(v.string(), v.array(v.string()));
const preferencesForm = v.looseObject({
  packages: v.record(
    v.string(),
    v.looseObject({ buildable: v.optional(v.boolean()), providers: v.optional(providerLists) }),
  ),
});

async function readPreferences(path: string) {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw preferencesInvalid(path, 'it cannot be read', cause);
  });
  const { packages } = parsePreferences(text, path);
  const orders = Object.entries(packages.all?.providers ?? {});
  return {
    // a provider can be named with what else it should be: `mesa +glx`
    providers: Object.fromEntries(
      orders.map(([name, list]) => [name, list.map((one) => /^[\w.-]*/.exec(one)?.[0] ?? '')]),
    ),
    unbuildable: Object.entries(packages).flatMap(([name, { buildable }]) => (buildable === false ? [name] : [])),
  };
}

function parsePreferences(text: string, path: string) {
  try {
    return v.parse(preferencesForm, parseYaml(text, { maxAliasCount: 100 }));
  } catch (cause) {
    throw preferencesInvalid(path, 'it is no packages.yaml of Spack', cause);
  }
}

function preferencesInvalid(path: string, state: string, cause: unknown): FarmError {
  return new FarmError('PREFERENCES_INVALID', `Cannot use preferences "${path}": ${state}`, {
    place: { file: path },
    cause,
  });
}
