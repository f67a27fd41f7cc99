import { resolve } from 'node:path';
import { parseJsonWithin } from '../../../core/parse-json-within.ts';
import { readSifText, verifySif } from '../../../image/sif/read-sif.ts';
import { sifTypes } from '../../../image/sif/sif-format.ts';
import { packagesInSpdx } from '../../../image/supply/compare-bills.ts';
import type { AppContext } from '../../farm/open-farm.ts';
import { readKeys, type VerifyImageRequest } from './verify-image.ts';

/** A SIF file of which every byte that is used is signed. */
export interface VerifiedSifImage {
  readonly path: string;
  /** Id of the key that has signed it. */
  readonly key: string;
  readonly objects: number;
  /** Store names and digests of the packages that its signed bill of materials lists. */
  readonly packages: Readonly<Record<string, string>>;
}

/** Checks a SIF file: its signature, which covers all of its objects. Packages in it are no blobs any more, so they are vouched for by that signature alone.
 * @throws SIF_INVALID, SIGNATURE_INVALID, KEY_UNKNOWN, KEY_REVOKED, KEY_INVALID, PERMISSION_DENIED */
export async function verifySifImage(
  request: Pick<VerifyImageRequest, 'image' | 'keys' | 'folder' | 'farm'>,
  context: AppContext,
): Promise<VerifiedSifImage> {
  const path = resolve(request.folder, request.image);
  const { key, objects } = await verifySif(path, await readKeys(request, context));
  const bills = objects.filter(({ type }) => type === sifTypes.bill);
  for (const bill of bills) {
    const packages = packagesInSpdx(parseJsonWithin(await readSifText(path, bill), 10_000_000));
    if (packages !== undefined)
      return { path, key: key.id, objects: objects.length, packages: Object.fromEntries(packages) };
  }
  return { path, key: key.id, objects: objects.length, packages: {} };
}
