import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Binhost, PackageUpload } from '../../src/binhost/binhost.ts';
import { openBinhost } from '../../src/binhost/open-binhost.ts';
import { openDirectoryBinhost } from '../../src/binhost/open-directory-binhost.ts';
import { startDockerRegistry } from '../fakes/docker-registry.ts';
import { startNginx } from '../fakes/nginx.ts';
import { makeFolder, makeSamples } from './binhost-samples.ts';

/** A registry as other clients see it. */
interface Subject {
  readonly says: string;
  readonly start: (
    folder: string,
  ) => Promise<{ readonly host: string; readonly writer: Binhost; readonly server: AsyncDisposable }>;
}

const subjects: readonly Subject[] = [
  {
    says: 'docker-registry',
    start: async (folder) => {
      const server = await startDockerRegistry(folder);
      return {
        host: server.host,
        server,
        writer: openBinhost(`oci://${server.host}`, { farm: 'nova', environment: {} }),
      };
    },
  },
  {
    says: 'a directory behind nginx',
    start: async (folder) => {
      const root = join(folder, 'binhost');
      mkdirSync(root);
      const server = await startNginx(folder, root);
      return { host: server.host, server, writer: openDirectoryBinhost(root, 'nova') };
    },
  },
];

for (const { says, start } of subjects) {
  describe(`the binhost in ${says}`, () => {
    const folder = makeFolder('clients');
    let place: Awaited<ReturnType<Subject['start']>>;
    let upload: PackageUpload;
    let data: Buffer;
    let image: string;

    before(async () => {
      place = await start(folder);
      const samples = await makeSamples();
      upload = await samples.pack('alpha', { bytes: 200_000 });
      data = readFileSync(join(samples.folder, 'root', `alpha-1.0-${upload.buildHash.slice(0, 20)}`, 'share', 'data'));
      await place.writer.put(upload);
      await place.writer.putDocument('release', '2026.1', { envelope: samples.sign('a release'), replace: false });
      image = `docker://${place.host}/nova/alpha:${upload.buildHash}`;
    });
    after(() => place.server[Symbol.asyncDispose]());

    test('skopeo inspects a package', () => {
      const told = JSON.parse(skopeo('inspect', '--tls-verify=false', image));
      assert.deepEqual(told.RepoTags, [upload.buildHash]);
      assert.deepEqual(told.Layers, [upload.blob.digest]);
      assert.equal(told.Labels['org.binfarm.build-hash'], upload.buildHash);
      assert.match(told.Architecture, /^(amd64|arm64)$/);
    });

    test('skopeo copies a package with every byte of its blob', () => {
      skopeo('copy', '--src-tls-verify=false', image, `oci:${folder}/copy:alpha`);
      const blob = join(folder, 'copy/blobs/sha256', upload.blob.digest.slice('sha256:'.length));
      assert.ok(readFileSync(blob).equals(readFileSync(upload.blob.path)));
    });

    test('umoci, which knows only gzip, unpacks what skopeo has recompressed for it', () => {
      skopeo(
        'copy',
        '--src-tls-verify=false',
        '--dest-compress',
        '--dest-compress-format',
        'gzip',
        image,
        `oci:${folder}/gzip:alpha`,
      );
      execFileSync('umoci', ['unpack', '--rootless', '--image', `${folder}/gzip:alpha`, `${folder}/bundle`], {
        stdio: 'pipe',
      });
      const unpacked = execFileSync('find', [`${folder}/bundle/rootfs`, '-name', 'data', '-type', 'f'], {
        encoding: 'utf8',
      });
      assert.ok(readFileSync(unpacked.trim()).equals(data));
    });

    test('podman pulls a package as an image, and the files of its layer are those that were packed', () => {
      const podman = openPodman(folder);
      const id = podman('pull', '--tls-verify=false', '--quiet', image).trim();
      const [facts] = JSON.parse(podman('image', 'inspect', id));
      assert.deepEqual(facts.RootFS.Layers, [upload.diffId]);
      assert.equal(facts.Labels['org.binfarm.package'], 'alpha');
      podman('create', '--name', 'reader', id, 'nothing');
      podman('export', '--output', join(folder, 'exported.tar'), 'reader');
      const listed = execFileSync('tar', ['-tf', join(folder, 'exported.tar')], { encoding: 'utf8' }).split('\n');
      const path = listed.find((line) => line.endsWith('/share/data'))!;
      const packed = execFileSync('tar', ['-xOf', join(folder, 'exported.tar'), path], { maxBuffer: 1 << 24 });
      assert.ok(packed.equals(data));
      podman('rm', 'reader');
      podman('rmi', id);
    });

    test('skopeo reads a release’s manifest, and sees its name among the tags', () => {
      const manifest = JSON.parse(
        skopeo('inspect', '--raw', '--tls-verify=false', `docker://${place.host}/nova/releases:2026.1`),
      );
      assert.equal(manifest.artifactType, 'application/vnd.binfarm.release.v1+json');
      const { Tags } = JSON.parse(skopeo('list-tags', '--tls-verify=false', `docker://${place.host}/nova/releases`));
      assert.deepEqual(Tags, ['2026.1']);
    });
  });
}

/** podman with a store of its own, and no more limits on processes than this machine gives. */
function openPodman(folder: string): (...words: readonly string[]) => string {
  const configuration = join(folder, 'containers.conf');
  writeFileSync(
    configuration,
    '[containers]\ndefault_ulimits = []\n[engine]\ncgroup_manager = "cgroupfs"\nruntime = "runc"\nevents_logger = "none"\n',
  );
  const place = ['--root', join(folder, 'podman'), '--runroot', join(folder, 'podman-run'), '--storage-driver', 'vfs'];
  const env = { ...process.env, CONTAINERS_CONF: configuration };
  return (...words) => execFileSync('podman', [...place, ...words], { encoding: 'utf8', stdio: 'pipe', env });
}

function skopeo(...words: readonly string[]): string {
  return execFileSync('skopeo', words, { encoding: 'utf8', stdio: 'pipe' });
}
