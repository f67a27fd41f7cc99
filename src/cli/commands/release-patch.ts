import { formatReleaseNotes } from '../../app/release/compare-releases.ts';
import { patchRelease } from '../../app/release/patch-release.ts';
import { defineCommand } from '../command.ts';
import { noWaitOption } from '../lock-options.ts';
import { patchReportText } from '../render/patch-report-text.ts';

/** `binfarm release patch`: a fixed package in a release whose other packages are not built anew. */
export const command = defineCommand({
  changes: true,
  about:
    'Makes a release of another one in which packages are replaced by their new builds. What needs them is not built anew: it gets the new package where the libraries of that offer all that is used of the old ones, and else the patch is refused with the list of what would break. Build the fixed package first, alone: "binfarm build PACKAGE".',
  examples: [
    'binfarm release patch 2026.1 zlib --name 2026.1-1 --dry-run',
    'binfarm release patch latest zlib openssl --name 2026.1-2 --notes "Security fixes"',
  ],
  settings: ['cache', 'jobs'],
  syntax: (syntax) =>
    syntax
      .argument('<release>', 'the release to start from, or a channel')
      .argument('<packages...>', 'the packages to replace, by name')
      .requiredOption('--name <name>', 'the new release’s name')
      .option('--notes <text>', 'for people, in front of what changed', '')
      .option('--accept-static', 'also when dependants hold code of the old package that was compiled into them')
      .option('--no-test', 'do not run the tests of what uses the new package')
      .addOption(noWaitOption),
  run: async ({ arguments: [release, packages], options, dryRun }, context) => {
    const { name, notes, acceptStatic = false, test, wait } = options;
    const created = new Date().toISOString();
    const request = { farm: context.farm(), release, packages, name, notes, acceptStatic, test, created, wait, dryRun };
    return await patchRelease(request, context);
  },
  text: (value, style) => [formatReleaseNotes(value.release), ...patchReportText(value, style)].join('\n'),
});
