import { type LicenseExpression, readLicense } from './license-expression.ts';
import { loadPackageUrls, type PackageUrls } from './package-urls.ts';

/** What bills of materials are made with. */
export interface BillTools {
  readonly urls: PackageUrls;
  readonly license: (text: string) => LicenseExpression;
}

/** Loads what bills of materials are made with; only commands that describe images need it. */
export async function loadBillTools(): Promise<BillTools> {
  const [urls, { SPDX }] = await Promise.all([loadPackageUrls(), import('@cyclonedx/cyclonedx-library')]);
  return { urls, license: (text) => readLicense(text, SPDX.isSupportedSpdxId) };
}
