import type { PackageEntry } from '../model/package-manifest.ts';

/** An entry of a package, as far as a view depends on it. */
export type ViewEntry = Pick<PackageEntry, 'path' | 'type'>;

/** A package whose entries are merged into a view. */
export interface ViewPackage {
  readonly storeName: string;
  readonly name: string;
  /** Asked for by name, not only needed by another. */
  readonly asked: boolean;
  readonly entries: readonly ViewEntry[];
}

/** One link of a view: `path` in the view leads to `path` in the store's folder of a package; whole folders where only one package has them. */
export interface ViewLink {
  readonly path: string;
  readonly storeName: string;
}

/** A path that several packages have: the winner is linked. */
export interface ViewConflict {
  readonly path: string;
  readonly winner: string;
  readonly losers: readonly string[];
}

/** What a view is made of. Folders are in an order in which they can be made. */
export interface ViewPlan {
  readonly folders: readonly string[];
  readonly links: readonly ViewLink[];
  readonly conflicts: readonly ViewConflict[];
}

interface Node {
  /** Packages that have a folder here, by index. */
  readonly folderOf: number[];
  /** Packages that have something else here, by index. */
  readonly leafOf: number[];
  readonly children: Map<string, Node>;
}

/** Merges packages into one tree of links. Where two have the same path, one that was asked for goes before one that was not, then the order of names decides. */
export function planView(packages: readonly ViewPackage[]): ViewPlan {
  const ordered = packages.toSorted(
    (a, b) =>
      Number(b.asked) - Number(a.asked) ||
      (a.name < b.name ? -1 : a.name > b.name ? 1 : a.storeName < b.storeName ? -1 : 1),
  );
  const top = createNode();
  ordered.forEach((item, index) => {
    for (const entry of item.entries) addEntry(top, entry, index);
  });
  const plan = { folders: [] as string[], links: [] as ViewLink[], conflicts: [] as ViewConflict[] };
  for (const [name, node] of sortedChildren(top)) visit(node, name, ordered, plan);
  return plan;
}

function createNode(): Node {
  return { folderOf: [], leafOf: [], children: new Map() };
}

function addEntry(top: Node, entry: ViewEntry, index: number): void {
  const parts = entry.path.split('/');
  if (parts[0] === '.binfarm') return;
  let node = top;
  parts.forEach((part, depth) => {
    let child = node.children.get(part);
    if (child === undefined) {
      child = createNode();
      node.children.set(part, child);
    }
    const owners = depth < parts.length - 1 || entry.type === 'directory' ? child.folderOf : child.leafOf;
    if (owners.at(-1) !== index) owners.push(index);
    node = child;
  });
}

function visit(
  node: Node,
  path: string,
  packages: readonly ViewPackage[],
  plan: { folders: string[]; links: ViewLink[]; conflicts: ViewConflict[] },
): void {
  const owners = [...node.folderOf, ...node.leafOf].sort((a, b) => a - b);
  const winner = owners[0]!;
  const storeNameOf = (index: number) => packages[index]!.storeName;
  const isFolder = node.folderOf.includes(winner);
  const losers = isFolder ? node.leafOf : owners.slice(1);
  if (losers.length > 0) plan.conflicts.push({ path, winner: storeNameOf(winner), losers: losers.map(storeNameOf) });
  if (!isFolder || node.folderOf.length === 1) {
    plan.links.push({ path, storeName: storeNameOf(winner) });
    return;
  }
  plan.folders.push(path);
  for (const [name, child] of sortedChildren(node)) visit(child, `${path}/${name}`, packages, plan);
}

function sortedChildren(node: Node): [string, Node][] {
  return [...node.children].sort(([a], [b]) => (a < b ? -1 : 1));
}
