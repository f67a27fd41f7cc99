import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { nearestName } from './did-you-mean.ts';

const names = [
  'zlib',
  'bzip2',
  'hepmc3',
  'hepmc',
  'fastjet',
  'eigen3',
  'py-numpy',
  'xz',
  'gsl',
  'clhep',
  'geant4',
  'root',
];

for (const [typed, meant] of [
  ['zlip', 'zlib'],
  ['zilb', 'zlib'],
  ['zli', 'zlib'],
  ['zlibb', 'zlib'],
  ['ZLIB', 'zlib'],
  ['py_numpy', 'py-numpy'],
  ['pynumpy', 'py-numpy'],
  ['fstjte', 'fastjet'],
  ['hepmc2', 'hepmc3'],
  ['hepmcs', 'hepmc3'],
  ['geant', 'geant4'],
  ['toor', undefined],
  ['xyz', 'xz'],
  ['ab', undefined],
  ['', undefined],
  ['tensorflow', undefined],
] as const) {
  test(`nearestName("${typed}") is ${meant ?? 'nothing'}`, () => {
    assert.equal(nearestName(typed, names), meant);
  });
}

test('nearestName of no candidates is nothing', () => {
  assert.equal(nearestName('zlib', []), undefined);
});

test('nearestName finds a name of which one letter is missing, doubled or exchanged with the next', () => {
  const name = fc.stringMatching(/^[a-z]{6,12}$/);
  fc.assert(
    fc.property(name, fc.nat(4), fc.nat(2), (meant, at, kind) => {
      const [a = '', b = ''] = [meant[at], meant[at + 1]];
      const slip = [b, a + a + b, b + a][kind] ?? '';
      const typed = meant.slice(0, at) + slip + meant.slice(at + 2);
      assert.equal(nearestName(typed, ['unrelated-name', meant]), meant);
    }),
  );
});

test('nearestName looks through 9,000 names in much less than a second', () => {
  const many = Array.from({ length: 9000 }, (_, index) => `py-package-${index}`);
  const started = performance.now();
  nearestName('py-pakcage-nothing', many);
  nearestName('py-pakcage-x999', many);
  assert.ok(performance.now() - started < 1000);
});
