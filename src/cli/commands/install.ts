import { resolve } from 'node:path';
import type { InstallResult } from '../../app/install-contents.ts';
import { installPackages } from '../../app/install-packages.ts';
import { formatBytes, formatCount, formatSeconds } from '../../core/format-quantity.ts';
import { defineCommand } from '../command.ts';
import type { Style } from '../style.ts';

/** `binfarm install`: packages into a folder, at whatever path. */
export const command = defineCommand({
  changes: true,
  about:
    'Installs built packages with all that they need to run, and makes them the ones in use. The folder stays at its old state until everything is there.',
  examples: ['binfarm install --prefix ~/nova', 'binfarm install --prefix /opt/nova generators fastjet'],
  settings: ['cache'],
  syntax: (syntax) =>
    syntax
      .argument('[names...]', 'sets or packages; everything in the stack without any')
      .requiredOption('-p, --prefix <dir>', 'the folder to install into; any that you can write')
      .option('--platform <platform>', 'a platform of the stack (default: the first that fits this machine)')
      .option('--no-wait', 'fail at once when another process is at work on the folder'),
  run: ({ arguments: [names], options, dryRun }, context) =>
    installPackages(
      {
        farm: context.farm(),
        prefix: resolve(context.io.folder, options.prefix),
        names,
        ...(options.platform === undefined ? {} : { platform: options.platform }),
        wait: options.wait,
        dryRun,
      },
      context,
    ),
  text: (value, style) => (value.generation === undefined ? dryRunText(value) : resultText(value, style)),
});

function dryRunText({ area, platform, unpacked, kept, bytes }: InstallResult): string {
  return [
    `Would unpack ${formatCount(unpacked.length, 'package')} of ${platform} (${formatBytes(bytes)}) into ${area}:`,
    ...unpacked.map((name) => `  ${name}`),
    ...(kept.length > 0 ? [`${formatCount(kept.length, 'package is', 'packages are')} there already.`] : []),
  ].join('\n');
}

function resultText(
  { area, unpacked, kept, generation, switched, bytes, seconds }: InstallResult,
  style: Style,
): string {
  if (!switched)
    return `Nothing to do: ${formatCount(kept.length, 'package is', 'packages are')} in use in ${area} (generation ${generation}).`;
  return [
    `${formatCount(unpacked.length, 'package')} installed (${formatBytes(bytes)}), ${kept.length} kept, in ${formatSeconds(seconds)}: ${area}, generation ${generation}.`,
    `Use it: ${style.name(`. ${area}/setup.sh`)}`,
  ].join('\n');
}
