import { compareRevisions } from '../../app/cvmfs/show-history.ts';
import { formatCount } from '../../core/format-quantity.ts';
import { defineCommand } from '../command.ts';
import { keysOption, repositoryOf, repositoryOption } from '../cvmfs-options.ts';

const signs = { added: '+', removed: '-', changed: '~' } as const;

/** `binfarm cvmfs diff`: what differs between two revisions. */
export const command = defineCommand({
  changes: false,
  about: 'A folder that is only in one of them is one line. Catalogs that are the same are not even opened.',
  examples: ['binfarm cvmfs diff 41 42', 'binfarm cvmfs diff 2026.1 trunk --json'],
  syntax: (syntax) =>
    syntax
      .argument('<from>', 'a number or a tag')
      .argument('<to>', 'a number or a tag')
      .addOption(repositoryOption)
      .addOption(keysOption),
  run: ({ arguments: [from, to], options: { repository, keys } }, context) =>
    compareRevisions({ ...repositoryOf(repository, keys, context), from, to }),
  text: ({ from, to, differences }) =>
    differences.length === 0
      ? `Revisions ${from} and ${to} have the same tree`
      : differences
          .map(({ path, change, entries }) => {
            const below = entries > 1 ? `  (${formatCount(entries, 'entry', 'entries')})` : '';
            return `${signs[change]} ${path}${below}`;
          })
          .join('\n'),
});
