import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFarmError } from '../../core/farm-error.ts';
import type { PlanPhase, PlanStep } from '../../model/plan.ts';
import type { Builder } from '../builder.ts';
import { evaluateRecipe } from '../evaluate-recipe.ts';
import type { RecipeDefinition } from '../recipe-definition.ts';
import { sampleRecipe, sampleSubject } from '../sample-subject.ts';
import { autotools } from './autotools.ts';
import { cmake } from './cmake.ts';
import { custom } from './custom.ts';
import { make } from './make.ts';
import { meson } from './meson.ts';
import { none } from './none.ts';
import { python } from './python.ts';

const options: Partial<RecipeDefinition> = {
  variants: { static: { default: false }, fancy: { default: true }, level: { default: '3', values: ['3', '4'] } },
  depends: ['zlib', 'cmake : build', 'python : build, run'],
};

function phasesOf(build: Builder, more: Partial<RecipeDefinition> = {}): readonly PlanPhase[] {
  const recipe = sampleRecipe({ ...options, ...more, build });
  return evaluateRecipe(recipe, sampleSubject(recipe)).plan.phases;
}

/** `phase: folder$ command`, or what else the step does. */
function linesOf(phases: readonly PlanPhase[]): string[] {
  return phases.flatMap(({ name, steps }) => steps.map((step) => `${name}: ${lineOf(step)}`));
}

function lineOf(step: PlanStep): string {
  if (step.do === 'run') return `${step.cwd}$ ${step.argv.join(' ')}`;
  return Object.values(step).join(' ');
}

const golden: readonly { readonly says: string; readonly build: Builder; readonly expect: readonly string[] }[] = [
  {
    says: 'autotools() configures in the source folder, shared libraries only, and removes .la files',
    build: autotools(({ enable, include, value }) => [
      enable('fancy'),
      include('fancy', 'lace'),
      `--level=${value('level')}`,
    ]),
    expect: [
      'configure: @{source}$ @{source}/configure --prefix=@{prefix} --libdir=@{prefix}/lib --disable-dependency-tracking --enable-shared --disable-static --enable-fancy --with-lace --level=3',
      'build: @{source}$ make',
      'install: @{source}$ make install',
      'install: @{source}$ find @{prefix} -name *.la -type f -delete',
    ],
  },
  {
    says: 'autotools() can prepare, and build outside of a folder below the source',
    build: autotools([], { directory: 'sub', outOfSource: true, prepare: [['./autogen.sh']], makeArgs: ['V=1'] }),
    expect: [
      'prepare: @{source}/sub$ ./autogen.sh',
      'configure: @{build}$ @{source}/sub/configure --prefix=@{prefix} --libdir=@{prefix}/lib --disable-dependency-tracking --enable-shared --disable-static',
      'build: @{build}$ make V=1',
      'install: @{build}$ make V=1 install',
      'install: @{build}$ find @{prefix} -name *.la -type f -delete',
    ],
  },
  {
    says: 'cmake() builds outside of the source with plain make, and finds libraries of its dependencies by rpath',
    build: cmake(({ on, is }) => [`-DFANCY=${on('fancy')}`, ...(is('@1: +fancy level=3') ? ['-DIS=1'] : [])]),
    expect: [
      'configure: @{build}$ cmake -S @{source} -B @{build} -G Unix Makefiles --no-warn-unused-cli -DCMAKE_INSTALL_PREFIX=@{prefix} -DCMAKE_INSTALL_LIBDIR=lib -DCMAKE_INSTALL_RPATH=@{prefix}/lib;@{dep:zlib}/lib -DCMAKE_BUILD_TYPE=Release -DCMAKE_C_FLAGS_RELEASE=-DNDEBUG -DCMAKE_CXX_FLAGS_RELEASE=-DNDEBUG -DCMAKE_Fortran_FLAGS_RELEASE=-DNDEBUG -DCMAKE_FIND_USE_PACKAGE_REGISTRY=OFF -DCMAKE_FIND_USE_SYSTEM_PACKAGE_REGISTRY=OFF -DCMAKE_EXPORT_NO_PACKAGE_REGISTRY=ON -DFANCY=ON -DIS=1',
      'build: @{build}$ make',
      'install: @{build}$ make install',
    ],
  },
  {
    says: 'make() gives its words to both targets',
    build: make(({ prefix }) => [`PREFIX=${prefix}`], { directory: 'lib', buildTargets: ['all'] }),
    expect: [
      'build: @{source}/lib$ make PREFIX=@{prefix} all',
      'install: @{source}/lib$ make PREFIX=@{prefix} install',
    ],
  },
  {
    says: 'meson() downloads nothing and tells ninja how many jobs it may start',
    build: meson(['-Dtests=false']),
    expect: [
      'configure: @{build}$ meson setup --prefix=@{prefix} --libdir=lib --buildtype=plain --wrap-mode=nodownload -Ddefault_library=shared -Dtests=false @{build} @{source}',
      'build: @{build}$ ninja -j @{jobs}',
      'install: @{build}$ ninja install',
    ],
  },
  {
    says: 'python() builds a wheel and installs it without byte code',
    build: python(),
    expect: [
      'build: @{source}$ python3 -m pip wheel --no-deps --no-index --no-cache-dir --disable-pip-version-check --no-build-isolation --wheel-dir @{build} @{source}',
      'install: @{build}$ python3 -m pip install --no-deps --no-index --no-cache-dir --disable-pip-version-check --no-compile --ignore-installed --no-warn-script-location --prefix=@{prefix} --find-links @{build} sample',
      'install: @{build}$ find @{prefix} -name direct_url.json -delete',
    ],
  },
  {
    says: 'none() copies',
    build: none({ include: 'include', '.': 'share/sample' }),
    expect: ['install: copy @{source}/include @{prefix}/include', 'install: copy @{source} @{prefix}/share/sample'],
  },
  {
    says: 'custom() has its own phases; relative paths are below the source',
    build: custom({
      first: [
        { do: 'edit', path: 'Makefile', find: 'a', replace: 'b' },
        { do: 'remove', path: './junk' },
      ],
      second: ({ prefix }) => [
        ['cp', 'x', prefix],
        { do: 'run', argv: ['y'], cwd: 'sub' },
        { do: 'run', argv: ['z'], cwd: '.' },
      ],
    }),
    expect: [
      'first: edit @{source}/Makefile a b',
      'first: remove @{source}/junk',
      'second: @{source}$ cp x @{prefix}',
      'second: @{source}/sub$ y',
      'second: @{source}$ z',
    ],
  },
];

