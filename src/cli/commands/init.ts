import { resolve } from 'node:path';
import { initFarm } from '../../app/farm/init-farm.ts';
import { defineCommand } from '../command.ts';

/** `binfarm init`: the first thing that somebody types. */
export const command = defineCommand({
  changes: true,
  about:
    'The folder works as it is: a stack file for the platform of this machine, a folder for recipes, and a signing key.',
  examples: ['binfarm init nova && cd nova && binfarm plan'],
  syntax: (syntax) =>
    syntax
      .argument('[folder]', 'the new farm folder; this one without it')
      .option('--name <name>', 'what the farm is called (default: the name of the folder)'),
  run: ({ arguments: [folder = '.'], options: { name }, dryRun }, context) =>
    initFarm({ folder: resolve(context.io.folder, folder), ...(name === undefined ? {} : { name }), dryRun }),
  text: ({ folder, files, keyId }, style) =>
    [
      `${keyId === undefined ? 'A farm folder' : 'Made the farm folder'} ${style.strong(folder)}:`,
      ...files.map((file) => `  ${file}`),
      ...(keyId === undefined ? [] : [`Packages will be signed by the key ${keyId}; keep keys/farm.key to yourself.`]),
      `Next: edit binfarm.yaml, then ${style.name('binfarm plan')}`,
    ].join('\n'),
});
