// Cuts the recipes that the golden explanations speak of out of an index of a big repository, and writes them with the explanations to
// test/golden/explanations: node script/extract-explanations.ts INDEX
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PackageName } from '../src/model/names.ts';
import { openIndex } from '../src/recipes/index/open-index.ts';
import { solve } from '../src/solve/solve.ts';
import type { Explanation } from '../src/solve/solve-types.ts';
import { readRequest } from '../test/scenarios/compact-request.ts';
import { sliceRecipe } from '../test/scenarios/compact-slice.ts';
import { formatExplanation, unsolvableRequests } from '../test/scenarios/explained-requests.ts';

const [path] = process.argv.slice(2);
if (path === undefined) {
  console.error('node script/extract-explanations.ts INDEX');
  process.exit(2);
}
const folder = join(import.meta.dirname, '../test/golden/explanations');
mkdirSync(folder, { recursive: true });
const index = await openIndex(path);

for (const { name, says, ...compact } of unsolvableRequests) {
  const request = readRequest({ ...compact, recipes: {} });
  const whole = solve({ ...request, recipe: index.recipe, providers: index.providers, names: index.names });
  if (whole.solved) throw new Error(`${name} has a solution`);
  const speaksOf = whole.explanation.directives.flatMap(({ from, says: text }) => [from, ...text.split(/[\s@^,]+/)]);
  const wanted = request.roots.flatMap(({ spec }) => [spec, ...spec.dependencies].map((one) => one.name ?? ''));
  const kept = [...new Set([...speaksOf, ...wanted])].filter((one) => index.recipe(one as PackageName) !== undefined);
  const isKept = (one: string) =>
    kept.includes(one) || index.providers(one as PackageName).some((provider) => kept.includes(provider));
  const recipes = kept.sort().map((one) => [one, sliceRecipe(index.recipe(one as PackageName)!, isKept)] as const);
  const slice = { ...compact, recipes: Object.fromEntries(recipes) };
  const cut = solve(readRequest(slice));
  const text = cut.solved ? 'solved\n' : formatExplanation(cut.explanation);
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(slice, null, 1)}\n`);
  writeFileSync(join(folder, `${name}.txt`), text);
  const isSame = !cut.solved && saidIn(cut.explanation).join() === saidIn(whole.explanation).join();
  const lines = text.trim().split('\n').length;
  console.log(`${name}: ${kept.length} recipes, ${lines} lines, ${isSame ? 'as' : 'NOT as'} on the whole: ${says}`);
}

/** What an explanation says, but for the reasons that recipes give for their conflicts. */
function saidIn({ directives }: Explanation): string[] {
  return directives.map(({ from, says }) => `${from} ${says.replace(/ \([^)]*\)$/, '')}`);
}
