import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Release, ReleasePackage } from '../../src/model/release.ts';
import { makeFarm, makeTopFolder } from './farm-fixture.ts';
import type { RecipeFiles } from './tiny-packages.ts';

const recipeOf = (
  name: string,
  version: string,
  depends: readonly string[],
  tested = false,
) => `import { make, recipe } from 'binfarm';

export default recipe({
  name: '${name}',
  summary: 'Part of a test',
  license: 'Apache-2.0',
  category: 'test',
  source: { directory: './src' },
  versions: { '${version}': {} },
  depends: ${JSON.stringify(depends)},
  build: make(({ prefix }) => ['PREFIX=' + prefix]),
${tested ? `  test: ({ prefix }) => [[prefix + '/bin/${name}']],\n` : ''}});
`;

/** A library with versions of symbols, a header, data that programs copy, and a file that others name. */
const lib: RecipeFiles = {
  'recipe.ts': recipeOf('lib', '1.9', []),
  'src/lib.h': 'extern int lib_table[4];\nint lib_answer(void);\nint lib_spare(void);\nconst char *lib_data(void);\n',
  'src/lib.c': `#include "lib.h"
int lib_table[4] = {1, 2, 3, 4};
int lib_answer(void) { return 41; }
int lib_spare(void) { return 0; }
const char *lib_data(void) { return PREFIX "/share/lib/data.txt"; }
`,
  'src/lib.map': 'LIB_1 { global: lib_answer; lib_spare; lib_data; lib_table; local: *; };\n',
  'src/Makefile': `PREFIX = /usr/local
SONAME = liblib.so.1
$(SONAME): lib.c lib.h
	$(CC) $(CFLAGS) -DPREFIX='"$(PREFIX)"' -fPIC -shared -Wl,-soname,$(SONAME) -Wl,--version-script,lib.map lib.c -o $@
install: $(SONAME)
	mkdir -p $(PREFIX)/lib $(PREFIX)/include $(PREFIX)/share/lib
	cp $(SONAME) $(PREFIX)/lib/
	ln -s $(SONAME) $(PREFIX)/lib/liblib.so
	cp lib.h $(PREFIX)/include/
	echo 'data of lib' > $(PREFIX)/share/lib/data.txt
`,
};

/** A library between the fixed one and the program. */
const middle: RecipeFiles = {
  'recipe.ts': recipeOf('middle', '2.1', ['lib']),
  'src/middle.h': 'int middle_answer(void);\n',
  'src/middle.c': '#include <lib.h>\n#include "middle.h"\nint middle_answer(void) { return lib_answer() + 1; }\n',
  'src/Makefile': `PREFIX = /usr/local
libmiddle.so: middle.c middle.h
	$(CC) $(CFLAGS) -fPIC -shared -Wl,-soname,libmiddle.so middle.c -o $@ -llib
install: libmiddle.so
	mkdir -p $(PREFIX)/lib $(PREFIX)/include
	cp libmiddle.so $(PREFIX)/lib/
	cp middle.h $(PREFIX)/include/
`,
};

/** A program that reaches the fixed library in every way: through another one, by itself, by a file's path, by a link and in a text. */
const app: RecipeFiles = {
  'recipe.ts': recipeOf('app', '3', ['middle', 'lib'], true),
  'src/app.c': `#include <lib.h>
#include <middle.h>
#include <stdio.h>
int main(void) {
  char text[100] = "";
  FILE *file = fopen(lib_data(), "r");
  FILE *named = fopen(DATA, "r");
  if (file == NULL || named == NULL || fgets(text, sizeof text, file) == NULL) return 1;
  printf("%d %d %s", middle_answer(), lib_table[1], text);
  return 0;
}
`,
  'src/Makefile': `PREFIX = /usr/local
LIB = $(dir $(PREFIX))$(notdir $(wildcard $(dir $(PREFIX))lib-*))
app: app.c
	$(CC) $(CFLAGS) -DDATA='"$(LIB)/share/lib/data.txt"' app.c -o $@ -lmiddle -llib
install: app
	mkdir -p $(PREFIX)/bin $(PREFIX)/share/app
	cp app $(PREFIX)/bin/
	ln -s $(LIB)/share/lib/data.txt $(PREFIX)/share/app/data.txt
	echo 'lib is in $(LIB), app in $(PREFIX)' > $(PREFIX)/share/app/where.txt
`,
};

