import { chmod, link, mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { digestOf } from '../core/digest.ts';
import { runProcess } from '../core/run-process.ts';
import type { BuildHash, PackageName } from '../model/names.ts';
import type { PackageDraft } from './pack-prefix.ts';

/** What the tests of this layer pack: a store at a root of 64 bytes with two packages that a real compiler has made; `app` links `dep`. */
export interface SampleStore {
  readonly root: string;
  readonly dep: SamplePackage;
  readonly app: SamplePackage;
}

/** One package of the sample store. */
export interface SamplePackage {
  readonly prefix: string;
  readonly draft: PackageDraft;
}

const rootBytes = 64;

/** Builds the sample store below a folder whose path is shorter than 50 bytes. */
export async function buildSampleStore(folder: string): Promise<SampleStore> {
  const root = `${folder}/`.padEnd(rootBytes, 'r');
  const dep = samplePackage(root, 'dep', []);
  const app = samplePackage(root, 'app', [dep]);
  await buildDependency(dep.prefix);
  await buildApplication(app.prefix, dep.prefix);
  return { root, dep, app };
}

/** The metadata of a package that has none of its own. */
export function sampleDraft(root: string, name: string, dependencies: readonly PackageDraft[] = []): PackageDraft {
  const buildHash = digestOf(name).slice('sha256:'.length) as BuildHash;
  return {
    format: 'binfarm.package/1',
    name: name as PackageName,
    version: '1.0',
    variants: { shared: true },
    platform: 'x86_64-debian12-gcc12-opt',
    buildHash,
    storeName: `${name}-1.0-${buildHash.slice(0, 20)}`,
    root,
    summary: 'A sample',
    license: 'Apache-2.0',
    category: 'test',
    dependencies: dependencies.map((one) => ({
      name: one.name,
      buildHash: one.buildHash,
      storeName: one.storeName,
      types: ['link'],
    })),
    tests: [{ name: 'runs', steps: [{ do: 'run', argv: ['@{prefix}/bin/app'] }], timeoutSeconds: 60 }],
    provenance: { plan: digestOf('plan'), sources: [], base: 'sample', buildTools: [] },
  };
}

function samplePackage(root: string, name: string, dependencies: readonly SamplePackage[]): SamplePackage {
  const drafts = dependencies.map(({ draft }) => draft);
  const draft = sampleDraft(root, name, drafts);
  return { prefix: `${root}/store/${draft.storeName}`, draft };
}

async function buildDependency(prefix: string): Promise<void> {
  await mkdir(`${prefix}/lib`, { recursive: true });
  // The path in `.rodata` is what a search path's edit cannot mend.
  await compile(`${prefix}/lib`, 'dep.c', `const char *dep_data(void) { return "${prefix}/share/data.txt"; }\n`, [
    ...['-shared', '-fPIC', '-Wl,-soname,libdep.so.1', `-Wl,-rpath,${prefix}/lib`, '-o', 'libdep.so.1'],
  ]);
  await symlink('libdep.so.1', `${prefix}/lib/libdep.so`);
  await write(`${prefix}/share/data.txt`, 'the answer is 42\n');
}

async function buildApplication(prefix: string, dep: string): Promise<void> {
  await mkdir(`${prefix}/bin`, { recursive: true });
  await mkdir(`${prefix}/lib/empty`, { recursive: true });
  await compile(`${prefix}/lib`, 'own.c', `int own_number(void) { return 7; }\n`, [
    ...['-shared', '-fPIC', '-Wl,-soname,libown.so', `-Wl,-rpath,${prefix}/lib:${dep}/lib`, '-o', 'libown.so'],
  ]);
  await compile(`${prefix}/bin`, 'app.c', program, [
    ...['-o', 'app', `-L${prefix}/lib`, '-lown', `${dep}/lib/libdep.so`],
    ...[`-Wl,--disable-new-dtags,-rpath,${prefix}/lib:${dep}/lib:/usr/local/lib:${prefix}/lib`],
  ]);
  await buildArchive(`${prefix}/lib`);
  await write(`${prefix}/bin/run`, `#!${prefix}/bin/app\n`, 0o755);
  await write(`${prefix}/bin/script`, `#!/bin/sh\nexec ${prefix}/bin/app "$@"\n`, 0o555);
  await write(`${prefix}/lib/pkgconfig/app.pc`, `prefix=${prefix}\nlibdir=${prefix}/lib\nRequires: ${dep}\n`);
  await write(`${prefix}/share/empty`, '');
  await write(`${prefix}/share/long name ${'ä'.repeat(60)}.txt`, 'a name that needs a pax header\n');
  await write(`${prefix}/share/read-only`, 'nobody may write this\n', 0o444);
  await write(`${prefix}/share/plain.gz`, gzipSync('nothing of interest'));
  await link(`${prefix}/share/read-only`, `${prefix}/share/same`);
  await symlink(`${prefix}/share/read-only`, `${prefix}/share/absolute`);
  await symlink(`${dep}/share/data.txt`, `${prefix}/share/data`);
}

const program = `#include <stdio.h>
int own_number(void);
const char *dep_data(void);
int main(void) {
  char line[200];
  FILE *data = fopen(dep_data(), "r");
  if (data == NULL || fgets(line, sizeof line, data) == NULL) return 1;
  printf("%d %s", own_number(), line);
  return 0;
}
`;

async function buildArchive(folder: string): Promise<void> {
  await compile(folder, 'member.c', `const char *where = "${folder}/member";\n`, ['-c', '-o', 'member.o']);
  await run(folder, ['ar', 'rcsD', 'libmember.a', 'member.o']);
  await run(folder, ['rm', 'member.o']);
}

async function compile(folder: string, name: string, text: string, args: readonly string[]): Promise<void> {
  await write(join(folder, name), text);
  await run(folder, ['gcc', name, ...args]);
  await run(folder, ['rm', name]);
}

async function run(cwd: string, argv: readonly string[]): Promise<void> {
  const { exitCode, stderr } = await runProcess(argv, { cwd });
  if (exitCode !== 0) throw new Error(`${argv.join(' ')}: ${stderr}`);
}

async function write(path: string, content: string | Buffer, mode = 0o644): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
  await chmod(path, mode);
}
