import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { removeFolder } from '../core/remove-folder.ts';
import { shippedPath } from '../core/shipped-files.ts';
import { translateFileError } from '../core/translate-file-error.ts';
import { expandPlaceholders, type PlaceholderValues } from '../model/expand-placeholders.ts';
import type { Base } from './base/base.ts';
import type { BuildTask, VisiblePackage } from './build-task.ts';
import { insidePaths, type Sandbox } from './sandbox/sandbox-argv.ts';

const tools = shippedPath('src/build/sandbox/tools');

/** What a sandbox is made for. */
export interface SandboxRequest {
  readonly base: Base;
  readonly workFolder: string;
  /** The root of the store as it is seen inside. */
  readonly root: string;
  readonly visible: readonly VisiblePackage[];
  /** The package itself: its folder on this machine, and whether it may be written. */
  readonly own: { readonly storeName: string; readonly directory: string; readonly writable: boolean };
  readonly jobs: number;
}

/** A sandbox and what the placeholders of a plan mean in it. */
export interface PreparedSandbox {
  readonly sandbox: Sandbox;
  readonly values: PlaceholderValues;
}

/** Makes the folder in which a build or test works, empty.
 * @throws DISK_FULL, PERMISSION_DENIED */
export async function prepareWorkFolder(workFolder: string): Promise<void> {
  try {
    await removeFolder(workFolder);
    for (const name of ['source', 'build', 'home', 'tmp', 'prefix'])
      await mkdir(join(workFolder, name), { recursive: true });
    await chmod(join(workFolder, 'tmp'), 0o1777);
  } catch (error) {
    throw translateFileError(error, 'make', workFolder);
  }
}

/** Describes the sandbox for a request. */
export function describeSandbox(request: SandboxRequest): PreparedSandbox {
  const store = `${request.root}/store`;
  const byName = new Map(request.visible.filter(({ direct }) => direct).map((item) => [item.name, item.storeName]));
  const packages = request.visible.map(({ directory, storeName }) => ({
    from: directory,
    to: `${store}/${storeName}`,
    writable: false,
  }));
  const prefix = `${store}/${request.own.storeName}`;
  return {
    sandbox: {
      base: request.base,
      work: request.workFolder,
      storeTop: `/${request.root.split('/')[1]}`,
      packages: [...packages, { from: request.own.directory, to: prefix, writable: request.own.writable }],
      tools,
    },
    values: {
      prefix,
      source: insidePaths.source,
      build: insidePaths.build,
      jobs: String(request.jobs),
      root: request.root,
      dep: (name) => (byName.has(name) ? `${store}/${byName.get(name)}` : undefined),
    },
  };
}

/** The environment of a build: the plan's own, expanded; before it what build tools add to search paths; and what only this machine knows. */
export function buildEnvironment(
  { plan, toolEnvironment, visible }: Pick<BuildTask, 'plan' | 'toolEnvironment' | 'visible'>,
  values: PlaceholderValues,
): Record<string, string> {
  const store = `${values.root}/store`;
  const libraries = visible.map(({ storeName }) => `${store}/${storeName}/lib`);
  const names = [...new Set([...Object.keys(plan.env), ...Object.keys(toolEnvironment)])];
  const joined = names.map((name) => {
    const texts = [toolEnvironment[name], plan.env[name]].filter((text) => text !== undefined);
    return [name, expandPlaceholders(texts.join(':'), values)] as const;
  });
  return {
    ...Object.fromEntries(joined),
    HOME: insidePaths.home,
    TMPDIR: '/tmp',
    COMPILER_PATH: insidePaths.tools,
    BINFARM_RPATH_LINK: libraries.join(':'),
  };
}
