import { writeSifImage } from '../../app/image/supply/write-sif-image.ts';
import { formatBytes, formatCount } from '../../core/format-quantity.ts';
import { defineCommand } from '../command.ts';

/** `binfarm image sif`: an image of a release as one file. */
export const command = defineCommand({
  changes: true,
  about:
    'Writes an image that binfarm.yaml describes as one SIF file, which apptainer runs. Neither apptainer nor root is needed. The same release and images.lock give the same file; it appears under its name when it is whole.',
  examples: [
    'binfarm image sif nova/full --release 2026.1 --output nova.sif --sign',
    'apptainer exec nova.sif nova-toy --help',
  ],
  settings: ['cache'],
  syntax: (syntax) =>
    syntax
      .argument('[image]', 'its name in binfarm.yaml (default: the only one)')
      .requiredOption('--output <file>', 'the file that is written; one that exists is replaced')
      .option('--release <release>', 'a release, or a channel for the release that it leads to', 'latest')
      .option('--platform <platform>', 'the platform (default: the one that this machine can run)')
      .option('--sign', 'sign it with the farm’s key, for apptainer verify --key', false)
      .option('--update-base', 'take what the base’s name leads to now, not what images.lock says', false),
  run: async ({ arguments: [name], options, dryRun }, context) => {
    const { output, release, platform, sign, updateBase } = options;
    const value = await writeSifImage(
      {
        farm: context.farm(),
        folder: context.io.folder,
        output,
        release,
        sign,
        updateBase,
        dryRun,
        ...(name === undefined ? {} : { name }),
        ...(platform === undefined ? {} : { platform }),
      },
      context,
    );
    return { dryRun, ...value };
  },
  text: ({ image, release, platform, path, packages, size, inodes, signedBy, dryRun }, style) => {
    const what = `${style.strong(image)} of ${release} for ${platform}, ${formatCount(packages, 'package')}`;
    if (dryRun || size === undefined || inodes === undefined) return `Would write ${what} to ${path}`;
    const signed = signedBy === undefined ? 'not signed' : `signed by ${signedBy}`;
    return `Wrote ${what} to ${path}\n  ${formatBytes(size)}, ${formatCount(inodes, 'entry', 'entries')}, ${signed}`;
  },
});
