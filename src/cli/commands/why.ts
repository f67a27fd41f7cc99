import { explainPackage, explainPackageChoice, type WhyPackage } from '../../app/stack/explain-package.ts';
import { defineCommand } from '../command.ts';
import { choiceText } from '../render/choice-text.ts';
import type { Style } from '../style.ts';

/** `binfarm why`: who wants a package, or why it is not another. */
export const command = defineCommand({
  changes: false,
  about:
    'With a name alone: every path that leads to the package. With a version or an option: why the package is not so, and what would have to change.',
  examples: ['binfarm why zlib', 'binfarm why hepmc3@3.2', 'binfarm why hepmc3 +python', 'binfarm why rebuild zlib'],
  settings: ['cache'],
  syntax: (syntax) =>
    syntax
      .argument('<package>', 'its name, or a spec such as hepmc3@3.2')
      .argument('[options...]', 'options that it could have, such as +python or cxxstd=20'),
  run: async ({ arguments: [name, options] }, context) => {
    const farm = context.farm();
    const spec = [name, ...options].join(' ');
    return /^[a-z0-9][a-z0-9_.-]*$/.test(spec)
      ? { paths: await explainPackage({ farm, name: spec }, context) }
      : { choices: await explainPackageChoice({ farm, spec }, context) };
  },
  text: ({ paths, choices }, style) =>
    [
      ...(paths ?? []).map((answer) => pathsText(answer, style)),
      ...(choices ?? []).map((answer) => choiceText(answer, style)),
    ].join('\n'),
});

function pathsText({ name, version, platform, chains, paths, asked }: WhyPackage, style: Style): string {
  const more = paths - chains.length;
  return [
    `${style.strong(`${name} ${version}`)} ${style.faint(platform)}`,
    ...chains.map((chain) => `  ${chain.join(style.faint(' -> '))}`),
    ...(more > 0 ? [`  and ${more} longer paths`] : []),
    ...asked.map((reason) => style.faint(`  ${reason}`)),
  ].join('\n');
}
