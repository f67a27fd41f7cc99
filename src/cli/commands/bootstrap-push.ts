import { resolve } from 'node:path';
import { pushProgram } from '../../app/bootstrap/push-program.ts';
import { resolveBinhost } from '../../app/farm/open-farm.ts';
import { FarmError } from '../../core/farm-error.ts';
import { formatBytes } from '../../core/format-quantity.ts';
import { isExecutable } from '../../core/shipped-files.ts';
import { defineCommand } from '../command.ts';

/** `binfarm bootstrap push`: binfarm's executable into a binhost. */
export const command = defineCommand({
  changes: true,
  about:
    'Publishes the single executable that script/make-executable makes, compressed and signed by the farm’s key, so that machines without binfarm and without Node can get it. It is for machines of the kind of this one. One that is there is replaced; areas that have it renew it with their next update.',
  examples: [
    'binfarm bootstrap push ./binfarm',
    'binfarm bootstrap push ./binfarm --to s3://nova-binhost?endpoint=https://s3.example.org',
  ],
  settings: ['cache'],
  syntax: (syntax) =>
    syntax
      .argument('[executable]', 'the file (default: the one that runs, where it is one)')
      .option('--to <binhost>', 'a folder, oci:// or s3:// address (default: the farm’s own binhost)'),
  run: async ({ arguments: [executable], options: { to }, dryRun }, context) => {
    if (executable === undefined && !isExecutable) {
      throw new FarmError('ARGUMENT_INVALID', 'Cannot publish this binfarm: it runs from its sources', {
        hint: 'script/make-executable --output binfarm && binfarm bootstrap push binfarm',
      });
    }
    return await pushProgram(
      {
        farm: context.farm(),
        executable: executable === undefined ? process.execPath : resolve(context.io.folder, executable),
        ...(to === undefined ? {} : { location: resolveBinhost(context.io.folder, to) }),
        published: new Date().toISOString(),
        dryRun,
      },
      context,
    );
  },
  text: ({ to, system, version, serial, glibc, bytes, compressed, changed }, style) => {
    const size =
      compressed === undefined ? formatBytes(bytes) : `${formatBytes(compressed)}, ${formatBytes(bytes)} unpacked`;
    if (!changed) return `Nothing to do: ${to} has just that binfarm ${version} for ${system}.`;
    const done = compressed === undefined ? 'Would publish' : 'Published';
    const next = compressed === undefined ? [] : [`Next: ${style.name('binfarm bootstrap line')}`];
    return [
      `${done} binfarm ${version} for ${system} with glibc ${glibc} or newer, number ${serial} (${size}): ${to}`,
      ...next,
    ].join('\n');
  },
});
