import type { Binhost } from '../../binhost/binhost.ts';
import { type CopyPlan, type CopyResult, copyPackages, planCopy } from '../../binhost/copy-packages.ts';
import type { AppContext } from '../farm/open-farm.ts';
import { type CopiedDocuments, copyDocuments } from './copy-documents.ts';
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

/** Copies packages from another binhost to the farm's: what is missing here and signed by a trusted key, and after it releases and channels.
 * @throws PACKAGE_NOT_FOUND, BINHOST_INVALID, BINHOST_UNAVAILABLE, BINHOST_DENIED, BINHOST_UNSUPPORTED, DISK_FULL */
export async function pullPackages(request: TransferRequest, context: AppContext): Promise<TransferResult> {
  const setting = await openBinhostSetting(request.farm, context);
  return await transfer(request, setting, { from: setting.open(request.location), to: setting.own });
}

async function transfer(
  { names, stack, parallel, dryRun }: TransferRequest,
  { farm, context, trusted, accept, spool }: BinhostSetting,
  { from, to }: { readonly from: Binhost; readonly to: Binhost },
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
    ? await copyDocuments(from, to, { trusted, dryRun })
    : { copied: [], kept: [], refused: [] };
  return { from: from.location, to: to.location, packages, documents };
}
