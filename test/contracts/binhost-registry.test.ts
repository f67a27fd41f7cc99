import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openBinhost } from '../../src/binhost/open-binhost.ts';
import { startDockerRegistry } from '../fakes/docker-registry.ts';
import { startTokenServer } from '../fakes/token-server.ts';
import { binhostContract, damageFile } from './binhost-contract.ts';
import { makeFolder } from './binhost-samples.ts';

const excused = {
  'blob path': 'its blobs are not files of this machine',
  'mend a short blob': 'docker-registry takes a blob of that name for whole and keeps it',
  'replace under a race': 'the protocol has no conditional requests: the later one wins',
  sweep: 'a registry collects its garbage itself',
} as const;

binhostContract('docker-registry', {
  excused,
  start: async () => {
    const registry = await startDockerRegistry(makeFolder('registry'));
    return {
      servers: [registry],
      open: (farm) => openBinhost(`oci://${registry.host}/some/path`, { farm, environment: {} }),
      damage: (_, { digest }, how) => damageFile(registry.blobPath(digest), how),
    };
  },
});

binhostContract('docker-registry with tokens and uploads in chunks', {
  excused,
  start: async () => {
    const folder = makeFolder('tokens');
    const all = ['pull', 'push', 'delete', '*'];
    const tokens = await startTokenServer(folder, {
      users: { farmer: { password: 'pass:word', actions: all } },
      anonymous: [],
    });
    const registry = await startDockerRegistry(folder, { auth: tokens.authentication });
    const auth = Buffer.from('farmer:pass:word').toString('base64');
    mkdirSync(join(folder, '.docker'));
    writeFileSync(join(folder, '.docker', 'config.json'), JSON.stringify({ auths: { [registry.host]: { auth } } }));
    assert.equal((await fetch(`http://${registry.host}/v2/`)).status, 401);
    return {
      servers: [registry, tokens],
      open: (farm) =>
        openBinhost(`oci://${registry.host}`, {
          farm,
          environment: { HOME: folder },
          uploads: { monolithic: 100_000, chunk: 70_000 },
        }),
      damage: (_, { digest }, how) => damageFile(registry.blobPath(digest), how),
    };
  },
});