/** A static library, and a program that holds its code. */
const still: RecipeFiles = {
  'recipe.ts': recipeOf('still', '1', []),
  'src/still.c': 'int still_answer(void) { return 7; }\n',
  'src/Makefile': `PREFIX = /usr/local
install:
	$(CC) $(CFLAGS) -c still.c -o still.o
	mkdir -p $(PREFIX)/lib
	ar rcs $(PREFIX)/lib/libstill.a still.o
`,
};
const frozen: RecipeFiles = {
  'recipe.ts': recipeOf('frozen', '1', ['still']),
  'src/frozen.c':
    '#include <stdio.h>\nint still_answer(void);\nint main(void) { printf("%d\\n", still_answer()); return 0; }\n',
  'src/Makefile': `PREFIX = /usr/local
install:
	mkdir -p $(PREFIX)/bin
	$(CC) $(CFLAGS) frozen.c -o $(PREFIX)/bin/frozen -lstill
`,
};

interface Patched {
  readonly release: Release;
  readonly report: {
    readonly dependants: readonly { name: string; storeName: string }[];
    readonly replaced: readonly { readonly libraries: readonly unknown[]; readonly changedHeaders: number }[];
    readonly compiledIn: readonly { readonly dependant: string }[];
  };
  readonly tests?: { readonly passed: number };
}
interface Refused {
  readonly error: {
    readonly code: string;
    readonly details: { readonly faults: readonly { dependant: string; file?: string; what: string; says: string }[] };
  };
}

const top = makeTopFolder('binfarm-patch');
const recipes = { lib, middle, app, still, frozen };
const farm = makeFarm(join(top, 'farm'), { recipes, specs: ['app', 'frozen'] });
const area = join(top, 'area');

function packagesOf(release: Release): Map<string, [string, ReleasePackage]> {
  const [platform] = Object.values(release.platforms);
  return new Map(Object.entries(platform!.packages).map(([storeName, item]) => [item.name, [storeName, item]]));
}

function show(release: string): Release {
  return farm.json<Release>(['release', 'show', release]);
}

function runProgram(path: string): string {
  const { stdout, stderr, status } = spawnSync(path, { encoding: 'utf8' });
  assert.equal(status, 0, `${path}: ${stderr}`);
  return stdout;
}

function patch(...argv: readonly string[]): Patched {
  return farm.json<Patched>(['release', 'patch', ...argv]);
}

function refusal(...argv: readonly string[]): Refused['error'] {
  const { error } = farm.json<Refused>(['release', 'patch', ...argv], 1);
  assert.equal(error.code, 'PATCH_REFUSED');
  return error;
}

/** Changes the library, tries to patch with it, and changes it back. */
function refusalOf(file: string, change: (text: string) => string): string[] {
  const path = `recipes/lib/${file}`;
  const kept = readFileSync(farm.path(path), 'utf8');
  farm.edit(path, change);
  assert.deepEqual(farm.build('lib'), ['lib']);
  const { details } = refusal('2026.1', 'lib', '--name', 'never');
  farm.edit(path, () => kept);
  assert.ok(!farm.json<{ name: string }[]>(['release', 'list']).some(({ name }) => name === 'never'));
  return details.faults.map(({ dependant, what, says }) => `${dependant} ${what}: ${says}`).sort();
}

test('a release is made and installed', () => {
  assert.deepEqual(farm.build(), ['app', 'frozen', 'lib', 'middle', 'still']);
  for (const words of [['create'], ['announce']]) {
    const { exitCode, stderr } = farm.run('release', ...words, '2026.1');
    assert.equal(exitCode, 0, stderr);
  }
  const key = farm.path('keys', 'farm.key.pub');
  const from = ['--release', 'tiny/latest', '--from', farm.path('binhost'), '--key', key];
  assert.equal(farm.run('install', '--prefix', area, ...from).exitCode, 0);
  assert.equal(runProgram(join(area, 'current/view/bin/app')), '42 2 data of lib\n');
});

