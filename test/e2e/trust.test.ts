import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { openDirectoryBinhost } from '../../src/binhost/open-directory-binhost.ts';
import type { KeyCard } from '../../src/model/key-card.ts';
import { readUnverified, type Statement, signStatement } from '../../src/package/sign/envelope.ts';
import {
  createKey,
  fingerprintOf,
  formatPublicKey,
  readPublicKey,
  type SecretKey,
} from '../../src/package/sign/key-file.ts';
import { makeTopFolder } from './farm-fixture.ts';
import { makeReleaseFarm, type PlainPackage, type ReleaseFarm } from './release-fixture.ts';
import { type Run, runBinfarm } from './run-binfarm.ts';

const top = makeTopFolder('trust');
const plain = (name: string, version: string): PlainPackage => ({ name, version, bytes: 1000, files: 1 });
let pristine: ReleaseFarm;
let stranger: SecretKey;
let count = 0;

before(async () => {
  const releases = ['1.0', '2.0'].map((name) => ({ name, packages: [plain('tool', name), plain('base', '1.0')] }));
  pristine = await makeReleaseFarm(join(top, 'pristine'), releases);
  stranger = await createKey(join(top, 'stranger.key'));
});

/** A farm of its own for a test, with two releases, and areas that it serves. */
function makeFarm() {
  count += 1;
  const folder = join(top, `farm-${count}`);
  cpSync(pristine.folder, folder, { recursive: true });
  const run = (...argv: readonly string[]) => runBinfarm(argv, { folder, environment: pristine.environment });
  const json = <Value>(argv: readonly string[], exitCode = 0) => {
    const { stdout, stderr, exitCode: code } = run(...argv, '--json');
    assert.equal(code, exitCode, `binfarm ${argv.join(' ')}: ${stderr}${stdout}`);
    return JSON.parse(stdout) as Value;
  };
  const key = join(folder, 'keys', 'farm.key.pub');
  const from = ['--from', join(folder, 'binhost')];
  const keys = (area?: string) =>
    json<{ keys: Listed[] }>(['key', 'list', ...(area === undefined ? [] : ['--area', area])]).keys;
  return {
    folder,
    binhost: join(folder, 'binhost'),
    run,
    json,
    key,
    keys,
    signer: () => keys().find(({ role }) => role === 'signs here')!.id,
    install: (area: string, release: string, ...more: readonly string[]) =>
      run('install', '--prefix', area, '--release', `tiny/${release}`, ...from, ...more),
    /** An area of a name with a release, installed by the farm's present key. */
    area: (name: string, release = 'latest') => {
      const area = join(folder, name);
      succeeds(run('install', '--prefix', area, '--release', `tiny/${release}`, ...from, '--key', key));
      return area;
    },
  };
}

interface Listed {
  readonly id: string;
  readonly fingerprint: string;
  readonly name: string;
  readonly role: string;
  readonly since: string;
  readonly expires?: string;
  readonly reason?: string;
  readonly binhosts: readonly string[];
}

function succeeds(run: Run): Run {
  assert.equal(run.exitCode, 0, run.stdout + run.stderr);
  return run;
}

function fails(run: Run, code: string, text = /./): void {
  assert.equal(run.exitCode === 0, false, run.stdout);
  assert.match(run.stderr, new RegExp(`\\[${code}\\]`));
  assert.match(run.stderr, text);
}

const toolIn = (area: string) => {
  const { active } = JSON.parse(runBinfarm(['list', area, '--json']).stdout) as { active: { release: string } };
  return active.release;
};

/** Replaces a document of a binhost, as somebody does who can write it. */
async function replaceCard(binhost: string, id: string, change: (card: KeyCard) => Statement, ...signers: [SecretKey]) {
  const host = openDirectoryBinhost(binhost, 'tiny');
  const stored = (await host.getDocument('key', id))!;
  const card = readUnverified(stored.envelope) as unknown as KeyCard;
  const envelope = signStatement(change(card), ...signers);
  await host.putDocument('key', id, { envelope, replace: true, ifCurrent: stored.digest });
}

