import { availableParallelism } from 'node:os';
import { userCacheFolder } from './user-cache-folder.ts';

/** The process environment, as far as settings look at it. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** How the text of a setting is read, and which values it can have. */
export type SettingForm =
  | { readonly type: 'path' }
  | { readonly type: 'flag' }
  | { readonly type: 'list' }
  | { readonly type: 'count'; readonly from: number; readonly to: number }
  | { readonly type: 'choice'; readonly of: readonly string[] };

/** One line of the settings table. */
export interface SettingDeclaration {
  readonly form: SettingForm;
  /** The value where nobody says another. */
  readonly fallback: (environment: Environment) => string | number | boolean | readonly string[];
  /** How the reference page writes the default. */
  readonly fallbackText: string;
  /** The key below `settings:` in binfarm.yaml; absent for what belongs to a machine, not to a farm. */
  readonly key?: string;
  readonly flag: string;
  readonly variable: `BINFARM_${string}`;
  readonly meaning: string;
}

/** Every setting: where it can be given, and what it means. A flag goes before the variable, that before the stack file, that before the default. */
export const settingsTable = {
  cache: {
    form: { type: 'path' },
    fallback: userCacheFolder,
    fallbackText: '$XDG_CACHE_HOME/binfarm',
    flag: '--cache <dir>',
    variable: 'BINFARM_CACHE',
    meaning: 'where downloaded sources and bases are kept; everything in it can be fetched again',
  },
  jobs: {
    form: { type: 'count', from: 1, to: 4096 },
    fallback: () => availableParallelism(),
    fallbackText: 'the number of cores',
    flag: '-j, --jobs <n>',
    variable: 'BINFARM_JOBS',
    meaning: 'how many compilers run at a time, over all builds together',
  },
  keepGoing: {
    form: { type: 'flag' },
    fallback: () => true,
    fallbackText: 'true',
    key: 'keep_going',
    flag: '--keep-going',
    variable: 'BINFARM_KEEP_GOING',
    meaning: 'after a failure, go on with every package that does not need the failed one',
  },
  mirrors: {
    form: { type: 'list' },
    fallback: () => ['debian'],
    fallbackText: 'debian',
    key: 'mirrors',
    flag: '--mirrors <list>',
    variable: 'BINFARM_MIRRORS',
    meaning:
      'where sources are looked for after their own address, in order: a folder, an http(s) address, or `debian` (the pool of this machine’s apt)',
  },
  offline: {
    form: { type: 'flag' },
    fallback: () => false,
    fallbackText: 'false',
    flag: '--offline',
    variable: 'BINFARM_OFFLINE',
    meaning: 'use only what is in the cache and in folders; never the network',
  },
  parallelBuilds: {
    form: { type: 'count', from: 1, to: 256 },
    fallback: () => Math.max(2, Math.ceil(availableParallelism() / 4)),
    fallbackText: 'a quarter of the cores, at least 2',
    flag: '--parallel-builds <n>',
    variable: 'BINFARM_PARALLEL_BUILDS',
    meaning: 'how many packages are built at a time; they share the compilers of `jobs`',
  },
  prefixLength: {
    form: { type: 'count', from: 24, to: 200 },
    fallback: () => 64,
    fallbackText: '64',
    key: 'prefix_length',
    flag: '--prefix-length <bytes>',
    variable: 'BINFARM_PREFIX_LENGTH',
    meaning: 'the longest path, in bytes, at which packages can be installed; a change rebuilds everything',
  },
  zstdLevel: {
    form: { type: 'count', from: 1, to: 19 },
    fallback: () => 9,
    fallbackText: '9',
    key: 'zstd_level',
    flag: '--zstd-level <n>',
    variable: 'BINFARM_ZSTD_LEVEL',
    meaning: 'how hard packages are compressed: 1 is fast, 19 is small',
  },
} as const satisfies Record<string, SettingDeclaration>;

/** The name of a setting in the code. */
export type SettingName = keyof typeof settingsTable;

type ValueOf<Form extends SettingForm> = Form extends { readonly type: 'count' }
  ? number
  : Form extends { readonly type: 'flag' }
    ? boolean
    : Form extends { readonly type: 'list' }
      ? readonly string[]
      : Form extends { readonly type: 'choice'; readonly of: readonly (infer Choice)[] }
        ? Choice
        : string;

/** The resolved value of every setting; layers are handed the few that they need. */
export type Settings = { readonly [Name in SettingName]: ValueOf<(typeof settingsTable)[Name]['form']> };
