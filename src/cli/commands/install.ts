import { resolve } from 'node:path';
import type { InstallResult } from '../../app/area/install-contents.ts';
import { installPackages } from '../../app/area/install-packages.ts';
import { installRelease } from '../../app/release/install-release.ts';
import { FarmError } from '../../core/farm-error.ts';
import { defineCommand } from '../command.ts';
import { insecureOption } from '../lock-options.ts';
import { installText } from '../render/install-text.ts';

/** `binfarm install`: packages into a folder, at whatever path. */
export const command = defineCommand({
  changes: true,
  about:
    'Installs packages with all that they need to run, and makes them the ones in use. In a farm folder they are those of binfarm.lock; with --release those of a release, for which no farm folder is needed. The folder stays at its old state until everything is there.',
  examples: [
    'binfarm install --prefix ~/nova',
    'binfarm install --prefix /opt/nova generators fastjet',
    'binfarm install --prefix ~/nova --release nova/latest --from https://nova.example.org/binhost --key farm.key.pub',
  ],
  settings: ['cache'],
  syntax: (syntax) =>
    syntax
      .argument('[names...]', 'sets or packages; everything without any')
      .requiredOption('-p, --prefix <dir>', 'the folder to install into; any that you can write')
      .option('--platform <platform>', 'a platform (default: the best that this machine can run)')
      .option('--release <farm/name>', 'a release or a channel of a farm')
      .option('--from <binhost>', 'where its packages are: a folder, https://..., oci://... or s3://...')
      .option('--key <file>', 'the farm’s public key, to be believed in this folder from now on')
      .option('--withdrawn', 'also a release that was withdrawn')
      .addOption(insecureOption)
      .option('--no-wait', 'fail at once when another process is at work on the folder'),
  run: async ({ arguments: [names], options, dryRun }, context): Promise<InstallResult> => {
    const { platform, release, from, key, wait, insecure = false, withdrawn = false } = options;
    const prefix = resolve(context.io.folder, options.prefix);
    const common = { prefix, names, ...(platform === undefined ? {} : { platform }), wait, dryRun, insecure };
    if (release === undefined) return await installPackages({ ...common, farm: context.farm() }, context);
    const origin = {
      ...(from === undefined ? {} : { from }),
      ...(key === undefined ? {} : { key: resolve(context.io.folder, key) }),
    };
    return await installRelease(
      { ...common, ...parseReleaseReference(release), ...origin, withdrawn, now: Date.now() },
      context,
    );
  },
  text: (value, style) => installText(value, style),
});

function parseReleaseReference(text: string): { readonly farm: string; readonly release: string } {
  const [farm, release, more] = text.split('/');
  if (farm && release && more === undefined) return { farm, release };
  throw new FarmError('ARGUMENT_INVALID', `Cannot tell what release "${text}" is`, {
    hint: 'Write the farm and the release or channel: nova/latest',
  });
}
