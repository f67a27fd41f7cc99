import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after } from 'node:test';
import { userCacheFolder } from '../../src/core/user-cache-folder.ts';
import { type Run, runBinfarm } from './run-binfarm.ts';
import { type RecipeFiles, tinyPackages } from './tiny-packages.ts';

/** A farm folder of a test, with recipes of its own. */
export interface TestFarm {
  readonly folder: string;
  /** The variables that every run gets. */
  readonly environment: Readonly<Record<string, string>>;
  readonly path: (...parts: readonly string[]) => string;
  /** Runs the real program in the folder. */
  readonly run: (...argv: readonly string[]) => Run;
  /** Runs it with --json and gives what it printed, which must be one document; the exit code must be as told. */
  readonly json: <Value>(argv: readonly string[], exitCode?: number) => Value;
  /** Runs `binfarm build`, which must succeed, and gives the names of what it built, sorted. */
  readonly build: (...argv: readonly string[]) => string[];
  /** Replaces a file's text. */
  readonly edit: (path: string, change: (text: string) => string) => void;
  /** Writes the files of a recipe, replacing one of that name. */
  readonly addRecipe: (name: string, files: RecipeFiles) => void;
}

/** How a farm of a test differs from the usual. */
export interface TestFarmOptions {
  /** The specs of its one set; its tiny packages without it. */
  readonly specs?: readonly string[];
  /** The packages whose recipes it has; the four tiny ones without it. */
  readonly recipes?: Readonly<Record<string, RecipeFiles>>;
  /** Further lines of binfarm.yaml. */
  readonly stack?: string;
}

/** Makes a folder that is removed when the tests have ended. */
export function makeTopFolder(name: string): string {
  const top = mkdtempSync(join(tmpdir(), `${name}-`));
  after(() => rmSync(top, { recursive: true, force: true }));
  return top;
}

/** Makes a farm folder by `binfarm init` and gives it recipes and a stack file.
 * Its cache is empty but for the bases of this machine, which take long to make and are the same for all. */
export function makeFarm(folder: string, options: TestFarmOptions = {}): TestFarm {
  const { recipes = tinyPackages, specs = Object.keys(recipes), stack = '' } = options;
  const cache = makeCache(`${folder}.cache`);
  const environment = { BINFARM_CACHE: cache, BINFARM_JOBS: '2', BINFARM_ZSTD_LEVEL: '3' };
  const made = runBinfarm(['init', folder, '--name', 'tiny']);
  assert.equal(made.exitCode, 0, made.stderr);
  const farm = openFarm(folder, environment);
  farm.edit('binfarm.yaml', (text) => `${withSet(text, specs)}${stack}`);
  for (const [name, files] of Object.entries(recipes)) farm.addRecipe(name, files);
  return farm;
}

/** A copy of a farm in another folder, with all that it has built. */
export function copyFarm(farm: TestFarm, folder: string): TestFarm {
  cpSync(farm.folder, folder, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
  return openFarm(folder, { ...farm.environment, BINFARM_CACHE: makeCache(`${folder}.cache`) });
}

/** Replaces the set of a stack file, and its externals by none. */
export function withSet(stack: string, specs: readonly string[]): string {
  return stack
    .replace(/^sets:\n.*\n/m, `sets:\n  tiny: [${specs.map((spec) => `"${spec}"`).join(', ')}]\n`)
    .replace(/^externals:\n( {2}.*\n)+/m, '');
}

function openFarm(folder: string, environment: TestFarm['environment']): TestFarm {
  const path = (...parts: readonly string[]) => join(folder, ...parts);
  const run = (...argv: readonly string[]) => runBinfarm(argv, { folder, environment });
  const json = <Value>(argv: readonly string[], exitCode = 0) => {
    const { stdout, stderr, exitCode: code } = run(...argv, '--json');
    assert.equal(code, exitCode, `binfarm ${argv.join(' ')}: ${stderr}${stdout}`);
    return JSON.parse(stdout) as Value;
  };
  return {
    folder,
    environment,
    path,
    run,
    json,
    build: (...argv) => namesOf(json<{ built: string[] }>(['build', ...argv]).built),
    edit: (name, change) => writeFileSync(path(name), change(readFileSync(path(name), 'utf8'))),
    addRecipe: (name, files) => {
      rmSync(path('recipes', name), { recursive: true, force: true });
      for (const [file, text] of Object.entries(files)) {
        mkdirSync(dirname(path('recipes', name, file)), { recursive: true });
        writeFileSync(path('recipes', name, file), text);
      }
    },
  };
}

/** The names of packages, sorted, of keys such as `x86_64-debian12-gcc12-opt/alpha`. */
export function namesOf(keys: readonly string[]): string[] {
  return keys.map((key) => key.slice(key.indexOf('/') + 1)).sort();
}

function makeCache(cache: string): string {
  const shared = userCacheFolder(process.env);
  mkdirSync(cache, { recursive: true });
  for (const name of ['bases', 'base-packages']) {
    mkdirSync(join(shared, name), { recursive: true });
    symlinkSync(join(shared, name), join(cache, name));
  }
  return cache;
}
