import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BuildPreview, PlannedPackage } from '../../app/stack/plan-build.ts';
import { plainStyle } from '../style.ts';
import { previewText, summaryText } from './preview-text.ts';

const platform = 'x86_64-debian12-gcc12-opt';

function planned(name: string, version: string, rest: Partial<PlannedPackage>): PlannedPackage {
  return { key: `${platform}/${name}`, name, version, platform, action: 'build', because: [], ...rest };
}

const preview: BuildPreview = {
  packages: [
    planned('cmake', '3.25.1', { action: 'external', because: ['hepmc3 asks for cmake@3.5:'] }),
    planned('zlib', '1.2.13', {
      because: ['set base asks for zlib', 'hepmc3 asks for zlib@1.2:'],
      news: 'changed: env.CFLAGS',
      changes: [{ path: 'plan.env.CFLAGS', before: '-O2', after: '-O3' }],
      expectedSeconds: 6.2,
      expectedBytes: 220_000,
    }),
    planned('gsl', '2.7.1', {
      because: ['set base asks for gsl'],
      news: 'gsl@2.7.1 was never built for this platform',
    }),
    planned('bzip2', '1.0.8', { action: 'reuse', because: ['set base asks for bzip2'], bytes: 400_000 }),
  ],
  builds: 2,
  reused: 1,
  externals: 1,
};

test('a preview names action, cost and reason of each package, and explains what was built before', () => {
  assert.equal(
    previewText(preview, plainStyle),
    [
      'x86_64-debian12-gcc12-opt',
      '  base   cmake 3.25.1                 hepmc3 asks for cmake@3.5:',
      '  build  zlib 1.2.13   6.2 s, 220 kB  set base asks for zlib, and 1 more',
      '         because changed: env.CFLAGS',
      '  build  gsl 2.7.1                    set base asks for gsl',
      '  reuse  bzip2 1.0.8          400 kB  set base asks for bzip2',
      '',
      '2 packages to build, 1 reused, 1 taken from the base.',
    ].join('\n'),
  );
});

const summaries = [
  { of: { builds: 0, reused: 12, externals: 0 }, says: 'Nothing to build: 12 packages are there.' },
  { of: { builds: 0, reused: 1, externals: 2 }, says: 'Nothing to build: 1 package is there, 2 taken from the base.' },
  {
    of: { builds: 1, reused: 11, externals: 0, expectedSeconds: 130 },
    says: '1 package to build (about 2 min 10 s of work), 11 reused.',
  },
];

for (const { of, says } of summaries) {
  test(`the sum of a preview reads "${says}"`, () => {
    assert.equal(summaryText({ packages: [], ...of }), says);
  });
}
