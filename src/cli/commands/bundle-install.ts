import { resolve } from 'node:path';
import { installBundle } from '../../app/bundle/install-bundle.ts';
import { defineCommand } from '../command.ts';
import { noWaitOption } from '../lock-options.ts';
import { installText } from '../render/install-text.ts';
import { programLines } from '../render/program-text.ts';

/** `binfarm bundle install`: what the installer at the front of a bundle calls. */
export const command = defineCommand({
  changes: true,
  about:
    'Verifies and installs the release of a bundle, with the binfarm that the bundle carries. Needs no network. Without --fingerprint the folder must believe the farm’s key already.',
  examples: ['binfarm bundle install nova-2026.1.run --prefix ~/nova --fingerprint "5f3c 9a01 …"'],
  syntax: (syntax) =>
    syntax
      .argument('<bundle>', 'the file')
      .argument('[names...]', 'sets or packages; everything without any')
      .requiredOption('-p, --prefix <dir>', 'the folder to install into; any that you can write')
      .option('--platform <platform>', 'a platform (default: the best that this machine can run)')
      .option('--fingerprint <digits>', 'the fingerprint of the farm’s key, to be believed in this folder from now on')
      .addOption(noWaitOption),
  run: ({ arguments: [file, names], options: { prefix, platform, fingerprint, wait }, dryRun }, context) =>
    installBundle(
      {
        file: resolve(context.io.folder, file),
        prefix: resolve(context.io.folder, prefix),
        names,
        ...(platform === undefined ? {} : { platform }),
        ...(fingerprint === undefined ? {} : { fingerprint }),
        wait,
        dryRun,
        now: Date.now(),
      },
      context,
    ),
  text: (value, style) => [installText(value, style), ...programLines(value.binfarm)].join('\n'),
});
