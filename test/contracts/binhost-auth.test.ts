import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CredentialEnvironment } from '../../src/binhost/auth/credentials.ts';
import type { PackageUpload } from '../../src/binhost/binhost.ts';
import { openBinhost } from '../../src/binhost/open-binhost.ts';
import { isFarmError } from '../../src/core/farm-error.ts';
import { type DockerRegistry, startDockerRegistry } from '../fakes/docker-registry.ts';
import { startFaultRegistry } from '../fakes/fault-registry.ts';
import { startTokenServer, type TokenServer } from '../fakes/token-server.ts';
import { readBlob } from './binhost-contract.ts';
import { type BinhostSamples, makeFolder, makeSamples } from './binhost-samples.ts';

const password = 'correct horse battery';
let samples: BinhostSamples;
let upload: PackageUpload;
before(async () => {
  samples = await makeSamples();
  upload = await samples.pack('alpha');
});

/** An environment whose auth file says something. */
function withAuthFile(content: object): CredentialEnvironment {
  const file = join(makeFolder('auth'), 'auth.json');
  writeFileSync(file, JSON.stringify(content));
  return { REGISTRY_AUTH_FILE: file, HOME: '/nonexistent', PATH: process.env.PATH };
}

function basic(user: string, secret: string): { readonly auth: string } {
  return { auth: Buffer.from(`${user}:${secret}`).toString('base64') };
}

describe('docker-registry with tokens', () => {
  let tokens: TokenServer;
  let registry: DockerRegistry;
  before(async () => {
    const folder = makeFolder('auth-registry');
    tokens = await startTokenServer(folder, {
      users: { farmer: { password, actions: ['pull', 'push', 'delete', '*'] } },
      anonymous: ['pull'],
      refreshTokens: { 'refresh-me': 'farmer' },
      lifetime: 1,
    });
    registry = await startDockerRegistry(folder, { auth: tokens.authentication });
  });
  after(async () => {
    await registry[Symbol.asyncDispose]();
    await tokens[Symbol.asyncDispose]();
  });
  const open = (environment: CredentialEnvironment, path = 'x') =>
    openBinhost(`oci://${registry.host}/${path}`, { farm: 'nova', environment });

  test('who has no credentials may read and not write', async () => {
    const farmer = open(withAuthFile({ auths: { [registry.host]: basic('farmer', password) } }), 'public');
    await farmer.put(upload);
    const anyone = open({ HOME: '/nonexistent' }, 'public');
    assert.equal((await anyone.examine(upload)).problem, undefined);
    await assert.rejects(anyone.put(await samples.pack('beta')), { code: 'BINHOST_DENIED' });
  });

  test('a wrong password is BINHOST_DENIED, and the password is nowhere to be seen', async () => {
    const secret = 'a wrong password';
    const binhost = open(withAuthFile({ auths: { [registry.host]: basic('farmer', secret) } }));
    await assert.rejects(binhost.find(upload), (error) => {
      assert.ok(isFarmError(error, 'BINHOST_DENIED'));
      const seen = [error.message, error.stack, error.hint, String(error.cause), JSON.stringify(error.details)].join();
      for (const word of [secret, basic('farmer', secret).auth]) assert.equal(seen.includes(word), false);
      return true;
    });
  });

  const ways: readonly { says: string; environment: () => CredentialEnvironment }[] = [
    {
      says: 'an identity token',
      environment: () => withAuthFile({ auths: { [registry.host]: { identitytoken: 'refresh-me' } } }),
    },
    {
      says: 'an entry for a part of the path',
      environment: () =>
        withAuthFile({
          auths: { [registry.host]: basic('x', 'y'), [`${registry.host}/way`]: basic('farmer', password) },
        }),
    },
    {
      says: 'a credential helper',
      environment: () => withHelper({ credHelpers: { [registry.host]: 'test' } }, registry.host),
    },
    {
      says: 'a credential store for all registries',
      environment: () => withHelper({ credsStore: 'test' }, registry.host),
    },
    {
      says: 'the file of docker',
      environment: () => {
        const folder = makeFolder('docker');
        writeFileSync(
          join(folder, 'config.json'),
          JSON.stringify({ auths: { [`https://${registry.host}/v2/`]: basic('farmer', password) } }),
        );
        return { DOCKER_CONFIG: folder, HOME: '/nonexistent' };
      },
    },
  ];
  for (const [index, { says, environment }] of ways.entries()) {
    test(`credentials come from ${says}`, async () => {
      await open(environment(), `way/number${index}`).put(upload);
    });
  }

  test('a token is asked for once, until it is too old', async () => {
    const binhost = open(withAuthFile({ auths: { [registry.host]: basic('farmer', password) } }), 'public');
    const before = tokens.asked.length;
    for (let times = 0; times < 4; times += 1) await binhost.find(upload);
    assert.equal(tokens.asked.length - before, 1);
    await sleep(1000);
    await binhost.find(upload);
    assert.equal(tokens.asked.length - before, 2);
  });
});

