import { InvalidArgumentError } from '@commander-js/extra-typings';
import type { TransferRequest, TransferResult } from '../app/binhost/transfer-packages.ts';
import type { AppContext } from '../app/farm/open-farm.ts';
import { resolveBinhost } from '../app/farm/open-farm.ts';
import { formatBytes, formatCount, formatSeconds } from '../core/format-quantity.ts';
import { type Command, defineCommand } from './command.ts';
import { insecureOption } from './lock-options.ts';
import { type ErrorJson, errorAsJson } from './render/error-as-json.ts';
import type { Style } from './style.ts';

/** What `--json` prints of a push or a pull. */
interface TransferReport extends Omit<TransferResult, 'packages'> {
  readonly dryRun: boolean;
  readonly copied: readonly { readonly name: string; readonly buildHash: string }[];
  readonly kept: number;
  readonly missing: readonly { readonly name: string; readonly buildHash: string }[];
  readonly failed: readonly { readonly name: string; readonly buildHash: string; readonly error: ErrorJson }[];
  readonly bytes: number;
  /** Absent in a dry run. */
  readonly seconds?: number;
}

/** Makes a command that copies packages between the farm's binhost and another one. */
export function transferCommand(definition: {
  readonly about: string;
  readonly examples: readonly string[];
  /** True where what nobody has signed can be taken by name. */
  readonly takesInsecure?: true;
  readonly transfer: (request: TransferRequest, context: AppContext) => Promise<TransferResult>;
}): Command {
  return defineCommand({
    changes: true,
    about: definition.about,
    examples: definition.examples,
    settings: ['cache'],
    syntax: (syntax) => {
      const full = syntax
        .argument('<binhost>', 'a folder, https://, oci:// or s3:// address')
        .argument('[names...]', 'packages; everything, releases and channels too, without any')
        .option('--stack', 'only the packages that the stack needs as it is locked')
        .option('--parallel <n>', 'how many packages at a time', parseParallel, 4);
      return definition.takesInsecure === true ? (full.addOption(insecureOption) as unknown as typeof full) : full;
    },
    run: async ({ arguments: [location, names], options, dryRun }, context): Promise<TransferReport> => {
      const request = {
        farm: context.farm(),
        location: resolveBinhost(context.io.folder, location),
        names,
        stack: options.stack ?? false,
        parallel: options.parallel,
        insecure: (options as { readonly insecure?: boolean }).insecure ?? false,
        dryRun,
      };
      return reportOf(await definition.transfer(request, context), dryRun);
    },
    text: transferText,
    exitCode: ({ failed, missing, documents }) =>
      failed.length + missing.length + documents.refused.filter(({ code }) => code !== 'KEY_REVOKED').length > 0
        ? 1
        : 0,
  });
}

function reportOf({ from, to, packages, documents }: TransferResult, dryRun: boolean): TransferReport {
  const moved = 'wanted' in packages ? packages.wanted : packages.copied;
  return {
    dryRun,
    from,
    to,
    copied: moved.map(({ name, buildHash }) => ({ name, buildHash })),
    kept: packages.kept.length,
    missing: packages.missing,
    failed: packages.failed.map(({ name, buildHash, error }) => ({ name, buildHash, error: errorAsJson(error) })),
    bytes: packages.bytes,
    ...('seconds' in packages ? { seconds: packages.seconds } : {}),
    documents,
  };
}

function transferText(report: TransferReport, style: Style): string {
  const { dryRun, copied, kept, missing, failed, bytes, seconds = 0, documents, to } = report;
  const problems = [
    ...failed.map(({ name, error }) => `${style.bad('✗')} ${name}: ${error.message}`),
    ...missing.map(({ name }) => `${style.bad('✗')} ${name}: it is not there`),
    ...documents.refused.map(({ kind, name, reason }) => `${style.bad('✗')} ${kind} ${name}: ${reason}`),
  ];
  const rate =
    seconds > 0 && copied.length > 0 ? ` in ${formatSeconds(seconds)} (${formatBytes(bytes / seconds)}/s)` : '';
  const moved = `${dryRun ? 'Would copy ' : ''}${formatCount(copied.length, 'package')}${dryRun ? '' : ' copied'} (${formatBytes(bytes)})${rate}`;
  const names = documents.copied.map(({ kind, name }) => `${kind} ${name}`);
  const also = names.length === 0 ? '' : `, and ${names.join(', ')}`;
  return [...problems, `${moved}, ${kept} there already${also}: ${to}.`].join('\n');
}

function parseParallel(text: string): number {
  const count = /^\d{1,2}$/.test(text) ? Number(text) : 0;
  if (count < 1) throw new InvalidArgumentError('It is a whole number from 1 to 99.');
  return count;
}
