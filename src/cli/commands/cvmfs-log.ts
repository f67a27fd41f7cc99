import { listRevisionsOf } from '../../app/cvmfs/show-history.ts';
import { defineCommand } from '../command.ts';
import { keysOption, repositoryOf, repositoryOption } from '../cvmfs-options.ts';
import { countArgument } from '../read-count.ts';
import { tableText } from '../render/table-text.ts';

/** `binfarm cvmfs log`: the revisions of a repository. */
export const command = defineCommand({
  changes: false,
  examples: ['binfarm cvmfs log', 'binfarm cvmfs log --most 100 --json'],
  syntax: (syntax) =>
    syntax.option('--most <n>', 'how many', countArgument, 20).addOption(repositoryOption).addOption(keysOption),
  run: ({ options: { repository, keys, most } }, context) =>
    listRevisionsOf({ ...repositoryOf(repository, keys, context), most }),
  text: (revisions, style) =>
    tableText(
      revisions.map(({ revision, time, root, tags }) => [
        style.strong(String(revision)),
        time.slice(0, 19).replace('T', ' '),
        root.slice(0, 12),
        tags.join(', '),
      ]),
    ),
});
