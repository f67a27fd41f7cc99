import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PackageUpload } from '../../src/binhost/binhost.ts';
import type { BuildHash } from '../../src/model/names.ts';
import { packPrefix } from '../../src/package/pack-prefix.ts';
import { sampleDraft } from '../../src/package/sample-prefix.ts';
import { type Envelope, signStatement } from '../../src/package/sign/envelope.ts';
import { createKey, type SecretKey } from '../../src/package/sign/key-file.ts';
import { packageStatementOf } from '../../src/package/sign/package-statement.ts';

/** Signed packages and documents for tests of binhosts. */
export interface BinhostSamples {
  readonly folder: string;
  readonly key: SecretKey;
  /** A real package of a name; `salt` makes another build of it, `bytes` is the size of its one large file, which does not compress. */
  readonly pack: (
    name: string,
    options?: { readonly salt?: string; readonly bytes?: number },
  ) => Promise<PackageUpload>;
  /** A signed document that says something. */
  readonly sign: (says: string) => Envelope;
}

/** Makes a folder that is removed when the process ends: hooks of a test would belong to whichever runs at the moment. */
export function makeFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `binhost-${name}-`));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Makes the samples of one test file. */
export async function makeSamples(): Promise<BinhostSamples> {
  const folder = makeFolder('samples');
  const key = await createKey(join(folder, 'farm'));
  return {
    folder,
    key,
    sign: (says) => signStatement({ type: 'sample', says } as { type: string }, key),
    pack: async (name, { salt = '', bytes = 1000 } = {}) => {
      const root = join(folder, 'root').padEnd(64, '/x');
      const plain = sampleDraft(root, name);
      const buildHash = createHash('sha256').update(`${name} ${salt}`).digest('hex') as BuildHash;
      const draft = {
        ...plain,
        buildHash,
        storeName: `${name}-1.0-${buildHash.slice(0, 20)}`,
        summary: `A sample ${salt}`.trim(),
      };
      const prefix = join(folder, 'root', draft.storeName);
      mkdirSync(join(prefix, 'share'), { recursive: true });
      writeFileSync(join(prefix, 'share', 'data'), noise(`${name}${salt}`, bytes));
      writeFileSync(join(prefix, 'share', 'text'), `the data of ${name} ${salt}\n`);
      const output = join(folder, `${draft.storeName}.tar.zst`);
      const packed = await packPrefix({ prefix, manifest: draft, output, level: 1 });
      const { digest, size, diffId, annotations } = packed;
      return {
        name,
        buildHash,
        version: draft.version,
        platform: draft.platform,
        license: draft.license,
        summary: draft.summary,
        blob: { path: output, digest, size },
        diffId,
        layerAnnotations: annotations,
        envelope: signStatement(packageStatementOf(packed.manifest, packed), key),
      };
    },
  };
}

/** Bytes that do not compress and are the same for the same seed. */
export function noise(seed: string, bytes: number): Buffer {
  const hash = createHash('shake256', { outputLength: Math.max(1, bytes) });
  return hash.update(seed).digest();
}
