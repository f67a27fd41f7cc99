import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, type TestOptions, test } from 'node:test';
import { createKey } from '../../src/package/sign/key-file.ts';
import { type DockerRegistry, startDockerRegistry } from '../fakes/docker-registry.ts';
import { callBeside } from './container-clients.ts';
import { makeTopFolder } from './farm-fixture.ts';
import { makeReleaseFarm, type ReleaseFarm } from './release-fixture.ts';
import { startBinfarm } from './start-binfarm.ts';

const skipped =
  process.env.BINFARM_TEST_FULL === undefined
    ? 'cosign comes from a Debian sid root, which takes a minute to make: --full'
    : process.getuid?.() !== 0
      ? 'only root can make and enter a Debian root here'
      : false;
const options: TestOptions = { skip: skipped, timeout: 600_000 };
const top = makeTopFolder('cosign');
const root = join(top, 'sid');
let registry: DockerRegistry;
let farm: ReleaseFarm;
/** Name and digest of the image for one platform. */
let image: string;

before(async () => {
  if (skipped !== false) return;
  // the clock of a test machine, or the age of its mirror, is not what is tested
  const anyDate = ['Check-Valid-Until', 'Check-Date'].map((name) => `--aptopt=Acquire::${name} "false"`);
  const include = '--include=cosign,oras';
  await callBeside('mmdebstrap', ['--quiet', '--variant=apt', ...anyDate, include, 'sid', root]);
  mkdirSync(join(top, 'registry'));
  registry = await startDockerRegistry(join(top, 'registry'));
  const alpha = { name: 'alpha', version: '1.0', bytes: 20_000 };
  farm = await makeReleaseFarm(join(top, 'farm'), [{ name: '1.0', packages: [alpha], sets: { tiny: ['alpha'] } }]);
  const stack = join(farm.folder, 'binfarm.yaml');
  const text = readFileSync(stack, 'utf8').replace(/^sets:\n.*\n/m, 'sets:\n  tiny: []\n');
  writeFileSync(stack, `${text}publish: { images: [{ name: tiny/full, sets: [tiny] }] }\n`);
  copyFileSync(farm.key, join(root, 'tmp/farm.pub'));
  await createKey(join(root, 'tmp/stranger'));
  const argv = ['image', 'build', '--to', `oci://${registry.host}/stack`, '--json'];
  const { stdout, stderr, exitCode } = await startBinfarm(farm, argv).ended;
  assert.equal(exitCode, 0, stderr + stdout);
  const { platforms } = JSON.parse(stdout) as { platforms: readonly { digest: string }[] };
  image = `${registry.host}/stack/tiny/full@${platforms[0]!.digest}`;
});
after(() => registry?.[Symbol.asyncDispose]());

function cosign(command: readonly string[], key = 'farm.pub', reference = image): Promise<string> {
  const flags = ['--key', `/tmp/${key}`, '--insecure-ignore-tlog=true', '--allow-http-registry=true'];
  return callBeside('chroot', [root, 'cosign', ...command, ...flags, reference], { HOME: '/tmp' });
}

test('cosign verifies the index and the image of a platform, and not with another key', options, async () => {
  assert.match(await cosign(['verify'], 'farm.pub', image.replace(/@.*/, ':1.0')), /docker-manifest-digest/);
  assert.match(await cosign(['verify']), /docker-manifest-digest/);
  await assert.rejects(cosign(['verify'], 'stranger.pub'), /failed to verify signature/);
});

for (const type of ['slsaprovenance1', 'spdxjson', 'cyclonedx']) {
  test(`cosign verifies the attestation ${type}, and not with another key`, options, async () => {
    const { payload } = JSON.parse(await cosign(['verify-attestation', '--type', type])) as { payload: string };
    assert.match(Buffer.from(payload, 'base64').toString(), /alpha-1\.0-/);
    await assert.rejects(cosign(['verify-attestation', '--type', type], 'stranger.pub'), /failed to verify signature/);
  });
}

test('oras shows what is attached to an image', options, async () => {
  const shown = await callBeside('chroot', [root, 'oras', 'discover', '--plain-http', image], { HOME: '/tmp' });
  for (const type of ['application/spdx+json', 'application/vnd.cyclonedx+json', 'https://slsa.dev/provenance/v1'])
    assert.ok(shown.includes(type), shown);
});