test('a package that is just as it was is no patch, and one that the release does not have is named', () => {
  assert.match(farm.run('release', 'patch', '2026.1', 'lib', '--name', 'x').stderr, /it has lib just as built/);
  assert.match(farm.run('release', 'patch', '2026.1', 'libb', '--name', 'x').stderr, /Did you mean "lib"\?/);
});

test('a fix that is not built yet is not released', () => {
  farm.edit('recipes/lib/src/lib.c', (text) => text.replace('return 41', 'return 51'));
  const { stderr } = farm.run('release', 'patch', '2026.1', 'lib', '--name', 'x');
  assert.match(stderr, /it is not built yet/);
  assert.match(stderr, /hint: binfarm build lib/);
});

test('a fixed package with a longer version is built alone and put into the release; nothing else is built, and all other blobs stay', () => {
  farm.edit('recipes/lib/recipe.ts', (text) => text.replace("'1.9'", "'1.10.2'"));
  farm.edit('recipes/lib/src/lib.map', (text) => text.replace('lib_spare;', 'lib_new;'));
  farm.edit('recipes/lib/src/lib.c', (text) => text.replace('lib_spare', 'lib_new'));
  assert.deepEqual(farm.build('lib', '--update', 'lib'), ['lib']);
  const planned = patch('2026.1', 'lib', '--name', '2026.1-1', '--dry-run');
  assert.equal(farm.run('release', 'show', '2026.1-1').exitCode, 1);
  const { release, report, tests } = patch('2026.1', 'lib', '--name', '2026.1-1', '--notes', 'A fix');
  assert.deepEqual(planned.release.platforms, release.platforms);
  assert.deepEqual(
    report.replaced.map(({ libraries }) => libraries),
    [[{ library: 'liblib.so.1', added: ['lib_new@LIB_1'], removed: ['lib_spare@LIB_1'] }]],
  );
  assert.deepEqual([report.dependants.map(({ name }) => name), tests?.passed], [['app', 'middle'], 1]);
  const [before, after] = [packagesOf(show('2026.1')), packagesOf(release)];
  for (const name of ['app', 'middle', 'frozen', 'still'])
    assert.equal(after.get(name)![1].digest, before.get(name)![1].digest, name);
  assert.equal(after.get('frozen')![0], before.get('frozen')![0]);
  assert.notEqual(after.get('app')![0], before.get('app')![0]);
  assert.equal(after.get('lib')![0].length, before.get('lib')![0].length);
  assert.equal(after.get('lib')![1].version, '1.10.2');
  assert.match(
    farm.run('release', 'show', '2026.1-1').stdout,
    /Patched from 2026\.1: lib replaced\. Not built anew: app, middle\./,
  );
  assert.equal(farm.run('release', 'verify', '2026.1-1').exitCode, 0);
  assert.match(farm.run('release', 'patch', '2026.1', 'lib', '--name', '2026.1-1').stderr, /DOCUMENT_EXISTS/);
});

test('an update brings the fix to the installed program, beside the old release, and a rollback takes it back', () => {
  assert.equal(farm.run('release', 'announce', '2026.1-1').exitCode, 0);
  const old = readdirSync(join(area, 'store'));
  const { unpacked } = farm.json<{ unpacked: string[] }>(['update', area]);
  assert.deepEqual(
    unpacked.map((name) => name.split('-')[0]),
    ['app', 'lib', 'middle'],
  );
  const program = join(area, 'current/view/bin/app');
  assert.equal(runProgram(program), '52 2 data of lib\n');
  const oldProgram = old.find((name) => name.startsWith('app-'))!;
  assert.equal(runProgram(join(area, 'store', oldProgram, 'bin/app')), '42 2 data of lib\n');
  const where = readFileSync(join(area, 'current/view/share/app/where.txt'), 'utf8');
  const now = packagesOf(show('2026.1-1'));
  assert.equal(where, `lib is in ${area}/store/${now.get('lib')![0]}, app in ${area}/store/${now.get('app')![0]}\n`);
  assert.ok(existsSync(join(area, 'current/view/share/app/data.txt')));
  assert.equal(farm.run('rollback', area).exitCode, 0);
  assert.equal(runProgram(program), '42 2 data of lib\n');
  assert.deepEqual(farm.json<{ unpacked: string[] }>(['update', area]).unpacked, []);
  const { removed } = farm.json<{ removed: { name: string }[] }>(['gc', area, '--keep', '0']);
  assert.deepEqual(
    removed
      .map(({ name }) => name.split('-')[0])
      .filter((name) => !name!.startsWith('gen'))
      .sort(),
    ['app', 'lib', 'middle'],
  );
  assert.equal(runProgram(program), '52 2 data of lib\n');
});

