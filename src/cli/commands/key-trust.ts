import { resolve } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { type TrustedKey, trustKey } from '../../app/keys/trust-key.ts';
import { defineCommand } from '../command.ts';
import type { CommandContext } from '../command-context.ts';
import { areaOption, keyOwnerOf } from '../key-owner.ts';

/** `binfarm key trust`: believe somebody else's key. */
export const command = defineCommand({
  changes: true,
  about:
    'Shows the fingerprint of a public key and, once you say that it is the one that its owner has told you, believes what the key has signed. On a terminal it asks; elsewhere give the fingerprint with --fingerprint.',
  examples: [
    'binfarm key trust friend.key.pub',
    'binfarm key trust friend.key.pub --name "friend of the farm" --fingerprint "$(cat told-by-telephone.txt)"',
    'binfarm key trust farm.key.pub --area ~/nova',
  ],
  syntax: (syntax) =>
    syntax
      .argument('<file>', 'the public key, a .pub file')
      .option('--name <text>', 'what people call it (default: the file’s name)')
      .option('--fingerprint <text>', 'the fingerprint that its owner has told you; any other key is refused')
      .addOption(areaOption),
  run: async ({ arguments: [file], options: { name, fingerprint, area }, dryRun }, context) => {
    const request = {
      owner: keyOwnerOf(area, context),
      file: resolve(context.io.folder, file),
      ...(name === undefined ? {} : { name }),
      ...(fingerprint === undefined ? {} : { fingerprint }),
      now: Date.now(),
      dryRun,
    };
    return { dryRun, ...(await trustKey(request, context, (key) => ask(key, context))) };
  },
  text: ({ id, fingerprint, name, isNew, dryRun }, style) => {
    const key = `${style.strong(id)}${name === '' ? '' : ` (${name})`}`;
    const about = `\n  ${fingerprint}`;
    if (!isNew) return `${key} is trusted already.${about}`;
    return `${dryRun ? 'Would trust' : 'Trusted from now on:'} ${key}${about}`;
  },
});

/** Asks whether a fingerprint is the right one; where nobody can answer, it is not. */
async function ask(
  { id, fingerprint }: Omit<TrustedKey, 'isNew'>,
  { io, handOverTerminal }: CommandContext,
): Promise<boolean> {
  if (io.stderr.isTTY !== true || process.stdin.isTTY !== true) return false;
  handOverTerminal();
  const lines = createInterface({ input: process.stdin, output: io.stderr });
  try {
    const question = `The fingerprint of key ${id} is\n  ${fingerprint}\nIs it the one that its owner has told you? [y/N] `;
    return /^y(es)?$/i.test((await lines.question(question)).trim());
  } finally {
    lines.close();
  }
}
