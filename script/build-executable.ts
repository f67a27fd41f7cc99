import { createHash } from 'node:crypto';
import { globSync } from 'node:fs';
import { chmod, copyFile, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type BuildOptions, build } from 'esbuild';
import { runProcess } from '../src/core/run-process.ts';
import { type ShippedFiles, shippedFilesAsset } from '../src/core/shipped-files.ts';

/** The single executable of this checkout. */
export interface BuiltExecutable {
  readonly path: string;
  /** False when one of just these sources was there already. */
  readonly isNew: boolean;
}

const top = join(import.meta.dirname, '..');
const node = join(top, 'node_modules/node/bin/node');
const cache = join(top, 'node_modules/.cache/binfarm-executable');

/** What Node looks for in its own binary to see whether a program was put into it (documented with Node's single executables). */
const fuse = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';

/** Files that binfarm reads while it runs. */
const shippedFiles = ['package.json', 'recipes/**/*', 'src/build/sandbox/tools/*', 'src/**/*.sh'];

const common: BuildOptions = {
  absWorkingDir: top,
  bundle: true,
  platform: 'node',
  target: 'node24',
  minify: true,
  keepNames: true,
  write: false,
  // what the CycloneDX library takes if it is there
  external: ['ajv', 'ajv-formats', 'ajv-formats-draft2019', 'libxmljs2', 'xmlbuilder2'],
  legalComments: 'none',
  logOverride: { 'empty-import-meta': 'silent' },
};

/** Builds the single executable, unless one of just these sources is there. */
export async function buildExecutable(): Promise<BuiltExecutable> {
  const folder = join(cache, await digestOfSources());
  const path = join(folder, 'binfarm');
  const isThere = await stat(path).then(
    () => true,
    () => false,
  );
  if (isThere) return { path, isNew: false };
  await mkdir(folder, { recursive: true });
  await writeExecutable(path);
  await removeOld();
  return { path, isNew: true };
}

/** Writes the single executable: bundled program, threads and shipped files in Node's own binary, without its symbols.
 * Equal sources, tools and Node give equal bytes. */
export async function writeExecutable(path: string): Promise<void> {
  const work = await mkdtemp(join(dirname(path), '.work-'));
  try {
    await writeProgram(work);
    await injectProgram(work);
    await rename(join(work, 'binfarm'), path);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Keeps the three that were built last: others may be in use by tests under way. */
async function removeOld(): Promise<void> {
  const names = (await readdir(cache)).filter((name) => !name.startsWith('.'));
  const times = await Promise.all(names.map(async (name) => ({ name, time: (await stat(join(cache, name))).mtimeMs })));
  for (const { name } of times.toSorted((a, b) => b.time - a.time).slice(3)) {
    await rm(join(cache, name), { recursive: true, force: true });
  }
}

/** All that the bytes of the executable follow from. */
async function digestOfSources(): Promise<string> {
  const hash = createHash('sha256');
  const patterns = ['src/**/*', 'recipes/**/*', 'package.json', 'package-lock.json', 'script/build-executable.ts'];
  for (const file of globSync(patterns, { cwd: top }).sort()) {
    if (file.endsWith('.test.ts') || !(await stat(join(top, file))).isFile()) continue;
    hash.update(`${file}\0`).update(
      createHash('sha256')
        .update(await readFile(join(top, file)))
        .digest(),
    );
  }
  const { size, mtimeMs } = await stat(node);
  return hash.update(`${size} ${mtimeMs}`).digest('hex').slice(0, 20);
}

/** Writes the program, its threads and files, and the blob that Node makes of them. */
async function writeProgram(work: string): Promise<void> {
  const threads = globSync('src/**/*-worker.ts', { cwd: top }).sort();
  const assets: Record<string, string> = {};
  await writeFile(join(work, 'program.cjs'), await bundle('src/cli/executable.ts', 'cjs'));
  for (const thread of threads) {
    const name = thread.replace(/\.ts$/, '.js');
    assets[name] = basename(name);
    await writeFile(join(work, basename(name)), await bundle(thread, 'cjs'));
  }
  assets[shippedFilesAsset] = shippedFilesAsset;
  await writeFile(join(work, shippedFilesAsset), JSON.stringify(await collectFiles()));
  const config = {
    // relative, since the path becomes part of the bytes
    main: 'program.cjs',
    output: 'program.blob',
    disableExperimentalSEAWarning: true,
    useCodeCache: true,
    // what NODE_OPTIONS says is meant for the user's own node
    execArgvExtension: 'none',
    assets,
  };
  await writeFile(join(work, 'program.json'), JSON.stringify(config));
  // without the seed the code cache differs from run to run
  await run([node, '--random-seed=1', '--experimental-sea-config', 'program.json'], work);
}

async function bundle(entry: string, format: 'cjs' | 'esm'): Promise<string> {
  const { outputFiles } = await build({ ...common, entryPoints: [entry], format });
  return outputFiles![0]!.text;
}

async function collectFiles(): Promise<ShippedFiles> {
  const files: Record<string, { base64: string; mode: number }> = {
    'src/recipes/api.js': {
      base64: Buffer.from(await bundle('src/recipes/api.ts', 'esm')).toString('base64'),
      mode: 0o644,
    },
  };
  for (const path of globSync(shippedFiles, { cwd: top }).sort()) {
    const stats = await stat(join(top, path));
    if (!stats.isFile() || path.endsWith('.test.ts')) continue;
    const base64 = (await readFile(join(top, path))).toString('base64');
    files[path] = { base64, mode: (stats.mode & 0o111) === 0 ? 0o644 : 0o755 };
  }
  return files;
}

async function injectProgram(work: string): Promise<void> {
  const path = join(work, 'binfarm');
  await copyFile(node, path);
  await chmod(path, 0o755);
  await run(['strip', '--strip-all', path]);
  const postject = join(top, 'node_modules/postject/dist/cli.js');
  await run([node, postject, path, 'NODE_SEA_BLOB', join(work, 'program.blob'), '--sentinel-fuse', fuse]);
}

async function run(argv: readonly string[], cwd = top): Promise<void> {
  const { exitCode, stdout, stderr } = await runProcess(argv, { cwd });
  if (exitCode !== 0) throw new Error(`${argv.join(' ')} ended with ${exitCode}:\n${stdout}${stderr}`);
}
