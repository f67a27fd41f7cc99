import { S3Client } from '@bradenmacdonald/s3-lite-client';
import { openBinhost } from '../../src/binhost/open-binhost.ts';
import { binhostContract } from './binhost-contract.ts';
const client = new S3Client({ endPoint: 'http://127.0.0.1:18080', region: 'test-1', bucket: 'bucket', accessKey: 'test:tester', secretKey: 'testing' });
binhostContract('swift', {
  excused: { 'blob path': 'x' },
  start: async () => {
    try { await client.makeBucket('bucket'); } catch (e) { console.log('bucket', String(e)); }
    return {
      open: (farm) => openBinhost(`s3://bucket/run${process.pid}?endpoint=${encodeURIComponent('http://127.0.0.1:18080')}&region=test-1`, { farm, environment: { AWS_ACCESS_KEY_ID: 'test:tester', AWS_SECRET_ACCESS_KEY: 'testing' }, now: () => Date.now() + 2 * 86_400_000 }),
      damage: async (farm, { name, digest }, how) => {
        const key = `run${process.pid}/v2/${farm}/${name}/blobs/${digest}`;
        if (how === 'gone') return await client.deleteObject(key);
        const bytes = new Uint8Array(await (await client.getObject(key)).arrayBuffer());
        if (how === 'short') await client.putObject(key, bytes.slice(0, -5));
        else { bytes[1000]! ^= 1; await client.putObject(key, bytes); }
      },
    };
  },
});