test('a release that another key has signed is refused, and the key is not remembered', () => {
  const farm = makeFarm();
  const area = join(farm.folder, 'area');
  fails(farm.install(area, 'latest', '--key', join(top, 'stranger.key.pub')), 'KEY_UNKNOWN', /channel "latest"/);
  assert.equal(existsSync(area), false);
  fails(farm.install(area, 'latest'), 'KEY_INVALID', /the area has no key/);
});

test('a key is trusted once its fingerprint is confirmed', async () => {
  const farm = makeFarm();
  const file = join(top, 'stranger.key.pub');
  const fingerprint = fingerprintOf(await readPublicKey(file));
  fails(farm.run('key', 'trust', file), 'ARGUMENT_INVALID', new RegExp(fingerprint));
  fails(
    farm.run('key', 'trust', file, '--fingerprint', fingerprint.replace(/^..../, '0000')),
    'KEY_INVALID',
    /not the one that you were told/,
  );
  assert.match(succeeds(farm.run('key', 'trust', file, '--dry-run')).stdout, new RegExp(fingerprint));
  assert.equal(farm.keys().length, 1);
  succeeds(farm.run('key', 'trust', file, '--name', 'friend', '--fingerprint', fingerprint.replaceAll(' ', '')));
  const friend = farm.keys().find(({ name }) => name === 'friend');
  assert.deepEqual([friend?.role, friend?.fingerprint, friend?.binhosts], ['trusted', fingerprint, [farm.binhost]]);
});

test('an area follows a rotated key at its next update, and who comes later believes the old releases', () => {
  const farm = makeFarm();
  const area = farm.area('area', '1.0');
  const old = farm.signer();
  succeeds(farm.run('key', 'rotate', '--name', 'second key', '--expires', '10'));
  assert.notEqual(farm.signer(), old);
  succeeds(farm.run('release', 'announce', '2.0'));
  const updated = succeeds(farm.install(area, 'latest'));
  assert.match(updated.stderr, new RegExp(`${old} has named ${farm.signer()} \\(second key\\)`));
  assert.match(updated.stderr, /expires on .*none follows on it yet/);
  assert.deepEqual(
    farm.keys(area).map(({ id, name, role, expires }) => [id, name, role, expires === undefined]),
    [
      [old, 'tiny', 'trusted', true],
      [farm.signer(), 'second key', 'trusted', false],
    ],
  );
  farm.area('newcomer', '1.0'); // with the new key alone
});

test('a prepared key is named to others before anything is signed with it', () => {
  const farm = makeFarm();
  const area = farm.area('area');
  const old = farm.signer();
  succeeds(farm.run('key', 'rotate', '--prepare'));
  assert.deepEqual(
    farm.keys().map(({ role }) => role),
    ['signs here', 'next'],
  );
  assert.equal(farm.signer(), old);
  succeeds(farm.run('update', area));
  assert.equal(farm.keys(area).length, 2);
  const [, next] = farm.keys();
  succeeds(farm.run('key', 'rotate'));
  assert.equal(farm.signer(), next?.id);
});

test('a rotation that somebody else has written is refused, and nothing of it is remembered', async () => {
  const farm = makeFarm();
  const area = farm.area('area');
  const old = farm.signer();
  succeeds(farm.run('key', 'rotate'));
  const forged = { id: stranger.id, key: formatPublicKey(stranger.public.key) };
  await replaceCard(farm.binhost, old, (card) => ({ ...card, serial: 9, next: forged }), stranger);
  fails(farm.run('update', area), 'KEY_UNKNOWN', /Cannot believe the card/);
  assert.deepEqual(
    farm.keys(area).map(({ id }) => id),
    [old],
  );
  assert.equal(toolIn(area), '2.0');
});

