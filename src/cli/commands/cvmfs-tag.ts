import { changeTags } from '../../app/cvmfs/change-tags.ts';
import { defineCommand } from '../command.ts';
import { changeOf, keysOption, noWaitForRepositoryOption, repositoryOption } from '../cvmfs-options.ts';
import { tableText } from '../render/table-text.ts';

/** `binfarm cvmfs tag`: names for revisions. */
export const command = defineCommand({
  changes: true,
  about:
    'Without a name it lists the tags. A revision with a tag can be mounted by it and is kept; setting and removing tags makes no new revision.',
  examples: ['binfarm cvmfs tag', 'binfarm cvmfs tag production 41', 'binfarm cvmfs tag production --remove'],
  syntax: (syntax) =>
    syntax
      .argument('[name]', 'the tag')
      .argument('[revision]', 'a number or another tag (default: the newest revision)')
      .option('--remove', 'remove the tag')
      .addOption(repositoryOption)
      .addOption(keysOption)
      .addOption(noWaitForRepositoryOption),
  run: async ({ arguments: [name, revision], options, dryRun }, context) =>
    await changeTags(
      {
        ...changeOf(options, dryRun, context),
        ...(name === undefined ? {} : { name }),
        ...(revision === undefined ? {} : { revision }),
        remove: options.remove ?? false,
      },
      context,
    ),
  text: (tags, style) =>
    tableText(
      tags.map(({ name, revision, timestamp, description }) => [
        style.name(name),
        String(revision),
        new Date(timestamp * 1000).toISOString().slice(0, 16).replace('T', ' '),
        description,
      ]),
    ),
});
