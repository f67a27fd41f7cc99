import { planView, type ViewConflict } from '../../area/plan-view.ts';
import { formatSetupScripts, setupVariables } from '../../area/setup-scripts.ts';
import { formatReadableJson } from '../../core/json.ts';
import type { LayerEntry } from '../../image/oci/write-tree-layer.ts';
import type { ImagePackage } from './image-packages.ts';

/** What an image is about, for what is written into it. */
export interface ImageSubject {
  readonly farm: string;
  readonly platform: string;
  readonly release: string;
  /** Of the release; ISO 8601. */
  readonly created: string;
}

/** What lies on top of an image's packages, and the variables with which containers start. */
export interface TopLayer {
  readonly entries: readonly LayerEntry[];
  readonly variables: Readonly<Record<string, string>>;
  readonly conflicts: readonly ViewConflict[];
}

/** The folder that users see, below which the image's own files are in `.binfarm`. */
export function viewPathOf(farm: string): string {
  return `/opt/${farm}`;
}

/** Makes what lies on top of the packages: the view at /opt/FARM, whose links lead to where the packages were built for; set-up scripts, also for login shells; and the records of an area, so that
 * `binfarm list` and its like work in a container. The same packages give the same entries.
 * @param documents further files for `.binfarm` in the view, by name: what describes the image */
export function composeTopLayer(
  subject: ImageSubject,
  packages: readonly ImagePackage[],
  documents: Readonly<Record<string, string>>,
): TopLayer {
  const root = packages[0]!.facts.manifest.root;
  const view = viewPathOf(subject.farm);
  const plan = planView(
    packages.map(({ storeName, item, asked, facts }) => ({
      storeName,
      name: item.name,
      asked,
      entries: facts.manifest.entries,
    })),
  );
  const at = (path: string) => path.slice(1);
  const folder = (path: string): LayerEntry => ({ path: at(path), type: 'directory', mode: 0o755 });
  const link = (path: string, target: string): LayerEntry => ({ path: at(path), type: 'symlink', target });
  const file = (path: string, text: string): LayerEntry => ({
    path: at(path),
    type: 'file',
    mode: 0o644,
    content: Buffer.from(text),
  });
  const scripts = formatSetupScripts(view, root).map(({ file: name, text }) => ({ name, text }));
  const described = Object.entries(documents).map(([name, text]) => ({ name, text }));
  const own = [
    ...scripts,
    ...described,
    { name: 'packages.json', text: formatReadableJson(describePackages(subject, packages)) },
  ];
  const entries: LayerEntry[] = [
    folder(view),
    ...plan.folders.map((path) => folder(`${view}/${path}`)),
    ...plan.links.map(({ path, storeName }) => link(`${view}/${path}`, `${root}/store/${storeName}/${path}`)),
    ...own.map(({ name, text }) => file(`${view}/.binfarm/${name}`, text)),
    ...areaEntries(subject, packages, { root, view }).map(({ path, text, target }) =>
      target === undefined ? file(`${root}/${path}`, text) : link(`${root}/${path}`, target),
    ),
    ...scripts.map(({ name }) => link(`${root}/${name}`, `${view}/.binfarm/${name}`)),
    link(`${view}/.binfarm/area`, root),
    ...loginEntries(subject.farm, `${view}/.binfarm`),
  ];
  return { entries, variables: setupVariables(view, root), conflicts: plan.conflicts };
}

/** What login shells read, which set PATH anew. */
export function loginEntries(farm: string, folder: string): readonly LayerEntry[] {
  return ['sh', 'csh'].map((kind): LayerEntry => {
    const [test, read] =
      kind === 'sh' ? [`[ ! -r ${folder}/setup.sh ] ||`, '.'] : [`if ( -r ${folder}/setup.csh )`, 'source'];
    const content = Buffer.from(`${test} ${read} ${folder}/setup.${kind}\n`);
    return { path: `etc/profile.d/${farm}.${kind}`, type: 'file', mode: 0o644, content };
  });
}

interface AreaEntry {
  readonly path: string;
  readonly text: string;
  readonly target?: string;
}

/** The records of an area whose one generation is the image. */
function areaEntries(
  { farm, platform, release, created }: ImageSubject,
  packages: readonly ImagePackage[],
  { root, view }: { readonly root: string; readonly view: string },
): readonly AreaEntry[] {
  const stored = packages.map(({ storeName, item }) => {
    const { name, version, buildHash, digest, needs, renames } = item;
    return [
      storeName,
      { name, version, platform, buildHash, digest, needs, ...(renames === undefined ? {} : { renames }) },
    ] as const;
  });
  const generation = {
    format: 'binfarm.generation/1',
    number: 1,
    created,
    farm,
    platform,
    release,
    asked: packages.filter(({ asked }) => asked).map(({ storeName }) => storeName),
    packages: packages.map(({ storeName }) => storeName),
  };
  return [
    {
      path: 'area.json',
      text: formatReadableJson({ format: 'binfarm.area/1', farm, packages: Object.fromEntries(stored) }),
    },
    { path: 'generations/1/generation.json', text: formatReadableJson(generation) },
    { path: 'generations/1/view', text: '', target: view },
    { path: 'current', text: '', target: `${root}/generations/1` },
  ];
}

/** The package database of an image: what it has, for people and scanners. */
function describePackages({ farm, platform, release }: ImageSubject, packages: readonly ImagePackage[]): object {
  return {
    format: 'binfarm.image-packages/1',
    farm,
    platform,
    release,
    packages: packages.map(({ storeName, item, asked }) => {
      const { name, version, variants, buildHash, digest, license, needs } = item;
      return { storeName, name, version, variants, buildHash, digest, license, needs, asked };
    }),
  };
}