test('a rotation that was interrupted is finished by the next one, and both keys are believed meanwhile', () => {
  const farm = makeFarm();
  const keys = join(farm.folder, 'keys');
  const old = farm.signer();
  succeeds(farm.run('key', 'rotate'));
  const next = farm.signer();
  // as a process leaves it that ends between the secret and the public key
  renameSync(farm.key, join(keys, 'secret', 'next.key.pub'));
  cpSync(join(keys, 'trusted', `${old}.pub`), farm.key);
  assert.deepEqual(
    farm
      .keys()
      .map(({ id }) => id)
      .toSorted(),
    [old, next].toSorted(),
  );
  assert.equal(farm.json<{ to: string }>(['key', 'rotate']).to, next);
  assert.deepEqual(
    farm.keys().map(({ id, role }) => [id, role]),
    [
      [next, 'signs here'],
      [old, 'trusted'],
    ],
  );
  // as one leaves it that ends before anything was switched, with the public half of the new key not even written
  cpSync(join(keys, 'farm.key'), join(keys, 'secret', 'next.key'));
  cpSync(join(keys, 'secret', `${old}.key`), join(keys, 'farm.key'));
  cpSync(join(keys, 'trusted', `${old}.pub`), farm.key);
  assert.equal(farm.json<{ to: string }>(['key', 'rotate']).to, next);
  assert.equal(farm.signer(), next);
  assert.deepEqual(
    farm.keys().map(({ id }) => id),
    [next, old],
  );
});

test('what only a revoked key has signed is refused everywhere', () => {
  const farm = makeFarm();
  const [followed, lagging] = [farm.area('followed'), farm.area('lagging')];
  const old = farm.signer();
  const saved = join(farm.folder, 'saved.pub');
  cpSync(farm.key, saved);
  succeeds(farm.run('key', 'rotate'));
  succeeds(farm.run('update', followed));
  fails(farm.run('key', 'revoke', farm.signer()), 'ARGUMENT_INVALID', /it is the one that signs here/);
  const told = farm.json<{ lost: unknown; published: string }>(['key', 'revoke', old, '--reason', 'laptop stolen']);
  assert.deepEqual([told.lost, told.published], [{ packages: 3, releases: ['1.0', '2.0'] }, farm.binhost]);

  const says = new RegExp(`signed only by "${old}", which was revoked on .*: laptop stolen`);
  fails(farm.run('update', followed), 'KEY_REVOKED', says);
  assert.deepEqual(
    farm.keys(followed).map(({ id, role }) => [id === old, role]),
    [
      [false, 'trusted'],
      [true, 'revoked'],
    ],
  );
  fails(farm.run('update', lagging), 'KEY_REVOKED', new RegExp(`its key "${old}" was revoked`));
  fails(farm.run('update', lagging), 'KEY_REVOKED'); // from what it remembers
  assert.deepEqual([toolIn(followed), toolIn(lagging)], ['2.0', '2.0']);
  fails(farm.install(lagging, 'latest', '--key', saved), 'KEY_REVOKED', /Cannot trust the key/);
  fails(farm.run('release', 'verify', '2.0'), 'KEY_REVOKED', says);
  fails(farm.install(join(farm.folder, 'fresh'), '2.0', '--key', farm.key), 'KEY_REVOKED', says);
  assert.match(succeeds(farm.run('release', 'list')).stdout, says);
  assert.equal(farm.json<{ purged: number }>(['key', 'revoke', old, '--purge']).purged, 3);
  assert.deepEqual(farm.json<{ packages: unknown[] }>(['binhost', 'list']).packages, []);
});

test('a revoked key is never trusted again', () => {
  const farm = makeFarm();
  const old = farm.signer();
  cpSync(farm.key, join(top, 'old.pub'));
  succeeds(farm.run('key', 'rotate'));
  succeeds(farm.run('key', 'revoke', old));
  fails(farm.run('key', 'trust', join(top, 'old.pub')), 'KEY_REVOKED');
  cpSync(join(top, 'old.pub'), join(farm.folder, 'keys', 'trusted', 'again.pub'));
  assert.deepEqual(
    farm.keys().map(({ role }) => role),
    ['signs here', 'revoked'],
  );
});

test('older cards than were seen are refused: a mirror that hides a revocation', () => {
  const farm = makeFarm();
  const area = farm.area('area');
  const friend = join(top, 'stranger.key.pub');
  succeeds(farm.run('key', 'rotate'));
  const cards = join(farm.binhost, 'v2', 'tiny', 'keys');
  cpSync(cards, join(farm.folder, 'old-cards'), { recursive: true });
  succeeds(farm.run('key', 'revoke', friend, '--reason', 'left'));
  succeeds(farm.run('update', area));
  rmSync(cards, { recursive: true });
  cpSync(join(farm.folder, 'old-cards'), cards, { recursive: true });
  fails(farm.run('update', area), 'TRUST_OLD', /change 1, and change 2 was seen before/);
  rmSync(cards, { recursive: true }); // a mirror that says nothing takes nothing away
  succeeds(farm.run('update', area));
  assert.deepEqual(
    farm.keys(area).map(({ role }) => role),
    ['trusted', 'trusted', 'revoked'],
  );
});

