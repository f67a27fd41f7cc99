import { readActiveGeneration } from '../../area/generation.ts';
import { isModuleTreeFresh, moduleTreeOf, planModuleTree, writeModuleTree } from '../../area/module-tree.ts';
import { FarmError } from '../../core/farm-error.ts';
import type { AppContext } from '../farm/open-farm.ts';
import { quoteForShell } from './area-shell.ts';
import { holdArea, openExistingArea } from './with-area.ts';

/** For whom an area is to have modulefiles. */
export interface ModulesRequest {
  readonly prefix: string;
  readonly wait: boolean;
  readonly dryRun: boolean;
}

/** The modulefiles of an area. */
export interface OfferedModules {
  /** The line that makes them known to a shell. */
  readonly line: string;
  /** What can be loaded then: `nova/2026.1`. */
  readonly modules: readonly string[];
  /** False when they were up to date. */
  readonly written: boolean;
}

/** Gives an area modulefiles for Environment Modules and Lmod, which later changes of the area keep up to date; where they are already, it changes nothing, so that any user can ask for the line.
 * @throws AREA_INVALID when nothing is installed there; PERMISSION_DENIED, DISK_FULL, LOCKED */
export async function offerModules(request: ModulesRequest, context: AppContext): Promise<OfferedModules> {
  const { layout } = await openExistingArea(request.prefix);
  if ((await readActiveGeneration(layout)) === undefined) {
    throw new FarmError('AREA_INVALID', `Cannot use the software in "${layout.root}": nothing is installed there`, {
      hint: `binfarm install --prefix ${layout.root}`,
    });
  }
  const planned = await planModuleTree(layout);
  const isFresh = await isModuleTreeFresh(layout, planned);
  if (!isFresh && !request.dryRun) {
    const work = async () => await writeModuleTree(layout, await planModuleTree(layout));
    await holdArea(layout, { command: 'binfarm activate --modules', wait: request.wait }, { context, work });
  }
  return {
    line: `module use ${quoteForShell(moduleTreeOf(layout))}`,
    modules: planned.map(({ path }) => path).filter((path) => !path.endsWith('/.version')),
    written: !isFresh && !request.dryRun,
  };
}
