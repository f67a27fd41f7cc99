import { type BuildStackResult, buildStack } from '../../app/build/build-stack.ts';
import { openBuildShell } from '../../app/build/open-build-shell.ts';
import { formatCount, formatSeconds } from '../../core/format-quantity.ts';
import { defineCommand } from '../command.ts';
import { collect, freshOption, frozenOption, lockedOption, lockModeOf, noWaitOption } from '../lock-options.ts';
import { type ErrorJson, errorAsJson } from '../render/error-as-json.ts';
import { previewText, summaryText } from '../render/preview-text.ts';
import { renderKnownError } from '../render/render-error.ts';
import type { Style } from '../style.ts';

/** What `--json` prints: the result of the use case with its errors as plain data, or how a shell ended. */
type BuildValue = BuildReport | { readonly shell: string; readonly exitCode: number };

type BuildReport = Omit<BuildStackResult, 'failed'> & {
  readonly dryRun: boolean;
  readonly failed: readonly { readonly key: string; readonly error: ErrorJson }[];
};

/** `binfarm build`: from the stack to packages in the binhost. */
export const command = defineCommand({
  changes: true,
  about:
    'Solves the stack, then builds what the binhost does not have. It can be stopped at any moment: the next build goes on with what is missing.',
  examples: [
    'binfarm build',
    'binfarm build generators --jobs 8',
    'binfarm build --force zlib',
    'binfarm build --dry-run',
  ],
  settings: ['cache', 'jobs', 'keepGoing', 'mirrors', 'offline', 'parallelBuilds', 'zstdLevel'],
  syntax: (syntax) =>
    syntax
      .argument('[names...]', 'sets or packages; the whole stack without any')
      .option(
        '--shell <package>',
        'open a shell in the kept folder of a failed build; names are then the command to run instead',
      )
      .option('--force <package>', 'build a package again though it is there; may be given several times', collect)
      .option('--update <package>', 'let a package move to another version; may be given several times', collect)
      .option('--update-all', 'let every package move to its best version')
      .addOption(freshOption)
      .addOption(lockedOption)
      .addOption(frozenOption)
      .addOption(noWaitOption),
  run: async ({ arguments: [names], options, dryRun }, context): Promise<BuildValue> => {
    if (options.shell !== undefined) {
      context.handOverTerminal();
      const request = { farm: context.farm(), name: options.shell, command: names };
      return { shell: options.shell, ...(await openBuildShell(request, context)) };
    }
    const move = options.updateAll ? 'all' : options.update;
    const result = await buildStack(
      {
        farm: context.farm(),
        names,
        lock: lockModeOf(options),
        ...(move === undefined ? {} : { move }),
        fresh: options.fresh ?? false,
        force: options.force ?? [],
        wait: options.wait,
        dryRun,
      },
      context,
    );
    return { ...result, dryRun, failed: result.failed.map(({ key, error }) => ({ key, error: errorAsJson(error) })) };
  },
  text: (value, style) => {
    if ('shell' in value) return '';
    return value.dryRun ? previewText(value.preview, style) : resultText(value, style);
  },
  exitCode: (value) => {
    if ('shell' in value) return value.exitCode;
    return value.failed.length > 0 ? 1 : 0;
  },
});

function resultText(value: BuildReport, style: Style): string {
  if (value.preview.builds === 0) return summaryText(value.preview);
  const errors = value.failed.map(({ error }) => renderKnownError(error, { style, folder: process.cwd() }));
  const counts = [
    `${formatCount(value.built.length, 'package')} built`,
    ...(value.failed.length > 0 ? [style.bad(`${value.failed.length} failed`)] : []),
    ...(value.skipped.length > 0 ? [style.warn(`${value.skipped.length} skipped`)] : []),
    ...(value.preview.reused > 0 ? [`${value.preview.reused} reused`] : []),
  ];
  return [...errors, `${counts.join(', ')} in ${formatSeconds(value.seconds)}.`].join('\n');
}