test('an area distrusts a key for itself alone', () => {
  const farm = makeFarm();
  const area = farm.area('area');
  succeeds(farm.run('key', 'revoke', farm.signer(), '--area', area, '--reason', 'no idea whose'));
  fails(farm.run('update', area), 'KEY_REVOKED', /no idea whose/);
  farm.area('other');
});

test('a channel that has expired is not believed', () => {
  const farm = makeFarm();
  succeeds(farm.run('release', 'announce', '2.0', '--expires', '0'));
  fails(farm.install(join(farm.folder, 'area'), 'latest', '--key', farm.key), 'CHANNEL_EXPIRED');
  fails(farm.install(join(farm.folder, 'area'), 'latest', '--key', farm.key, '--insecure'), 'CHANNEL_EXPIRED');
});

test('--insecure is told even to those who asked for silence, and the area remembers it', () => {
  const farm = makeFarm();
  const area = join(farm.folder, 'area');
  const run = succeeds(farm.install(area, 'latest', '--insecure', '--quiet'));
  assert.match(run.stderr, /NOT VERIFIED: .*area: what nobody has signed is taken, too/);
  assert.match(run.stderr, /NOT VERIFIED: channel latest: it is signed by .* not trusted here \(--insecure\)/);
  assert.match(run.stderr, /NOT VERIFIED: release 2\.0/);
  assert.match(
    farm.run('list', area).stdout,
    /NOT VERIFIED: 2 packages were installed with --insecure, 2 of them in use/,
  );
  assert.equal(existsSync(join(area, 'keys')), false);
  fails(farm.run('update', area), 'KEY_INVALID', /the area has no key/);
  const events = succeeds(farm.run('update', area, '--insecure', '--json', '--events', join(top, 'events'))).stderr;
  assert.match(events, /NOT VERIFIED/);
  const written = readFileSync(join(top, 'events'), 'utf8').split('\n');
  assert.equal(written.filter((line) => line.includes('"trust.bypassed"')).length, 3);

  succeeds(farm.install(area, 'latest', '--key', farm.key));
  assert.doesNotMatch(farm.run('list', area).stdout, /NOT VERIFIED/);
});

test('there is no setting and no variable for --insecure', () => {
  const farm = makeFarm();
  const environment = { ...pristine.environment, BINFARM_INSECURE: '1' };
  const argv = ['install', '--prefix', join(farm.folder, 'area'), '--release', 'tiny/latest', '--from', farm.binhost];
  fails(runBinfarm(argv, { folder: farm.folder, environment }), 'KEY_INVALID');
  writeFileSync(
    join(farm.folder, 'binfarm.yaml'),
    `${readFileSync(join(farm.folder, 'binfarm.yaml'), 'utf8')}\nsettings: { insecure: true }\n`,
  );
  fails(farm.run('release', 'list'), 'STACK_INVALID');
});

test('what was installed with --insecure is replaced when a believed release has other bytes under its name', async () => {
  const [honest, hostile] = [makeFarm(), makeFarm()];
  const area = join(honest.folder, 'area');
  succeeds(hostile.install(area, 'latest', '--insecure'));
  const index = join(area, 'area.json');
  const text = readFileSync(index, 'utf8');
  const { packages } = JSON.parse(text) as { packages: Record<string, { digest: string }> };
  const [name] = Object.keys(packages);
  writeFileSync(join(area, 'store', name!, 'evil'), 'evil');
  writeFileSync(index, text.replace(packages[name!]!.digest, `sha256:${'0'.repeat(64)}`));
  const { unpacked } = JSON.parse(succeeds(honest.install(area, 'latest', '--key', honest.key, '--json')).stdout) as {
    unpacked: string[];
  };
  assert.deepEqual(unpacked, [name]);
  assert.equal(existsSync(join(area, 'store', name!, 'evil')), false);
});

