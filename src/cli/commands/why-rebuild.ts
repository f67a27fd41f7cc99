import { explainRebuild, type WhyRebuild } from '../../app/stack/explain-package.ts';
import { defineCommand } from '../command.ts';
import { cleanLine } from '../render/clean-line.ts';
import type { Style } from '../style.ts';

/** `binfarm why rebuild`: what is different since a package was built last. */
export const command = defineCommand({
  changes: false,
  about: 'Compares all that decides the bytes of the package with what it was when it was built last.',
  examples: ['binfarm why rebuild hepmc3'],
  settings: ['cache'],
  syntax: (syntax) => syntax.argument('<package>', 'its name'),
  run: ({ arguments: [name] }, context) => explainRebuild({ farm: context.farm(), name }, context),
  text: (answers, style) => answers.map((answer) => answerText(answer, style)).join('\n'),
});

function answerText({ key, changes }: WhyRebuild, style: Style): string {
  const title = style.strong(key);
  if (changes === undefined) return `${title}: was not built before with anything else.`;
  if (changes.length === 0) return `${title}: nothing differs.`;
  const lines = changes.flatMap(({ path, before, after }) => [
    `  ${path}`,
    ...(before === undefined ? [] : [style.bad(`    - ${valueText(before)}`)]),
    ...(after === undefined ? [] : [style.good(`    + ${valueText(after)}`)]),
  ]);
  return [title, ...lines].join('\n');
}

function valueText(value: unknown): string {
  return cleanLine(typeof value === 'string' ? value : JSON.stringify(value));
}
