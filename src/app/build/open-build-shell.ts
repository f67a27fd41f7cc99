import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { describeBuildSandbox } from '../../build/run-build.ts';
import { sandboxArgv } from '../../build/sandbox/sandbox-argv.ts';
import { FarmError } from '../../core/farm-error.ts';
import { startFetching } from '../farm/fetch-node-sources.ts';
import { type AppContext, openFarm } from '../farm/open-farm.ts';
import { withWorkshop } from '../farm/open-workshop.ts';
import { evaluateStack } from '../stack/evaluate-stack.ts';
import { isBuildable } from '../stack/farm-node.ts';
import { selectNodes } from '../stack/select-nodes.ts';
import { solveStack } from '../stack/solve-stack.ts';
import { buildTaskOf } from './build-node.ts';
import { openPackageStores } from './package-stores.ts';

/** Opens a shell in the kept folder of a failed build, in the sandbox that the build had; ends when the shell does, with its exit code.
 * @throws RECIPE_UNKNOWN; BUILD_FAILED when there is no kept folder */
export async function openBuildShell(
  request: { readonly farm: string; readonly name: string; readonly command: readonly string[] },
  context: AppContext,
): Promise<{ readonly exitCode: number }> {
  const farm = await openFarm(request.farm, context);
  return await withWorkshop(farm, context, async (workshop) => {
    const stack = await evaluateStack(farm, await solveStack(farm, workshop.bases, { mode: 'frozen' }));
    const node = selectNodes(stack, [request.name]).find(isBuildable);
    if (node === undefined)
      throw new FarmError('ARGUMENT_INVALID', `Cannot open a shell for "${request.name}": it is never built`);
    const sourcesOf = await startFetching([node], { farm, context });
    const stores = openPackageStores(farm, workshop.finder);
    const task = await buildTaskOf(node, { farm, stores, sourcesOf, expectedSeconds: new Map() });
    if (!(await stat(task.workFolder).catch(() => undefined))) {
      throw new FarmError('BUILD_FAILED', `Cannot open a shell for "${request.name}": no failed build of it is kept`, {
        hint: `binfarm build ${request.name}`,
      });
    }
    const base = await workshop.bases.provide(task.base);
    const { sandbox, env } = describeBuildSandbox(task, { base, jobs: farm.settings.jobs });
    const command = request.command.length > 0 ? request.command : ['bash', '--norc', '-i'];
    const [program, ...args] = sandboxArgv(sandbox, '/work', command) as [string, ...string[]];
    const shell = spawn(program, args, {
      stdio: 'inherit',
      env: { ...env, PS1: `${node.locked.name} build> `, TERM: 'xterm' },
    });
    const [code] = (await once(shell, 'close')) as [number | null];
    return { exitCode: code ?? 1 };
  });
}
