import { join } from 'node:path';
import { openReleaseShelf } from '../../src/app/release/release-shelf.ts';
import { openBinhost } from '../../src/binhost/open-binhost.ts';
import { digestOf } from '../../src/core/digest.ts';
import { hexOf } from '../../src/core/digest-text.ts';
import type { BuildHash, PackageName } from '../../src/model/names.ts';
import type { Release, ReleaseName, ReleasePackage } from '../../src/model/release.ts';
import { storeNameOf } from '../../src/model/store-root.ts';
import { packPrefix } from '../../src/package/pack-prefix.ts';
import { signStatement } from '../../src/package/sign/envelope.ts';
import { createKey } from '../../src/package/sign/key-file.ts';
import { packageStatementOf } from '../../src/package/sign/package-statement.ts';
import type { CorpusPackage } from './make-corpus.ts';

const platform = 'x86_64-debian12-gcc12-opt';

/** A directory binhost with one release, `1` of the farm `bench`. */
export interface PublishedCorpus {
  readonly binhost: string;
  /** The public key's file. */
  readonly key: string;
}

/** Packs, signs and puts a corpus into a directory binhost below `top`. */
export async function publishCorpus(
  corpus: readonly CorpusPackage[],
  { top, root, level }: { readonly top: string; readonly root: string; readonly level: number },
): Promise<PublishedCorpus> {
  const key = await createKey(join(top, 'bench.key'));
  const location = join(top, 'binhost');
  const binhost = openBinhost(location, { farm: 'bench' });
  const packages: Record<string, ReleasePackage> = {};
  for (const { name, folder } of corpus) {
    const buildHash = hexOf(digestOf(name)) as BuildHash;
    const storeName = storeNameOf(name, '1', buildHash);
    const about = { name: name as PackageName, version: '1', variants: {}, platform, license: 'none' };
    const output = join(top, 'package.tar.zst');
    const packed = await packPrefix({
      prefix: folder,
      output,
      level,
      manifest: {
        format: 'binfarm.package/1',
        ...about,
        buildHash,
        storeName,
        root,
        summary: 'cut from /usr',
        category: 'bench',
        dependencies: [],
        tests: [],
        provenance: { plan: digestOf(''), sources: [], base: 'none', buildTools: [] },
      },
    });
    const { digest, size, diffId, annotations } = packed;
    await binhost.put({
      ...about,
      summary: 'cut from /usr',
      buildHash,
      blob: { path: output, digest, size },
      diffId,
      layerAnnotations: annotations,
      envelope: signStatement(packageStatementOf(packed.manifest, packed), key),
    });
    packages[storeName] = { ...about, variants: {}, buildHash, digest, size, diffId, needs: [], relocatable: true };
    delete (packages[storeName] as { platform?: string }).platform;
  }
  const release: Release = {
    type: 'release',
    format: 'binfarm.release/1',
    farm: 'bench',
    name: '1' as ReleaseName,
    created: '2000-01-01T00:00:00.000Z',
    notes: '',
    changes: { added: [], removed: [], updated: [] },
    platforms: { [platform]: { rootLength: root.length, sets: { all: Object.keys(packages) }, packages } },
  };
  await openReleaseShelf(binhost, [key.public]).putRelease(release, key);
  return { binhost: location, key: join(top, 'bench.key.pub') };
}
