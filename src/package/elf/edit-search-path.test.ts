import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { runProcess } from '../../core/run-process.ts';
import { bufferSource, openFileSource, patchSource } from '../byte-source.ts';
import { planSearchPathEdit } from './edit-search-path.ts';
import { locateSection } from './locate-section.ts';
import { readDynamic } from './read-dynamic.ts';
import { readElf } from './read-elf.ts';
import { newestGlibcOf } from './read-versions.ts';

const root = '/binfarm/'.padEnd(64, 'x');
const place = { root, storeName: 'own-1', path: 'lib/libx.so', dependencies: new Set(['dep-2']) };
let folder = '';

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'binfarm-elf-'));
});
after(() => rm(folder, { recursive: true, force: true }));

async function compile(name: string, text: string, args: readonly string[]): Promise<Buffer> {
  await writeFile(join(folder, `${name}.c`), text);
  const { exitCode, stderr } = await runProcess(['gcc', `${name}.c`, '-o', name, ...args], { cwd: folder });
  assert.equal(exitCode, 0, stderr);
  const source = openFileSource(join(folder, name));
  const bytes = source.read(0, source.size);
  source.close();
  return bytes;
}

function edit(bytes: Buffer, at: Partial<typeof place> = {}): { bytes: Buffer; searchPath: readonly string[] } {
  const source = bufferSource(bytes);
  const elf = readElf(source);
  const dynamic = elf && readDynamic(source, elf);
  assert.ok(elf && dynamic);
  const { patches, searchPath } = planSearchPathEdit(source, { elf, dynamic }, { ...place, ...at });
  return { bytes: patchSource(source, patches).read(0, bytes.length), searchPath };
}

async function readelf(bytes: Buffer, ...args: readonly string[]): Promise<string> {
  await writeFile(join(folder, 'edited'), bytes);
  const { stdout, stderr } = await runProcess(['readelf', '-W', ...args, 'edited'], { cwd: folder });
  assert.equal(stderr, '');
  return stdout;
}

const shared = ['-shared', '-fPIC', '-nostdlib'];

test('an RPATH becomes a RUNPATH that is relative, with nothing of the root left', async () => {
  const flags = [...shared, `-Wl,--disable-new-dtags,-rpath,${root}/store/own-1/lib:${root}/store/dep-2/lib:/usr/lib`];
  const original = await compile('rpath.so', 'int x(void) { return 1; }', flags);
  assert.match(await readelf(original, '-d'), /\(RPATH\)/);
  const { bytes, searchPath } = edit(original);
  assert.match(
    await readelf(bytes, '-d'),
    /\(RUNPATH\) +Library runpath: \[\$ORIGIN:\$ORIGIN\/\.\.\/\.\.\/dep-2\/lib\]/,
  );
  assert.deepEqual(searchPath, ['$ORIGIN', '$ORIGIN/../../dep-2/lib']);
  assert.ok(!bytes.includes(root));
});

test('a library gets its own folder at the end, a program does not', async () => {
  const rpath = `-Wl,-rpath,${root}/store/dep-2/lib`;
  const library = edit(await compile('lib.so', 'int x(void) { return 1; }', [...shared, rpath]));
  assert.deepEqual(library.searchPath, ['$ORIGIN/../../dep-2/lib', '$ORIGIN']);
  for (const kind of ['-pie', '-no-pie']) {
    const program = await compile('program', 'int main(void) { return 0; }', [kind, rpath]);
    assert.deepEqual(edit(program, { path: 'bin/program' }).searchPath, ['$ORIGIN/../../dep-2/lib']);
  }
});

test('a symbol whose name shares the tail of the path keeps its name', async () => {
  const flags = [...shared, `-Wl,-rpath,${root}/store/own-1/tail`];
  const { bytes } = edit(await compile('tail.so', 'int tail(void) { return 1; }', flags));
  assert.match(await readelf(bytes, '--dyn-syms'), / tail$/m);
  assert.match(await readelf(bytes, '-d'), /runpath: \[\$ORIGIN\/\.\.\/tail:\$ORIGIN\]/);
});

