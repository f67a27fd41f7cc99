import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Binhost } from '../../src/binhost/binhost.ts';
import { openBinhost } from '../../src/binhost/open-binhost.ts';
import { openDirectoryBinhost } from '../../src/binhost/open-directory-binhost.ts';
import { type Nginx, startNginx } from '../fakes/nginx.ts';
import { binhostContract, damageFile } from './binhost-contract.ts';
import { makeFolder, makeSamples } from './binhost-samples.ts';

const readOnly = 'a web server can only be read';

binhostContract('a directory behind nginx', {
  excused: {
    'blob path': 'its blobs are not files of this machine',
    'mend a short blob': readOnly,
    'replace under a race': readOnly,
    put: readOnly,
    remove: readOnly,
    sweep: readOnly,
  },
  start: async () => {
    const folder = makeFolder('web');
    const nginx = await startNginx(folder, folder);
    return {
      servers: [nginx],
      open: (farm) => openBinhost(`http://${nginx.host}`, { farm, environment: {} }),
      openWriter: (farm) => openDirectoryBinhost(folder, farm),
      damage: (farm, stored, how) => damageFile(openDirectoryBinhost(folder, farm).blobPath(stored), how),
    };
  },
});

let nginx: Nginx;
let web: Binhost;

before(async () => {
  const folder = makeFolder('web-types');
  nginx = await startNginx(folder, folder);
  const samples = await makeSamples();
  const directory = openDirectoryBinhost(folder, 'nova');
  await directory.put(await samples.pack('alpha'));
  web = openBinhost(`http://${nginx.host}/`, { farm: 'nova', environment: {} });
});
after(() => nginx[Symbol.asyncDispose]());

test('the recommended configuration gives the content types of a registry and hides locks', async () => {
  const [stored] = await web.list();
  const top = `http://${nginx.host}/v2/`;
  const wanted = {
    '': [200, 'application/json'],
    _catalog: [200, 'application/json'],
    'nova/alpha/tags/list': [200, 'application/json'],
    [`nova/alpha/manifests/${stored?.buildHash}`]: [200, 'application/vnd.oci.image.manifest.v1+json'],
    [`nova/alpha/blobs/${stored?.digest}`]: [200, 'application/octet-stream'],
    'nova/alpha/.lock': [404, 'text/html'],
  };
  for (const [path, [status, type]] of Object.entries(wanted)) {
    const response = await fetch(`${top}${path}`);
    await response.body?.cancel();
    assert.deepEqual([response.status, response.headers.get('content-type')], [status, type], path);
  }
});

test('nothing can be put into it, removed from it or repaired', async () => {
  const [stored] = await web.list();
  const samples = await makeSamples();
  assert.match(web.readOnly ?? '', /only be read/);
  await assert.rejects(web.put(await samples.pack('beta')), { code: 'BINHOST_UNSUPPORTED' });
  await assert.rejects(web.remove(stored!), { code: 'BINHOST_UNSUPPORTED' });
  await assert.rejects(web.sweep({ remove: true }), { code: 'BINHOST_UNSUPPORTED' });
  await assert.rejects(web.putDocument('channel', 'x', { envelope: samples.sign('x'), replace: false }), {
    code: 'BINHOST_UNSUPPORTED',
  });
});
