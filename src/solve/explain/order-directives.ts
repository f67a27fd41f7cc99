import type { Directive } from '../encode/problem.ts';

/** Orders the directives of a conflict as a chain: what the stack asks first, then always one whose package has been spoken of. */
export function orderDirectives(directives: readonly Directive[]): Directive[] {
  const waiting = [...directives];
  const ordered: Directive[] = [];
  const spokenOf = new Set(['']);
  while (waiting.length > 0) {
    const index = indexOfNext(waiting, spokenOf);
    const [next] = waiting.splice(index, 1) as [Directive];
    ordered.push(next);
    for (const name of next.mentions) spokenOf.add(name);
  }
  return ordered;
}

/** Requests, then directives of packages that are known already (those that lead on before those that end a chain), then rules and facts. */
function indexOfNext(waiting: readonly Directive[], spokenOf: ReadonlySet<string>): number {
  const rank = ({ kind, owner, mentions }: Directive) => {
    if (kind === 'root') return 0;
    if (kind === 'recipe' && spokenOf.has(owner)) return mentions.length > 0 ? 1 : 2;
    if (kind === 'fact' && spokenOf.has(owner)) return 3;
    return kind === 'rule' ? 4 : 5;
  };
  let best = 0;
  for (let index = 1; index < waiting.length; index += 1) {
    if (rank(waiting[index]!) < rank(waiting[best]!)) best = index;
  }
  return best;
}