/** A credential helper on the path, as a real program; it knows one server. */
function withHelper(content: object, server: string): CredentialEnvironment {
  const folder = makeFolder('helper');
  const program = join(folder, 'docker-credential-test');
  const answer = JSON.stringify({ ServerURL: server, Username: 'farmer', Secret: password });
  writeFileSync(
    program,
    `#!/bin/sh\nread -r server\n[ "$1" = get ] && [ "$server" = "${server}" ] || exit 1\necho '${answer}'\n`,
  );
  chmodSync(program, 0o755);
  return { ...withAuthFile(content), PATH: `${folder}:${process.env.PATH}` };
}

test('a registry that wants Basic gets it, but the host that it sends its reader to does not', async () => {
  const wanted = `Basic ${basic('farmer', password).auth}`;
  const seenElsewhere: (string | undefined)[] = [];
  await using storage = await startFaultRegistry({
    fault: ({ headers }) => {
      seenElsewhere.push(headers.authorization);
      return undefined;
    },
  });
  await using registry = await startFaultRegistry();
  const elsewhere = openBinhost(`oci://${storage.host}`, { farm: 'nova', environment: {} });
  const stored = await elsewhere.put(upload);
  registry.manners.fault = ({ method, path, headers }) => {
    if (headers.authorization !== wanted)
      return { do: 'answer', status: 401, headers: { 'www-authenticate': 'Basic realm="private", charset="UTF-8"' } };
    if (method !== 'GET' || !path.includes('/blobs/')) return undefined;
    return {
      do: 'answer',
      status: 307,
      headers: { location: `http://${storage.host.replace('127.0.0.1', 'localhost')}${path}` },
    };
  };
  seenElsewhere.length = 0;
  const environment = withAuthFile({ auths: { [registry.host]: basic('farmer', password) } });
  const binhost = openBinhost(`oci://${registry.host}`, { farm: 'nova', environment });
  await binhost.put(upload);
  assert.equal((await readBlob(binhost, stored)).length, stored.size);
  assert.ok(seenElsewhere.length > 0);
  assert.deepEqual(new Set(seenElsewhere), new Set([undefined]));
});

test('an auth file that is damaged is BINHOST_INVALID, and nothing of it is quoted', async () => {
  const file = join(makeFolder('auth'), 'auth.json');
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, '{"auths": {"x": {"auth": "c2VjcmV0OnNlY3JldA=="}');
  await using registry = await startFaultRegistry({
    fault: () => ({ do: 'answer', status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } }),
  });
  const binhost = openBinhost(`oci://${registry.host}`, { farm: 'nova', environment: { REGISTRY_AUTH_FILE: file } });
  await assert.rejects(binhost.find(upload), (error) => {
    assert.ok(isFarmError(error, 'BINHOST_INVALID'));
    assert.doesNotMatch(`${error.message} ${error.stack} ${String(error.cause)}`, /c2VjcmV0/);
    return true;
  });
});
