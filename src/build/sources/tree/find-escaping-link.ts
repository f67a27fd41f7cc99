const maxExpansions = 40; // what Linux follows in one path (path_resolution(7))
const maxSteps = 5_000_000;

/** Finds a symbolic link of a tree that leads out of it, however many other links it goes through; the result is its path.
 * `links` has every link of the tree, by path, with its target. A link that leads nowhere inside is let be. Trees made
 * to take for ever count as leading out. */
export function findEscapingLink(links: ReadonlyMap<string, string>): string | undefined {
  const budget = { steps: maxSteps };
  for (const path of links.keys()) {
    if (leavesTree(path, links, budget)) return path;
  }
  return undefined;
}

interface Walk {
  /** What is left of the path, last part first. */
  readonly todo: string[];
  /** The real folders on the way, outermost first. */
  readonly reached: string[];
  expansions: number;
}

function leavesTree(path: string, links: ReadonlyMap<string, string>, budget: { steps: number }): boolean {
  const walk: Walk = { todo: partsFromLast(path), reached: [], expansions: 0 };
  for (let part = walk.todo.pop(); part !== undefined; part = walk.todo.pop()) {
    budget.steps -= 1;
    if (budget.steps < 0) return true;
    const inside = part === '..' ? walk.reached.pop() !== undefined : enter(part, walk, links);
    if (!inside) return true;
    if (walk.expansions > maxExpansions) return false; // no program can follow it either
  }
  return false;
}

function enter(part: string, walk: Walk, links: ReadonlyMap<string, string>): boolean {
  const here = walk.reached.length === 0 ? part : `${walk.reached.at(-1)}/${part}`;
  const target = links.get(here);
  if (target === undefined) {
    walk.reached.push(here);
    return true;
  }
  walk.expansions += 1;
  walk.todo.push(...partsFromLast(target));
  return !target.startsWith('/');
}

function partsFromLast(path: string): string[] {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  return parts.reverse();
}
