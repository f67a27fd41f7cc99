import { formatReleaseNotes } from '../../app/release/compare-releases.ts';
import { createRelease } from '../../app/release/create-release.ts';
import { formatBytes, formatCount } from '../../core/format-quantity.ts';
import { defineCommand } from '../command.ts';
import { noWaitOption } from '../lock-options.ts';

/** `binfarm release create`: a name for what was built. */
export const command = defineCommand({
  changes: true,
  about:
    'Lists what the lock names on every platform, verifies each package in the binhost, and signs the list. A release never changes; "binfarm release announce" moves a channel to it.',
  examples: ['binfarm release create 2026.1 --notes "First release"', 'binfarm release create 2026.1-fix --on 2026.1'],
  settings: ['cache'],
  syntax: (syntax) =>
    syntax
      .argument('<name>', 'the release’s name')
      .option('--notes <text>', 'for people, in front of what changed', '')
      .option('--on <release>', 'layer it on another release: sets of that which the stack does not have come along')
      .option('--against <release>', 'tell the changes against this one (default: where latest is)')
      .addOption(noWaitOption),
  run: async ({ arguments: [name], options: { notes, on, against, wait }, dryRun }, context) => {
    const created = new Date().toISOString();
    const earlier = { ...(on === undefined ? {} : { base: on }), ...(against === undefined ? {} : { against }) };
    return await createRelease({ farm: context.farm(), name, notes, created, ...earlier, wait, dryRun }, context);
  },
  text: ({ release, verdict, digest }, style) =>
    [
      formatReleaseNotes(release),
      `${formatCount(verdict.packages, 'package')}, ${formatBytes(verdict.bytes)}, ${verdict.relocatableClosures} of them relocatable with all that they need.`,
      digest === undefined ? 'Verified; nothing was written.' : `Verified and signed: ${style.faint(digest)}`,
      ...(digest === undefined ? [] : [`Next: ${style.name(`binfarm release announce ${release.name}`)}`]),
    ].join('\n'),
});