test('a path without room for a relative one stays as it is', async () => {
  const short = { root: '/r', path: 'lib/a/b/c/d/libx.so' };
  const flags = [...shared, '-Wl,-rpath,/r/store/dep-2'];
  const original = await compile('short.so', 'int x(void) { return 1; }', flags);
  const { bytes, searchPath } = edit(original, short);
  assert.deepEqual(bytes, original);
  assert.deepEqual(searchPath, ['/r/store/dep-2']);
});

test('a file without sections is edited too', async () => {
  const flags = [...shared, `-Wl,-rpath,${root}/store/own-1/lib`];
  const bytes = await compile('stripped.so', 'int lib(void) { return 1; }', flags);
  bytes.fill(0, 40, 48); // e_shoff
  bytes.fill(0, 58, 64); // e_shentsize, e_shnum, e_shstrndx
  assert.deepEqual(readElf(bufferSource(bytes))?.sections, []);
  assert.deepEqual(edit(bytes).searchPath, ['$ORIGIN']);
});

test('soname, needed libraries and the newest glibc are those that readelf shows', async () => {
  const bytes = await compile(
    'm.so',
    '#include <math.h>\n#include <stdio.h>\ndouble x(double y) { puts(""); return exp(y); }',
    [...['-shared', '-fPIC', '-Wl,-soname,libm-user.so.3', '-lm']],
  );
  const source = bufferSource(bytes);
  const elf = readElf(source);
  const dynamic = elf && readDynamic(source, elf);
  assert.ok(elf && dynamic);
  assert.equal(dynamic.soname, 'libm-user.so.3');
  assert.deepEqual(dynamic.needed, ['libm.so.6', 'libc.so.6']);
  const versions = [...(await readelf(bytes, '-V')).matchAll(/Name: GLIBC_([\d.]+)/g)].map(([, version]) => version);
  assert.ok(versions.includes(newestGlibcOf(source, elf, dynamic)));
});

test('locateSection names the section of an offset', async () => {
  const bytes = await compile('section.so', 'const char *x(void) { return "find me here"; }', shared);
  const source = bufferSource(bytes);
  assert.equal(locateSection(source, bytes.indexOf('find me here')), '.rodata');
  assert.equal(locateSection(source, 5), 'ELF header');
  assert.equal(locateSection(bufferSource(Buffer.from('text')), 0), undefined);
});

/** Everything that reads an ELF file, as the packer does. */
function readWhole(bytes: Buffer): void {
  const source = bufferSource(bytes);
  const elf = readElf(source);
  const dynamic = elf && readDynamic(source, elf);
  locateSection(source, bytes.length >> 1);
  if (!elf || !dynamic) return;
  newestGlibcOf(source, elf, dynamic);
  const { patches } = planSearchPathEdit(source, { elf, dynamic }, place);
  for (const patch of patches) assert.ok(patch.offset >= 0 && patch.offset + patch.bytes.length <= bytes.length);
}

test('garbage behind an ELF magic never throws', () => {
  const ident = fc.tuple(fc.constantFrom(1, 2, 3), fc.constantFrom(1, 2, 0));
  fc.assert(
    fc.property(ident, fc.uint8Array({ maxLength: 400 }), ([fileClass, order], rest) => {
      readWhole(Buffer.concat([Buffer.from([0x7f, 0x45, 0x4c, 0x46, fileClass, order]), rest]));
    }),
    { numRuns: 2000 },
  );
});

test('a library with damaged bytes never throws, and every edit lies in the file', async () => {
  const flags = ['-shared', '-fPIC', `-Wl,-rpath,${root}/store/own-1/lib`];
  const good = await compile('good.so', '#include <stdio.h>\nvoid x(void) { puts("y"); }', flags);
  const sectionTable = Number(good.readBigUInt64LE(40));
  const elf = readElf(bufferSource(good));
  const dynamic = elf?.segments.find(({ type }) => type === 2)?.offset ?? 0;
  const offset = fc.oneof(
    fc.nat(600),
    fc.nat(500).map((n) => dynamic + n),
    fc.nat(1500).map((n) => sectionTable + n),
    fc.nat(good.length),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(offset, fc.nat(255)), { minLength: 1, maxLength: 6 }), (changes) => {
      const bytes = Buffer.from(good);
      for (const [offset, value] of changes) if (offset < bytes.length) bytes[offset] = value;
      readWhole(bytes);
    }),
    { numRuns: 2000 },
  );
});
