import { resolve } from 'node:path';
import { installProgram } from '../../app/bootstrap/install-program.ts';
import { withKeyFile } from '../../app/bootstrap/with-key-file.ts';
import { resolveBinhost } from '../../app/farm/open-farm.ts';
import { FarmError } from '../../core/farm-error.ts';
import { defineCommand } from '../command.ts';
import { findArea } from '../find-area.ts';
import { noWaitOption } from '../lock-options.ts';
import { programLine } from '../render/program-text.ts';

/** `binfarm bootstrap`: binfarm itself into an area. */
export const command = defineCommand({
  changes: true,
  about:
    'Puts the binfarm that the farm has published for this machine into the folder as bin/binfarm, verified, and replaces an older one. The folder’s setup.sh then has it on the PATH. Everything but the folder is needed only the first time.',
  examples: [
    'binfarm bootstrap ~/nova',
    'binfarm bootstrap ~/nova --from https://nova.example.org/binhost --name nova --key farm.key.pub',
  ],
  syntax: (syntax) =>
    syntax
      .argument('[area]', 'the folder (default: the one whose setup.sh was read)')
      .option('--from <binhost>', 'where the farm publishes: a folder, a bundle, https://..., oci://... or s3://...')
      .option('--name <farm>', 'the name of the farm')
      .option('--key <file>', 'the farm’s public key, to be believed in this folder from now on')
      .option('--public-key <text>', 'the same as text, without the first and last line of its file')
      .addOption(noWaitOption),
  run: async ({ arguments: [area], options, dryRun }, context) => {
    const { from, name, key, publicKey, wait } = options;
    if (key !== undefined && publicKey !== undefined)
      throw new FarmError('ARGUMENT_INVALID', 'Cannot take both --key and --public-key: they mean the same');
    const request = {
      prefix: findArea(area, context.io),
      ...(from === undefined ? {} : { from: resolveBinhost(context.io.folder, from) }),
      ...(name === undefined ? {} : { farm: name }),
      wait,
      dryRun,
      now: Date.now(),
    };
    if (publicKey === undefined) {
      const file = key === undefined ? {} : { key: resolve(context.io.folder, key) };
      return await installProgram({ ...request, ...file }, context);
    }
    return await withKeyFile(publicKey, (file) => installProgram({ ...request, ...file }, context));
  },
  text: (value, style) =>
    value.state === 'kept'
      ? programLine(value)
      : `${programLine(value)}\nNext: ${style.name(`${value.path} update ${areaOf(value.path)}`)}`,
});

function areaOf(path: string): string {
  return path.replace(/\/bin\/binfarm$/, '');
}
