import { readFile } from '../../app/cvmfs/read-file.ts';
import { FarmError } from '../../core/farm-error.ts';
import { defineCommand } from '../command.ts';
import { writeOut } from '../console-io.ts';
import { choiceOf, keyOption, locationMeaning, nameOption, proxyOption, tagOption } from '../repository-options.ts';

/** With --json a file is one value. */
const mostInJson = 64 << 20;

/** `binfarm cvmfs cat`: the bytes of a file of a CVMFS repository. */
export const command = defineCommand({
  changes: false,
  about:
    'Writes a file of a CVMFS repository to stdout; links are followed. No byte is written before the object that it is in was verified. With --json the file is in base64.',
  examples: ['binfarm cvmfs cat ./cvmfs /2026.1/setup.sh --key nova.example.org.pub'],
  syntax: (syntax) =>
    syntax
      .argument('<location>', locationMeaning)
      .argument('<path>', 'a path in it')
      .addOption(keyOption)
      .addOption(tagOption)
      .addOption(nameOption)
      .addOption(proxyOption),
  run: async ({ arguments: [location, path], options }, context) => {
    const { json = false, events } = options as { readonly json?: boolean; readonly events?: string };
    const isValue = json || events === '-';
    const kept: Buffer[] = [];
    const take = async (bytes: Buffer) => {
      if (!isValue) return await writeOut(context.io.stdout, bytes);
      kept.push(bytes);
      if (kept.reduce((sum, { length }) => sum + length, 0) <= mostInJson) return;
      throw new FarmError('ARGUMENT_INVALID', `Cannot give "${path}" as JSON: it is too large`, {
        hint: 'binfarm cvmfs export writes it to a file',
      });
    };
    const found = await readFile({ ...choiceOf(location, options, context.io.folder), path, take }, context);
    return isValue ? { ...found, base64: Buffer.concat(kept).toString('base64') } : found;
  },
  text: () => '',
});
