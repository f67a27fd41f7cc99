import { waitCvmfs } from '../../app/cvmfs/wait-cvmfs.ts';
import { formatSeconds } from '../../core/format-quantity.ts';
import { defineCommand } from '../command.ts';
import { countArgument } from '../read-count.ts';
import { choiceOf, keyOption, locationMeaning, nameOption, proxyOption } from '../repository-options.ts';

/** `binfarm cvmfs wait`: until a server shows a revision. */
export const command = defineCommand({
  changes: false,
  about:
    'Asks a server, or the proxy in front of it, again and again until it shows a revision or a later one, verified; caches are not passed by, so that it sees what clients see. To be run before people are told of a release.',
  examples: [
    'binfarm cvmfs wait http://cvmfs.example.org/cvmfs/nova.example.org 42 --key nova.example.org.pub && mail -s "nova 2026.1 is there" list@example.org',
  ],
  syntax: (syntax) =>
    syntax
      .argument('<location>', locationMeaning)
      .argument('<revision>', 'the number of the revision', countArgument)
      .option('--every <seconds>', 'the pause between two looks', countArgument, 5)
      .option('--timeout <seconds>', 'give up after that', countArgument, 3600)
      .addOption(keyOption)
      .addOption(nameOption)
      .addOption(proxyOption),
  run: ({ arguments: [location, revision], options }, context) => {
    const { every: everySeconds, timeout: timeoutSeconds } = options;
    const choice = choiceOf(location, options, context.io.folder);
    return waitCvmfs({ ...choice, revision, everySeconds: Math.max(1, everySeconds), timeoutSeconds }, context);
  },
  text: ({ location, name, revision, waitedSeconds }, style) =>
    `${style.good('✓')} ${location} shows revision ${revision} of ${name}, after ${formatSeconds(waitedSeconds)}.`,
});
