import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resolveSettings } from './resolve-settings.ts';
import { type SettingDeclaration, settingsTable } from './settings.ts';

const environment = { XDG_CACHE_HOME: '/var/cache/somebody' };

test('a flag goes before the variable, that before the stack file, that before the default', () => {
  const stack = { values: { zstd_level: 3 }, folder: '/farm' };
  const variable = { ...environment, BINFARM_ZSTD_LEVEL: '4' };
  assert.equal(resolveSettings({ environment }).zstdLevel, 9);
  assert.equal(resolveSettings({ environment, stack }).zstdLevel, 3);
  assert.equal(resolveSettings({ environment: variable, stack }).zstdLevel, 4);
  assert.equal(resolveSettings({ environment: variable, stack, flags: { zstdLevel: '5' } }).zstdLevel, 5);
});

test('the cache is in the folder of the user that XDG names', () => {
  assert.equal(resolveSettings({ environment }).cache, '/var/cache/somebody/binfarm');
});

const refused = [
  { says: 'a number that is too small', environment: { BINFARM_JOBS: '0' }, names: 'BINFARM_JOBS' },
  { says: 'a number that is too large', environment: { BINFARM_ZSTD_LEVEL: '20' }, names: 'BINFARM_ZSTD_LEVEL' },
  { says: 'a text where a number belongs', environment: { BINFARM_JOBS: 'many' }, names: 'BINFARM_JOBS' },
  { says: 'a flag that is neither on nor off', environment: { BINFARM_OFFLINE: 'maybe' }, names: 'BINFARM_OFFLINE' },
];

for (const { says, environment: given, names } of refused) {
  test(`resolveSettings refuses ${says} and names where it stands`, () => {
    assert.throws(() => resolveSettings({ environment: given }), {
      code: 'SETTING_INVALID',
      message: new RegExp(names),
    });
  });
}

test('an unknown key of the stack file is refused with the known ones', () => {
  const stack = { values: { zstd: 3 }, folder: '/farm' };
  assert.throws(() => resolveSettings({ environment, stack }), { code: 'STACK_INVALID', hint: /zstd_level/ });
});

test('every default is a value that the setting can have', () => {
  for (const [name, declaration] of Object.entries(settingsTable)) {
    const fallback = (declaration as SettingDeclaration).fallback(environment);
    const resolved = resolveSettings({ environment, flags: { [name]: fallback } });
    assert.deepEqual(resolved[name as keyof typeof settingsTable], fallback);
  }
});

test('flags and variables are distinct', () => {
  const declarations = Object.values(settingsTable);
  assert.equal(new Set(declarations.map(({ flag }) => flag)).size, declarations.length);
  assert.equal(new Set(declarations.map(({ variable }) => variable)).size, declarations.length);
});

test('an error about the stack file points at the line of the key', () => {
  const place = { file: '/farm/binfarm.yaml', line: 9 };
  for (const values of [{ zstd_level: 99 }, { zstd: 3 }]) {
    const stack = { values, folder: '/farm', placeOf: () => place };
    assert.throws(() => resolveSettings({ environment, stack }), { place });
  }
});