test('a patched release can be patched again, with a shorter version too', () => {
  farm.edit('recipes/lib/recipe.ts', (text) => text.replace("'1.10.2'", "'2'"));
  farm.edit('recipes/lib/src/lib.c', (text) => text.replace('return 51', 'return 61'));
  farm.build('lib', '--update', 'lib');
  const { release } = patch('latest', 'lib', '--name', '2026.1-2');
  assert.equal(release.patchOf?.name, '2026.1-1');
  assert.equal(farm.run('release', 'announce', '2026.1-2').exitCode, 0);
  assert.equal(farm.run('update', area).exitCode, 0);
  assert.equal(runProgram(join(area, 'current/view/bin/app')), '62 2 data of lib\n');
});

test('a function that is gone is refused with who needs it', () => {
  assert.deepEqual(
    refusalOf('src/lib.map', (text) => text.replace('lib_answer;', '')),
    ['middle symbol: needs lib_answer@LIB_1 of liblib.so.1, which is gone'],
  );
});

test('another soname is refused with who needs the old one', () => {
  assert.deepEqual(
    refusalOf('src/Makefile', (text) => text.replaceAll('liblib.so.1', 'liblib.so.2')),
    ['app', 'middle'].map((name) => `${name} library: needs liblib.so.1, which is gone (there is liblib.so.2)`),
  );
});

test('a version of symbols that is not defined is refused with who needs it', () => {
  assert.deepEqual(
    refusalOf('src/lib.map', (text) => text.replace('LIB_1', 'LIB_2')),
    ['app', 'middle'].map(
      (name) => `${name} version: needs version LIB_1 of liblib.so.1, which does not define it any more`,
    ),
  );
});

test('data of another size is refused with the program that has a copy of it, and a file that is gone with the program that names it', () => {
  assert.deepEqual(
    refusalOf(
      'src/lib.c',
      (text) => `${text.replace('lib_table[4] = {', 'lib_table[5] = {5, ').replace('#include "lib.h"', '')}`,
    ),
    ['app copy: uses lib_table@LIB_1 of liblib.so.1 as 16 bytes of data, which has 20 bytes now'],
  );
  const gone = refusalOf('src/Makefile', (text) => text.replaceAll('share/lib/data.txt', 'share/lib/other.txt'));
  assert.deepEqual(gone, Array(2).fill('app path: names share/lib/data.txt of lib, which is gone'));
});

test('a fix that tests of a dependant do not survive is refused', () => {
  farm.edit('recipes/lib/src/lib.c', (text) => text.replace('/share/lib/data.txt', '/share/lib/none.txt'));
  farm.build('lib');
  const { stderr } = farm.run('release', 'patch', '2026.1', 'lib', '--name', 'never');
  assert.match(stderr, /the tests of ".*\/app" fail with the new package/);
  const { tests } = patch('2026.1', 'lib', '--name', 'untested', '--no-test');
  assert.equal(tests, undefined);
});

test('code that was compiled into a dependant is told, and accepted only by name', () => {
  farm.edit('recipes/still/src/still.c', (text) => text.replace('7', '8'));
  assert.deepEqual(farm.build('still'), ['still']);
  const { details } = refusal('2026.1', 'still', '--name', 'never');
  assert.deepEqual(
    details.faults.map(({ dependant, says }) => `${dependant} ${says}`),
    ['frozen holds what was compiled into it of still, which has no shared library'],
  );
  const { report } = patch('2026.1', 'still', '--name', 'accepted', '--accept-static');
  assert.deepEqual(
    report.compiledIn.map(({ dependant }) => dependant),
    ['frozen'],
  );
});
