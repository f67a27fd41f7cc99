import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestOf } from '../../../core/digest.ts';
import { hexOf } from '../../../core/digest-text.ts';
import { packedNameOf, type ReleasePackage, type ReleasePlatform } from '../../../model/release.ts';
import { storeNameWith } from '../patched-names.ts';
import { substitutePackages } from './substitute-packages.ts';

function build(
  name: string,
  version: string,
  needs: readonly ReleasePackage[] = [],
  more: Partial<ReleasePackage> = {},
) {
  const digest = digestOf(`${name} ${version} ${needs.map((need) => need.buildHash).join()}`);
  return {
    name,
    version,
    variants: {},
    buildHash: hexOf(digest),
    digest,
    size: 1,
    diffId: digest,
    needs: [...new Set(needs.flatMap((need) => [packedNameOf(need), ...need.needs]))].sort(),
    license: 'MIT',
    relocatable: true,
    ...more,
  } as unknown as ReleasePackage;
}

function platformOf(asked: readonly ReleasePackage[], ...others: readonly ReleasePackage[]): ReleasePlatform {
  const packages = Object.fromEntries([...asked, ...others].map((item) => [packedNameOf(item), item]));
  return { rootLength: 64, sets: { all: asked.map(packedNameOf).sort() }, packages };
}

/** The one package of a name. */
function only({ packages }: ReleasePlatform, name: string): [string, ReleasePackage] {
  const found = Object.entries(packages).filter(([, item]) => item.name === name);
  assert.equal(found.length, 1, name);
  return found[0]!;
}

const alpha = build('alpha', '1.0.9', [], { glibc: '2.30' });
const beta = build('beta', '2.1', [alpha], { glibc: '2.30' });
const gamma = build('gamma', '3', [beta], { glibc: '2.36' });
const delta = build('delta', '1');
const before = platformOf([gamma, delta], alpha, beta);
const old = packedNameOf(alpha);

test('what needs a replaced package keeps its blob and gets a name of its own; the rest stays', () => {
  const fixed = build('alpha', '1.0.8', [], { glibc: '2.34' });
  const { platform, dependants } = substitutePackages(before, [{ old: [old], item: fixed }]);
  const [betaName, newBeta] = only(platform, 'beta');
  const [gammaName, newGamma] = only(platform, 'gamma');
  assert.deepEqual(platform.packages[packedNameOf(fixed)], fixed);
  assert.deepEqual([newBeta.digest, newGamma.digest], [beta.digest, gamma.digest]);
  assert.deepEqual(newBeta.needs, [packedNameOf(fixed)]);
  assert.deepEqual(newGamma.needs, [packedNameOf(fixed), betaName]);
  assert.deepEqual(newBeta.renames, { [old]: packedNameOf(fixed), [packedNameOf(beta)]: betaName });
  assert.deepEqual(newGamma.renames, {
    [old]: packedNameOf(fixed),
    [packedNameOf(beta)]: betaName,
    [packedNameOf(gamma)]: gammaName,
  });
  assert.deepEqual([newBeta.glibc, newGamma.glibc], ['2.34', '2.36']);
  assert.deepEqual(platform.packages[packedNameOf(delta)], delta);
  assert.deepEqual(platform.sets, { all: [packedNameOf(delta), gammaName] });
  assert.deepEqual(Object.keys(platform.packages).length, 4);
  assert.deepEqual(
    [...dependants],
    [
      [packedNameOf(beta), betaName],
      [packedNameOf(gamma), gammaName],
    ],
  );
});

test('no name is longer than the one in whose place it is put', () => {
  const fixed = build('alpha', '1.0.10');
  const { platform } = substitutePackages(before, [{ old: [old], item: fixed }]);
  const [name, item] = only(platform, 'alpha');
  assert.equal(name.length, old.length);
  assert.deepEqual(item.renames, { [packedNameOf(fixed)]: name });
  for (const [own, { renames = {} }] of Object.entries(platform.packages)) {
    assert.equal(own, storeNameWith(platform.packages[own]!, own.length));
    for (const [from, to] of Object.entries(renames)) assert.ok(to.length <= from.length, `${from} ${to}`);
  }
});

test('a patch of a patched release is the same as one patch', () => {
  const first = substitutePackages(before, [{ old: [old], item: build('alpha', '1.0.8') }]).platform;
  const last = build('alpha', '1.0.7');
  const [between] = only(first, 'alpha');
  assert.deepEqual(
    substitutePackages(first, [{ old: [between], item: last }]).platform,
    substitutePackages(before, [{ old: [old], item: last }]).platform,
  );
});

test('a patch that is undone gives the release before', () => {
  const first = substitutePackages(before, [{ old: [old], item: build('alpha', '1.0.8') }]).platform;
  const [between] = only(first, 'alpha');
  const { platform } = substitutePackages(first, [{ old: [between], item: alpha }]);
  assert.deepEqual(Object.keys(platform.packages), Object.keys(before.packages).sort());
  for (const { renames } of Object.values(platform.packages)) assert.equal(renames, undefined);
});

test('two packages that need each other are replaced together', () => {
  const newAlpha = build('alpha', '1.0.10');
  const newBeta = build('beta', '2.2', [newAlpha]);
  const { platform, dependants } = substitutePackages(before, [
    { old: [old], item: newAlpha },
    { old: [packedNameOf(beta)], item: newBeta },
  ]);
  const [alphaName] = only(platform, 'alpha');
  const [betaName, item] = only(platform, 'beta');
  assert.deepEqual(item.renames, { [packedNameOf(newAlpha)]: alphaName, [packedNameOf(newBeta)]: betaName });
  assert.deepEqual([...dependants.keys()], [packedNameOf(gamma)]);
  assert.deepEqual(only(platform, 'gamma')[1].needs, [alphaName, betaName]);
});

test('what only a new package needs comes along, and what only the old one was needed for goes', () => {
  const helper = build('helper', '1');
  const fixed = build('delta', '2', [helper]);
  const { platform } = substitutePackages(before, [{ old: [packedNameOf(delta)], item: fixed }], {
    [packedNameOf(helper)]: helper,
  });
  assert.deepEqual(only(platform, 'delta')[1].needs, [packedNameOf(helper)]);
  assert.deepEqual(only(platform, 'helper')[1], helper);
  const back = substitutePackages(platform, [{ old: [only(platform, 'delta')[0]], item: delta }]);
  assert.deepEqual(Object.keys(back.platform.packages), Object.keys(before.packages).sort());
});

test('a new package cannot need something that needs the old one', () => {
  const fixed = build('alpha', '1.1', [beta]);
  assert.throws(() => substitutePackages(before, [{ old: [old], item: fixed }]), { code: 'PATCH_REFUSED' });
});
