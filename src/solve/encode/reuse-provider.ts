import { createLiteral, not, state } from './literals.ts';
import type { Problem, VirtualNode } from './problem.ts';
import { addWishes } from './wishes-and-guards.ts';

/** Wishes that a provider is chosen of which a package exists, where there is one. */
export function wishToReuseProvider(problem: Problem, { name, literal, edges }: VirtualNode): void {
  const existing = edges.filter(({ target }) => problem.existing.has(target.name));
  if (existing.length === 0 || existing.length === edges.length) return;
  const wish = createLiteral(problem, true, false);
  state(problem, [not(wish), not(literal), ...existing.map(({ trigger }) => trigger)]);
  addWishes(problem, 'builds', { ladder: [wish], key: name, says: () => 'has a provider that is to be built' });
}
