import { explainPackage } from '../../app/stack/explain-package.ts';
import { defineCommand } from '../command.ts';

/** `binfarm why`: who wants a package. */
export const command = defineCommand({
  changes: false,
  examples: ['binfarm why zlib', 'binfarm why rebuild zlib'],
  settings: ['cache'],
  syntax: (syntax) => syntax.argument('<package>', 'its name'),
  run: ({ arguments: [name] }, context) => explainPackage({ farm: context.farm(), name }, context),
  text: (answers, style) =>
    answers
      .map(({ name, version, platform, chains, asked }) =>
        [
          `${style.strong(`${name} ${version}`)} ${style.faint(platform)}`,
          ...chains.map((chain) => `  ${chain.join(style.faint(' -> '))}`),
          ...asked.map((reason) => style.faint(`  ${reason}`)),
        ].join('\n'),
      )
      .join('\n'),
});
