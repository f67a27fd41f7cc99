import type { Binhost, StoredPackage } from '../../binhost/binhost.ts';
import { type CopyPlan, type CopyResult, copyPackages, planCopy } from '../../binhost/copy-packages.ts';
import { isTrustError } from '../../package/sign/envelope.ts';
import { verifyStored } from '../build/find-package.ts';
import type { AppContext } from '../farm/open-farm.ts';
import { openFarmTrust } from '../keys/open-farm-trust.ts';
import { type CopiedDocuments, type CopyDocumentsOptions, copyDocuments } from './copy-documents.ts';
import { stackReferences } from './stack-references.ts';
import { type BinhostSetting, openBinhostSetting, referencesIn } from './with-binhosts.ts';

/** What is to be pushed or pulled. */
export interface TransferRequest {
  readonly farm: string;
  /** The other binhost. */
  readonly location: string;
  /** Names of packages; everything, releases and channels too, when empty. */
  readonly names: readonly string[];
  /** Only what the stack needs as it is locked, without releases and channels. */
  readonly stack: boolean;
  /** Packages at a time. */
  readonly parallel: number;
  /** For a pull: also what no trusted key has signed; told by an event each time. What is signed by nobody is believed by nobody later, either. */
  readonly insecure?: boolean;
  readonly dryRun: boolean;
}

/** What was pushed or pulled, or would be. */
export interface TransferResult {
  readonly from: string;
  readonly to: string;
  readonly packages: CopyResult | CopyPlan;
  readonly documents: CopiedDocuments;
}

/** Copies packages from the farm's binhost to another one: what is missing there, and after it releases and channels.
 * @throws PACKAGE_NOT_FOUND, BINHOST_INVALID, BINHOST_UNAVAILABLE, BINHOST_DENIED, BINHOST_UNSUPPORTED */
export async function pushPackages(request: TransferRequest, context: AppContext): Promise<TransferResult> {
  const setting = await openBinhostSetting(request.farm, context);
  return await transfer(request, setting, { from: setting.own, to: setting.open(request.location) });
}

/** Copies packages from another binhost to the farm's: what is missing here and signed by a trusted key, and after it releases and channels. Before that the farm learns from it which
 * keys follow on those that it trusts, and which are revoked.
 * @throws PACKAGE_NOT_FOUND, TRUST_OLD, TRUST_INVALID, BINHOST_INVALID, BINHOST_UNAVAILABLE, BINHOST_DENIED, BINHOST_UNSUPPORTED, DISK_FULL */
export async function pullPackages(request: TransferRequest, context: AppContext): Promise<TransferResult> {
  const setting = await openBinhostSetting(request.farm, context);
  const { location, insecure = false, dryRun } = request;
  const from = setting.open(location);
  const trust = await openFarmTrust({ farm: setting.farm, binhost: from, insecure, dryRun, now: Date.now() }, context);
  const accept = (stored: StoredPackage) => {
    try {
      verifyStored(stored, trust.keys);
    } catch (error) {
      if (trust.onUntrusted === undefined || !isTrustError(error)) throw error;
      trust.onUntrusted('package', stored.name, error);
    }
  };
  const learned = { ...setting, trusted: trust.keys, accept };
  return await transfer(request, learned, { from, to: setting.own }, trust.onUntrusted);
}

async function transfer(
  { names, stack, parallel, dryRun }: TransferRequest,
  { farm, context, trusted, accept, spool }: BinhostSetting,
  { from, to }: { readonly from: Binhost; readonly to: Binhost },
  onUntrusted?: CopyDocumentsOptions['onUntrusted'],
): Promise<TransferResult> {
  const references = stack ? await stackReferences(farm, context) : await referencesIn(from, names);
  const wanted = names.length === 0 ? references : references.filter(({ name }) => names.includes(name));
  const { emit, signal } = context;
  const packages = dryRun
    ? await planCopy(from, to, wanted)
    : await copyPackages(from, to, wanted, {
        concurrency: parallel,
        emit,
        signal,
        accept,
        ...(to.spool === undefined ? { spool } : {}),
      });
  const isWhole = names.length === 0 && !stack;
  const documents = isWhole
    ? await copyDocuments(from, to, { trusted, dryRun, ...(onUntrusted === undefined ? {} : { onUntrusted }) })
    : { copied: [], kept: [], refused: [] };
  return { from: from.location, to: to.location, packages, documents };
}
