import type { Ledger } from '../../ledger/open-ledger.ts';
import type { CriterionCost } from '../../solve/solve-types.ts';
import type { PackageFinder } from '../build/find-package.ts';
import { type Change, explainChange } from './explain-change.ts';
import { type FarmNode, isBuildable, titleOf } from './farm-node.ts';

/** What a build would do with one package, and why. */
export interface PlannedPackage {
  readonly key: string;
  readonly name: string;
  readonly version: string;
  readonly platform: string;
  readonly action: 'build' | 'reuse' | 'external';
  /** Why it is in the stack: `set generators asks for hepmc3`. */
  readonly because: readonly string[];
  /** For a build: what is new about it. */
  readonly news?: string;
  /** For a build that replaces an earlier one: the differences between the two. */
  readonly changes?: readonly Change[];
  readonly buildHash?: string;
  /** From the newest successful build of the package on the platform. */
  readonly expectedSeconds?: number;
  readonly expectedBytes?: number;
  /** Of the package, when it is there. */
  readonly bytes?: number;
}

/** What a build would do, and what it would cost as far as earlier builds tell. */
export interface BuildPreview {
  readonly packages: readonly PlannedPackage[];
  readonly builds: number;
  readonly reused: number;
  readonly externals: number;
  /** Seconds of building one after the other; absent when nothing is known of some package. */
  readonly expectedSeconds?: number;
  /** What each platform's solution is judged by, where that was asked for. */
  readonly criteria?: Readonly<Record<string, readonly CriterionCost[]>>;
}

/** Finds out what a build would do: packages that the binhost has are used again, externals are taken, the others are built. */
export async function previewBuild(
  nodes: readonly FarmNode[],
  sources: { readonly finder: PackageFinder; readonly ledger: Ledger; readonly force: ReadonlySet<string> },
): Promise<BuildPreview> {
  const packages: PlannedPackage[] = [];
  for (const node of nodes) packages.push(await planPackage(node, sources));
  const of = (action: PlannedPackage['action']) => packages.filter((item) => item.action === action);
  const builds = of('build');
  const known = builds.every(({ expectedSeconds }) => expectedSeconds !== undefined);
  return {
    packages,
    builds: builds.length,
    reused: of('reuse').length,
    externals: of('external').length,
    ...(known ? { expectedSeconds: builds.reduce((sum, { expectedSeconds = 0 }) => sum + expectedSeconds, 0) } : {}),
  };
}

async function planPackage(
  node: FarmNode,
  { finder, ledger, force }: { finder: PackageFinder; ledger: Ledger; force: ReadonlySet<string> },
): Promise<PlannedPackage> {
  const common = {
    key: node.key,
    name: node.locked.name,
    version: node.locked.version,
    platform: node.platformName,
    because: node.locked.reasons.map(({ from, asks }) => `${from} asks for ${asks}`),
  };
  if (!isBuildable(node)) return { ...common, action: 'external' };
  const { buildHash, identity } = node.built;
  const stored = force.has(node.locked.name) ? undefined : await finder.find(node);
  if (stored !== undefined) return { ...common, action: 'reuse', buildHash, bytes: stored.size };
  const last = await ledger.lastBuiltIdentity(node.locked.name, node.platformName, buildHash);
  const history = await ledger.listBuilds({ name: node.locked.name, platform: node.platformName, limit: 20 });
  const cost = history.find(({ verdict }) => verdict === 'built');
  const again = history.some((build) => build.buildHash === buildHash && build.verdict === 'built');
  const changes = last === undefined ? undefined : explainChange(JSON.parse(last.identity), JSON.parse(identity));
  return {
    ...common,
    action: 'build',
    buildHash,
    news: newsOf(node, { forced: force.has(node.locked.name), again, changes }),
    ...(changes === undefined || again ? {} : { changes }),
    ...(cost?.seconds === undefined ? {} : { expectedSeconds: cost.seconds }),
    ...(cost?.packageSize === undefined ? {} : { expectedBytes: cost.packageSize }),
  };
}

function newsOf(
  node: FarmNode,
  { forced, again, changes }: { forced: boolean; again: boolean; changes: readonly Change[] | undefined },
): string {
  if (forced) return 'you ask for it';
  if (again) return 'it was built before, but its package is gone';
  if (changes === undefined) return `${titleOf(node)} was never built for this platform`;
  const needs = changes.filter(({ path }) => path.startsWith('dependencies.')).map(({ path }) => path.split('.')[1]);
  const own = changes
    .filter(({ path }) => !path.startsWith('dependencies.'))
    .map(({ path }) => path.replace(/^plan\./, ''));
  const parts = [
    ...(own.length > 0 ? [`changed: ${summarise(own)}`] : []),
    ...(needs.length > 0 ? [`needs a new ${needs.join(', ')}`] : []),
  ];
  return parts.join('; ');
}

function summarise(paths: readonly string[]): string {
  const shown = paths.slice(0, 3).join(', ');
  return paths.length > 3 ? `${shown} and ${paths.length - 3} more` : shown;
}
