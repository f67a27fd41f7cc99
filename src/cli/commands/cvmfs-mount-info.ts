import { describeMount } from '../../app/cvmfs/describe-mount.ts';
import { formatCount, formatSeconds } from '../../core/format-quantity.ts';
import { defineCommand } from '../command.ts';
import { tableText } from '../render/table-text.ts';
import { choiceOf, keyOption, locationMeaning, nameOption, proxyOption, tagOption } from '../repository-options.ts';

const mostShown = 10;

/** `binfarm cvmfs mount-info`: what a client would mount. */
export const command = defineCommand({
  changes: false,
  about:
    'Does what a client does when it mounts a repository: reads its manifest, verifies it up to the master key, and opens the catalog at the root. Then it tells what it has found.',
  examples: ['binfarm cvmfs mount-info http://cvmfs.example.org/cvmfs/nova.example.org --key nova.example.org.pub'],
  syntax: (syntax) =>
    syntax
      .argument('<location>', locationMeaning)
      .addOption(keyOption)
      .addOption(tagOption)
      .addOption(nameOption)
      .addOption(proxyOption),
  run: ({ arguments: [location], options }, context) =>
    describeMount(choiceOf(location, options, context.io.folder), context),
  text: (facts, style) => {
    const { tags } = facts;
    const rest =
      tags.length > mostShown ? [`and ${formatCount(tags.length - mostShown, 'more tag', 'more tags')}`] : [];
    return [
      tableText([
        ['repository', style.strong(facts.name)],
        ['location', facts.location],
        ['revision', String(facts.revision)],
        ['published', facts.published],
        ['root catalog', facts.rootHash],
        ['clients look again after', formatSeconds(facts.ttl)],
        ['whitelist expires', facts.whitelistExpires],
        ['certificate', facts.fingerprint],
        ['garbage collection', facts.garbageCollected ? 'yes' : 'no'],
      ]),
      ...(tags.length === 0 ? [] : ['', 'Tags:']),
      tableText(
        tags.slice(0, mostShown).map(({ name, revision, published, description }) => {
          return [`  ${style.name(name)}`, `revision ${revision}`, published, description];
        }),
      ),
      ...rest,
    ]
      .join('\n')
      .trimEnd();
  },
});
