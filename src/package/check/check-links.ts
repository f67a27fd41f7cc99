import { lstatSync, readlinkSync } from 'node:fs';
import { join, posix } from 'node:path';
import type { PrefixContext } from './check-prefix.ts';

const mostLinks = 40;

/** Says what is wrong with a symbolic link of a prefix: it leads out of the store, to a package that is no dependency, or to nothing. Links are followed as they will be when the package is used:
 * the store is where the build saw it, whatever the folders are on this machine. */
export function findLinkFault(prefix: string, path: string, context: PrefixContext): string | undefined {
  const store = `${context.root}/store`;
  let current = `${store}/${context.storeName}/${path}`;
  for (let followed = 0; followed < mostLinks; followed++) {
    if (!current.startsWith(`${store}/`)) return `it leads to "${current}", out of the store`;
    const step = resolveFirstLink(current, prefix, context);
    if (step.fault !== undefined) return step.fault;
    if (step.target === undefined) return undefined;
    current = step.target;
  }
  return 'it leads in a circle';
}

interface LinkStep {
  readonly fault?: string;
  /** Where the first link on the way leads; absent when there is none and the path exists. */
  readonly target?: string;
}

function resolveFirstLink(path: string, prefix: string, context: PrefixContext): LinkStep {
  const store = `${context.root}/store/`;
  const [storeName = '', ...names] = path.slice(store.length).split('/');
  const folder = storeName === context.storeName ? prefix : context.dependencies.get(storeName);
  if (folder === undefined) return { fault: `it leads to "${storeName}", which is no dependency` };
  for (const index of names.keys()) {
    const host = join(folder, ...names.slice(0, index + 1));
    const stat = lstatSync(host, { throwIfNoEntry: false });
    if (stat === undefined) return { fault: `it leads to "${path.slice(store.length)}", which does not exist` };
    if (!stat.isSymbolicLink()) continue;
    const here = `${store}${[storeName, ...names.slice(0, index)].join('/')}`;
    const target = posix.resolve(here, readlinkSync(host));
    return { target: posix.join(target, ...names.slice(index + 1)) };
  }
  return {};
}