for (const { says, build, expect } of golden) {
  test(says, () => assert.deepEqual(linesOf(phasesOf(build)), expect));
}

test('an option named static that is on makes libtool and meson build static libraries too', () => {
  const variants = { ...options.variants, static: { default: true } };
  assert.match(linesOf(phasesOf(autotools(), { variants })).join('\n'), / --enable-shared --enable-static$/m);
  assert.match(linesOf(phasesOf(meson(), { variants })).join('\n'), /-Ddefault_library=both/);
});

test('what a recipe adds to phases stands before and after their own steps', () => {
  const lines = linesOf(
    phasesOf(make([], { before: { build: [['first']] }, after: { build: ({ prefix }) => [['last', prefix]] } })),
  );
  assert.deepEqual(lines.slice(0, 3), [
    'build: @{source}$ first',
    'build: @{source}$ make',
    'build: @{source}$ last @{prefix}',
  ]);
});

test('time limits are an hour, or one for all phases, or one by phase', () => {
  const limits = (build: Builder) => phasesOf(build).map(({ timeoutSeconds }) => timeoutSeconds);
  assert.deepEqual(limits(make()), [3600, 3600]);
  assert.deepEqual(limits(make([], { timeoutSeconds: 60 })), [60, 60]);
  assert.deepEqual(limits(make([], { timeoutSeconds: { build: 60 } })), [60, 3600]);
});

test('an addition to a phase that a builder does not have is refused by name', () => {
  assert.throws(
    () => phasesOf(make([], { after: { configure: [['x']] } })),
    (error) =>
      isFarmError(error, 'RECIPE_INVALID') &&
      /phase "configure"/.test(error.message) &&
      /build, install/.test(error.hint ?? ''),
  );
});
