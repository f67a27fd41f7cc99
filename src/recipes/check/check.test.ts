import assert from 'node:assert/strict';
import { test } from 'node:test';
import { custom } from '../builders/custom.ts';
import { sampleRecipe } from '../sample-subject.ts';
import { findSourceFaults } from './source-faults.ts';
import { licenseFault } from './spdx-license.ts';
import { findUnusedVariants } from './unused-variants.ts';

const licenses: Readonly<Record<string, RegExp | undefined>> = {
  MIT: undefined,
  'GPL-2.0-or-later WITH Classpath-exception-2.0': undefined,
  '(Apache-2.0 OR MIT) AND BSD-3-Clause': undefined,
  'LicenseRef-ours': undefined,
  'GPL-3.0': /neither "GPL-3.0-only" nor "GPL-3.0-or-later"/,
  mit: /is written "MIT"/,
  'MIT OR': /no SPDX expression/,
  'MIT Apache-2.0': /no SPDX expression/,
  '(MIT': /no SPDX expression/,
  'MIT) OR (MIT': /no SPDX expression/,
  'My-Own': /LicenseRef-My-Own/,
  'MIT WITH Bison': /exceptions/,
  '': /no SPDX expression/,
};

for (const [license, expected] of Object.entries(licenses)) {
  test(`the licence "${license}" is ${expected === undefined ? 'fine' : 'told as faulty'}`, () => {
    const fault = licenseFault(license);
    if (expected === undefined) assert.equal(fault, undefined);
    else assert.match(fault ?? '', expected);
  });
}

const build = custom({ install: [] });
const sum = (digit: string) => digit.repeat(64);

test('faults in addresses and checksums are found without fetching anything', () => {
  const faultsOf = (definition: Parameters<typeof sampleRecipe>[0]) =>
    findSourceFaults(sampleRecipe(definition)).map(({ level, says }) => `${level}: ${says}`);
  const versions = { '1.0': { sha256: sum('1') }, '1.1': { sha256: sum('2') } };
  assert.deepEqual(faultsOf({ build, versions, source: (version) => `https://x.org/a-${version}.tar.gz` }), []);
  assert.deepEqual(faultsOf({ build, versions, source: () => 'https://x.org/a.tar.gz' }), [
    'error: version 1.1 has the address of version 1.0: https://x.org/a.tar.gz',
  ]);
  const same = { '1.0': { sha256: sum('1') }, '1.1': { sha256: sum('1') } };
  assert.match(
    faultsOf({ build, versions: same, source: (version) => `https://x.org/${version}.zip` })[0]!,
    /checksum of version 1.0/,
  );
  assert.match(
    faultsOf({ build, versions, source: (version) => `http://x.org/${version}.zip` })[0]!,
    /warning: .*not https/,
  );
  assert.match(
    faultsOf({ build, versions, source: (version) => `x.org/${version}.zip` })[0]!,
    /error: .*is no address/,
  );
  assert.match(faultsOf({ build, versions, source: (version) => `https://me:word@x.org/${version}` })[0]!, /password/);
});

test('a variant that only its declaration names is unused; "static" is the builders’ own', () => {
  const text = "variants: { used: {}, 'not-used': {}, static: {} }, build: (c) => c.on('used')";
  const recipe = sampleRecipe({
    build,
    variants: { used: { default: true }, 'not-used': { default: true }, static: { default: false } },
  });
  assert.deepEqual(findUnusedVariants(recipe, text), ['not-used']);
});
