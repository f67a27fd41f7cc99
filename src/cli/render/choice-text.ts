import type { WhyChoice } from '../../app/stack/explain-choice.ts';
import { conflictLines } from '../../app/stack/unsatisfiable.ts';
import type { Style } from '../style.ts';
import { formatVariants } from './variant-text.ts';

const shownCauses = 5;

/** Why a package is not as somebody asked, for people. */
export function choiceText(answer: WhyChoice, style: Style): string {
  const { platform, spec } = answer;
  const title = `${style.strong(spec)} ${style.faint(platform)}`;
  return [title, ...linesOf(answer).map((line) => `  ${line}`)].join('\n');
}

function linesOf(answer: WhyChoice): string[] {
  switch (answer.verdict) {
    case 'chosen':
      return ['is what the stack has', ...reasonsOf(answer)];
    case 'unasked':
      return ['is possible, but nothing in the stack asks for it'];
    case 'equal':
      return [`is possible and as good as ${chosenOf(answer)}; where nothing else decides, names do`];
    case 'worse':
      return worseLines(answer);
    case 'impossible':
      return impossibleLines(answer);
  }
}

function worseLines(answer: WhyChoice & { readonly verdict: 'worse' }): string[] {
  const { criterion, cost, costThen, causes, spec } = answer;
  const shown = causes.slice(0, shownCauses).map(({ key, says }) => `  ${key}: ${says}`);
  const more = causes.length - shown.length;
  const name = /^[a-z0-9_.-]+/.exec(spec)?.[0];
  return [
    `is possible, but "${criterion}" prefers ${chosenOf(answer)}: it would cost ${costThen} rather than ${cost}`,
    ...shown,
    ...(more > 0 ? [`  and ${more} more`] : []),
    ...(criterion === 'changes' ? [`binfarm build --update ${name} lets it move`] : []),
    ...(criterion === 'builds' ? ['binfarm build --fresh chooses as if there were no packages'] : []),
  ];
}

function impossibleLines({ explanation }: WhyChoice & { readonly verdict: 'impossible' }): string[] {
  const { directives, hints } = explanation;
  return [
    'is not possible: these cannot all hold',
    ...conflictLines(directives).map((line) => `  ${line}`),
    ...(hints.length === 0 ? [] : [`one of these would help: ${hints.join('; ')}`]),
  ];
}

function chosenOf({ spec, chosen }: WhyChoice): string {
  const name = /^[a-z0-9_.-]+/.exec(spec)?.[0];
  return chosen === undefined
    ? 'to do without it'
    : [`${name}@${chosen.version}`, formatVariants(chosen.variants)].filter((part) => part !== '').join(' ');
}

function reasonsOf({ chosen }: WhyChoice): string[] {
  return chosen?.reasons.map(({ from, asks }) => `${from} asks for ${asks}`) ?? [];
}
