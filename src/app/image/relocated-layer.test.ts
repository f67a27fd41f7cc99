import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { digestOf } from '../../core/digest.ts';
import { fileOrigin } from '../../image/oci/layer-cache.ts';
import { readPackageFacts } from '../../image/oci/read-package-facts.ts';
import { packPrefix } from '../../package/pack-prefix.ts';
import { sampleDraft } from '../../package/sample-prefix.ts';
import type { ImagePackage } from './image-packages.ts';
import { makeRelocatedLayer } from './relocated-layer.ts';

const top = mkdtempSync(join(tmpdir(), 'relocated-'));
after(() => rmSync(top, { recursive: true, force: true }));

const root = '/binfarm/root-of-relocated';
const dep = 'dep-1.0-00000000000000000000';
const newDep = 'dep-1.1-11111111111111111111';

async function packUser(): Promise<ImagePackage> {
  const draft = sampleDraft(root, 'user');
  const prefix = join(top, 'prefix');
  mkdirSync(join(prefix, 'bin'), { recursive: true });
  writeFileSync(join(prefix, 'bin/run'), `#!/bin/sh\nexec ${root}/store/${dep}/bin/dep\n`, { mode: 0o755 });
  symlinkSync(`../../${dep}/share`, join(prefix, 'share'));
  const path = join(top, 'user.tar.zst');
  const { digest, size, diffId } = await packPrefix({ prefix, manifest: draft, output: path, level: 3 });
  const storeName = draft.storeName.replace(/.{20}$/, '2'.repeat(20));
  const { name, version, buildHash, license } = draft;
  const renames = { [draft.storeName]: storeName, [dep]: newDep };
  const item = {
    name,
    version,
    buildHash,
    license,
    variants: {},
    digest,
    size,
    diffId,
    needs: [],
    relocatable: true,
    renames,
  };
  return {
    storeName,
    item,
    asked: true,
    envelope: undefined,
    origin: fileOrigin(path, { digest, size }),
    facts: await readPackageFacts(path, { digest, size }),
  };
}

function read(layer: string, ...argv: readonly string[]): string {
  const { stdout, stderr, status } = spawnSync('sh', ['-c', `zstd -dc '${layer}' | tar "$@" -f -`, 'sh', ...argv], {
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
  return stdout;
}

test('a package of a patched release is a layer under its new name, whose files name what it is used beside', async () => {
  const item = await packUser();
  const made = await makeRelocatedLayer(item, join(top, 'cache'));
  const place = `${root.slice(1)}/store/${item.storeName}`;
  assert.match(read(made.path, '-tv'), new RegExp(`${place}/share -> ../../${newDep}/share`));
  assert.equal(read(made.path, '-xO', `${place}/bin/run`), `#!/bin/sh\nexec ${root}/store/${newDep}/bin/dep\n`);
  assert.equal(digestOf(spawnSync('zstd', ['-dc', made.path]).stdout), made.diffId);
  const again = await makeRelocatedLayer(item, join(top, 'other-cache'));
  assert.equal(again.digest, made.digest);
});