test('a withdrawn release is refused by name, marked in lists, and told of at an update', () => {
  const farm = makeFarm();
  const [following, pinned] = [farm.area('following'), farm.area('pinned', '2.0')];
  succeeds(farm.run('release', 'withdraw', '2.0', '--to', '1.0', '--reason', 'wrong field map'));
  assert.match(succeeds(farm.run('release', 'list')).stdout, /2\.0.*withdrawn .*: wrong field map/);
  assert.match(
    succeeds(farm.run('release', 'show', '2.0')).stdout,
    /^Withdrawn on .*: wrong field map; use 1\.0 instead/,
  );
  const says = /it was withdrawn on .*: wrong field map/;
  fails(
    farm.install(join(farm.folder, 'fresh'), '2.0', '--key', farm.key),
    'RELEASE_WITHDRAWN',
    /Use 1\.0 instead.*--withdrawn/,
  );
  fails(farm.run('update', pinned), 'RELEASE_WITHDRAWN', says);
  assert.match(
    succeeds(farm.run('update', following)).stderr,
    /release 2\.0 was withdrawn on .*: wrong field map; use 1\.0/,
  );
  assert.equal(toolIn(following), '1.0');
  const forced = succeeds(farm.install(join(farm.folder, 'fresh'), '2.0', '--key', farm.key, '--withdrawn'));
  assert.match(forced.stderr, /warning: release 2\.0 was withdrawn/);
  fails(farm.run('release', 'announce', '2.0'), 'RELEASE_WITHDRAWN', /Cannot announce/);
  fails(farm.run('release', 'withdraw', '2.0'), 'RELEASE_WITHDRAWN', /Cannot withdraw/);
});

test('a release that a channel leads to can be withdrawn at once, and its channel moved later', () => {
  const farm = makeFarm();
  const first = farm.json<{ leading: string[]; moves: unknown[] }>(['release', 'withdraw', '2.0']);
  assert.deepEqual([first.leading, first.moves], [['latest'], []]);
  fails(farm.install(join(farm.folder, 'area'), 'latest', '--key', farm.key), 'RELEASE_WITHDRAWN');
  assert.equal(farm.json<{ moves: unknown[] }>(['release', 'withdraw', '2.0', '--to', '1.0']).moves.length, 1);
  assert.equal(toolIn(farm.area('area')), '1.0');
});

test('a pull follows a rotated key and learns of revoked ones; --insecure takes what nobody vouches for, and says so', () => {
  const [farm, other] = [makeFarm(), makeFarm()];
  rmSync(join(other.folder, 'keys'), { recursive: true });
  rmSync(other.binhost, { recursive: true });
  succeeds(other.run('key', 'new', '--name', 'other', '--expires', '400'));
  const pull = (...more: readonly string[]) => other.run('binhost', 'pull', farm.binhost, ...more);
  assert.equal(pull().exitCode, 1);
  const careless = succeeds(pull('--insecure', '--quiet'));
  assert.match(careless.stderr, /NOT VERIFIED: package tool: /);
  fails(other.run('release', 'verify', '1.0'), 'KEY_UNKNOWN');

  mkdirSync(join(other.folder, 'keys', 'trusted'), { recursive: true });
  cpSync(farm.key, join(other.folder, 'keys', 'trusted', 'farm.pub'));
  succeeds(other.run('release', 'verify', '1.0'));
  const old = farm.signer();
  succeeds(farm.run('key', 'rotate'));
  succeeds(farm.run('release', 'announce', '1.0'));
  succeeds(pull());
  assert.ok(other.keys().some(({ id, role }) => id === farm.signer() && role === 'trusted'));
  succeeds(farm.run('key', 'revoke', old, '--reason', 'old'));
  succeeds(pull());
  assert.deepEqual(
    other
      .keys()
      .filter(({ role }) => role === 'revoked')
      .map(({ id, reason }) => [id, reason]),
    [[old, 'old']],
  );
  fails(other.run('release', 'verify', '1.0'), 'KEY_REVOKED');
  assert.deepEqual(readdirSync(join(other.folder, 'keys', 'trusted')), [`${farm.signer()}.pub`]);
});
