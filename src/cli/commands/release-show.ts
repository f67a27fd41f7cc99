import { formatReleaseNotes } from '../../app/release/compare-releases.ts';
import { describeRelease } from '../../app/release/list-releases.ts';
import { defineCommand } from '../command.ts';

/** `binfarm release show`: one release, its notes and what changed. */
export const command = defineCommand({
  changes: false,
  about: 'With --json the whole signed list: every package with its digest.',
  examples: ['binfarm release show latest', 'binfarm release show 2026.1 --json'],
  settings: ['cache'],
  syntax: (syntax) => syntax.argument('<release>', 'a release or a channel'),
  run: ({ arguments: [name] }, context) => describeRelease({ farm: context.farm(), name }, context),
  text: (release, style) => {
    const notes = formatReleaseNotes(release).trimEnd();
    if (release.withdrawn === undefined) return notes;
    const { withdrawn, reason, instead } = release.withdrawn;
    const why = reason === '' ? '' : `: ${reason}`;
    const other = instead === undefined ? '' : `; use ${instead} instead`;
    return `${style.bad(`Withdrawn on ${withdrawn.slice(0, 10)}${why}${other}`)}\n\n${notes}`;
  },
});
