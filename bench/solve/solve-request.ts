import { writeFileSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { userCacheFolder } from '../../src/core/user-cache-folder.ts';

// Solves one request in a fresh process, as the command line would (`INDEX SOLUTION ROOT...`), and prints what it took as one JSON
// object; the solution goes to a file, behind the measurement.
enableCompileCache(join(userCacheFolder(process.env), 'compile-cache'));
const begin = cpuSeconds();
const { openIndex } = await import('../../src/recipes/index/open-index.ts');
const { solve } = await import('../../src/solve/solve.ts');
const { requestFor } = await import('./seven-requests.ts');
const imported = cpuSeconds();
const [path = '', solution = '', ...roots] = process.argv.slice(2);
const index = await openIndex(path);
const loaded = cpuSeconds();
const result = solve(requestFor(index, roots));
const cpu = cpuSeconds();
const { maxRSS } = process.resourceUsage();
writeFileSync(solution, JSON.stringify(result));
console.log(
  JSON.stringify({
    cpu,
    memory: maxRSS / 1024,
    importing: imported - begin,
    loading: loaded - imported,
    solving: cpu - loaded,
  }),
);

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
