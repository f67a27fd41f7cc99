import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { S3Client } from '@bradenmacdonald/s3-lite-client';
import { type OpenBinhostOptions, openBinhost } from '../../src/binhost/open-binhost.ts';
import { parseBinhostLocation } from '../../src/binhost/parse-location.ts';
import type { S3Location } from '../../src/binhost/s3/s3-requests.ts';
import { isFarmError } from '../../src/core/farm-error.ts';
import { type S3Server, startS3Server } from '../fakes/s3-server.ts';
import { binhostContract, readBlob } from './binhost-contract.ts';
import { type BinhostSamples, makeSamples } from './binhost-samples.ts';

const day = 86_400_000;

function open(server: S3Server, farm: string, options: Partial<OpenBinhostOptions> = {}) {
  const { accessKey, secretKey, region } = server.account;
  const endpoint = encodeURIComponent(server.url);
  return openBinhost(`s3://bucket/some/path?endpoint=${endpoint}&region=${region}`, {
    farm,
    environment: { AWS_ACCESS_KEY_ID: accessKey, AWS_SECRET_ACCESS_KEY: secretKey },
    patience: { firstPause: 0.01, longestPause: 0.02 },
    now: () => Date.now() + 2 * day,
    ...options,
  });
}

binhostContract('S3-compatible storage', {
  excused: { 'blob path': 'its blobs are not files of this machine' },
  start: async () => {
    const server = await startS3Server('bucket');
    return {
      servers: [server],
      open: (farm) => open(server, farm),
      damage: (farm, { name, digest }, how) => {
        const key = `some/path/v2/${farm}/${name}/blobs/${digest}`;
        const object = server.objects.get(key)!;
        if (how === 'gone') server.objects.delete(key);
        else if (how === 'short') object.bytes = object.bytes.subarray(0, -5);
        else object.bytes = object.bytes.map((byte, index) => (index === 1000 ? byte ^ 1 : byte)) as Buffer;
      },
    };
  },
});

const real = process.env.BINFARM_TEST_S3;

/** The same with a real server, as `s3://bucket/prefix?endpoint=...&region=...`; credentials come from the environment as always. */
if (real !== undefined) {
  binhostContract('the storage that BINFARM_TEST_S3 names', {
    excused: {
      'blob path': 'its blobs are not files of this machine',
      'replace under a race': 'not every server knows conditional requests: OpenStack Swift does not look at If-Match',
    },
    start: async () => {
      const { bucket, endpoint, region, prefix } = parseBinhostLocation(real) as S3Location;
      const { AWS_ACCESS_KEY_ID: accessKey = '', AWS_SECRET_ACCESS_KEY: secretKey = '' } = process.env;
      const client = new S3Client({ endPoint: endpoint.href.replace(/\/$/, ''), region, bucket, accessKey, secretKey });
      const run = `run${Date.now()}`;
      const { search } = new URL(real);
      return {
        open: (farm) =>
          openBinhost(`s3://${bucket}/${prefix}${run}${search}`, { farm, now: () => Date.now() + 2 * day }),
        damage: async (farm, { name, digest }, how) => {
          const key = `${prefix}${run}/v2/${farm}/${name}/blobs/${digest}`;
          if (how === 'gone') return await client.deleteObject(key);
          const bytes = new Uint8Array(await (await client.getObject(key)).arrayBuffer());
          bytes[1000]! ^= 1;
          await client.putObject(key, how === 'short' ? bytes.slice(0, -5) : bytes);
        },
      };
    },
  });
}

describe('S3-compatible storage', () => {
  let server: S3Server;
  let samples: BinhostSamples;
  before(async () => {
    server = await startS3Server('bucket');
    samples = await makeSamples();
  });
  after(() => server[Symbol.asyncDispose]());

  test('a blob that is larger than one part is uploaded in parts and comes back the same', async () => {
    const upload = await samples.pack('large', { bytes: 40 << 20 });
    const stored = await open(server, 'parts').put(upload);
    assert.equal((await open(server, 'parts').examine(stored)).problem, undefined);
    assert.ok(server.requests.some(({ url }) => url?.includes('partNumber=3')));
  });

  test('requests that are refused for the moment are made again', async () => {
    const refused = new Set<string>();
    server.intercept = ({ method, url }, response) => {
      const key = `${method} ${url?.split('?')[0]}`;
      if (refused.has(key)) return false;
      refused.add(key);
      response
        .writeHead(503, { 'content-type': 'application/xml' })
        .end('<Error><Code>SlowDown</Code><Message>slower</Message></Error>');
      return true;
    };
    try {
      const binhost = open(server, 'busy');
      const stored = await binhost.put(await samples.pack('alpha'));
      assert.equal((await readBlob(binhost, stored)).length, stored.size);
    } finally {
      server.intercept = undefined;
    }
  });

  test('a server that knows no conditional requests is used without them', async () => {
    server.conditional = false;
    try {
      const binhost = open(server, 'unconditional');
      const one = await binhost.putDocument('channel', 'latest', { envelope: samples.sign('one'), replace: false });
      await binhost.putDocument('channel', 'latest', {
        envelope: samples.sign('two'),
        replace: true,
        ifCurrent: one.digest,
      });
      assert.deepEqual((await binhost.getDocument('channel', 'latest'))?.envelope, samples.sign('two'));
    } finally {
      server.conditional = true;
    }
  });

  test('what was written a moment ago is not swept: somebody may be about to refer to it', async () => {
    const binhost = open(server, 'sweep', { now: Date.now });
    server.objects.set(`some/path/v2/sweep/alpha/blobs/sha256:${'0'.repeat(64)}`, {
      bytes: Buffer.from('x'),
      type: '',
      changed: new Date(),
    });
    assert.deepEqual(await binhost.sweep({ remove: true }), []);
    assert.equal((await open(server, 'sweep').sweep({ remove: true })).length, 1);
  });

  test('wrong credentials are BINHOST_DENIED, and the secret is in no message', async () => {
    const environment = { AWS_ACCESS_KEY_ID: server.account.accessKey, AWS_SECRET_ACCESS_KEY: 'a wrong secret' };
    const upload = await samples.pack('alpha');
    await assert.rejects(open(server, 'denied', { environment }).find(upload), (error) => {
      assert.ok(isFarmError(error, 'BINHOST_DENIED'));
      assert.match(error.message, /SignatureDoesNotMatch/);
      assert.doesNotMatch(
        JSON.stringify([error.message, error.stack, error.details, String(error.cause)]),
        /wrong secret/,
      );
      return true;
    });
  });

  test('a bucket that is not there is BINHOST_UNAVAILABLE', async () => {
    const { accessKey, secretKey, region } = server.account;
    const location = `s3://another/x?endpoint=${encodeURIComponent(server.url)}&region=${region}`;
    const environment = { AWS_ACCESS_KEY_ID: accessKey, AWS_SECRET_ACCESS_KEY: secretKey };
    const upload = await samples.pack('alpha');
    await assert.rejects(openBinhost(location, { farm: 'x', environment }).find(upload), {
      code: 'BINHOST_UNAVAILABLE',
      message: /NoSuchBucket/,
    });
  });
});
