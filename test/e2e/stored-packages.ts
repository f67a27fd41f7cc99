import type { StoredPackage } from '../../src/binhost/binhost.ts';
import { openDirectoryBinhost } from '../../src/binhost/open-directory-binhost.ts';
import { verifyEnvelope } from '../../src/package/sign/envelope.ts';
import { readPublicKey } from '../../src/package/sign/key-file.ts';
import { parsePackageStatement } from '../../src/package/sign/package-statement.ts';
import { verifyPackage } from '../../src/package/verify-package.ts';
import type { TestFarm } from './farm-fixture.ts';

/** The packages that a farm's binhost says it has. */
export async function listStored(farm: TestFarm): Promise<StoredPackage[]> {
  return await openDirectoryBinhost(farm.path('binhost'), 'tiny').list();
}

/** Verifies every package of a farm's binhost, signature and bytes, and gives their names. */
export async function verifyStored(farm: TestFarm): Promise<string[]> {
  const binhost = openDirectoryBinhost(farm.path('binhost'), 'tiny');
  const key = await readPublicKey(farm.path('keys', 'farm.key.pub'));
  const stored = await listStored(farm);
  for (const item of stored) {
    const { digest, size } = parsePackageStatement(verifyEnvelope(item.envelope, [key]));
    await verifyPackage(binhost.openBlob(item), { digest, size });
  }
  return stored.map(({ name }) => name).sort();
}
