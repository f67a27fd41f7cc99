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

function leavesTree(path: string, links: ReadonlyMap<string, string>, budget: { steps: number }): boolean {
  const todo = path.split('/').reverse();
  const reached: string[] = [];
  let expansions = 0;
  for (let part = todo.pop(); part !== undefined; part = todo.pop()) {
    budget.steps -= 1;
    if (budget.steps < 0) return true;
    if (part === '' || part === '.') continue;
    if (part === '..') {
      if (reached.length === 0) return true;
      reached.pop();
      continue;
    }
    const here = reached.length === 0 ? part : `${reached.at(-1)}/${part}`;
    const target = links.get(here);
    if (target === undefined) {
      reached.push(here);
      continue;
    }
    if (target.startsWith('/')) return true;
    expansions += 1;
    if (expansions > maxExpansions) return false; // no program can follow it either
    todo.push(...target.split('/').reverse());
  }
  return false;
}
