import { planView, type ViewEntry } from '../../area/plan-view.ts';
import { formatSetupScripts } from '../../area/setup-scripts.ts';
import { formatReadableJson } from '../../core/json.ts';
import type { FolderNode, MountNode } from '../../cvmfs/catalog/node.ts';
import { type ByteText, byteTextOf, readableText } from '../../cvmfs/format/byte-text.ts';
import type { RevisionWork } from '../../cvmfs/revision/revision-work.ts';
import { enter, folderOf } from '../../cvmfs/tree/package-tree.ts';
import { walkTree } from '../../cvmfs/tree/walk-tree.ts';
import type { Release } from '../../model/release.ts';

/** What the folder of a release is made of. */
export interface ReleaseViews {
  readonly release: Release;
  readonly platforms: readonly string[];
  /** Where clients mount the repository. */
  readonly root: string;
  /** The packages in the store, by store name. */
  readonly mounts: ReadonlyMap<string, MountNode>;
  readonly work: RevisionWork;
}

/** The file in a release's folder that says what it consists of. */
export const releaseFile: ByteText = byteTextOf('release.json');

/** Makes the folder of a release: for each platform one tree of links that merges its packages, with set-up scripts, and a list of what it consists of. */
export async function makeReleaseFolder(views: ReleaseViews): Promise<FolderNode> {
  const { release, platforms, work } = views;
  const time = Math.floor(Date.parse(release.created) / 1000);
  const top = folderOf(0o755, time);
  const addFile = async (folder: FolderNode, name: string, text: string) => {
    const bytes = Buffer.from(text);
    const content = await work.storeBytes(bytes);
    folder.children.set(byteTextOf(name), { kind: 'file', mode: 0o644, mtime: time, size: bytes.length, content });
  };
  for (const platform of platforms) {
    const folder = enter(top, byteTextOf(platform), time);
    const view = enter(folder, byteTextOf('view'), time);
    await fillView(view, platform, { ...views, time });
    const path = `${views.root}/releases/${release.name}/${platform}`;
    for (const { file, text } of formatSetupScripts(`${path}/view`, path)) await addFile(folder, file, text);
  }
  const about = Object.fromEntries(platforms.map((name) => [name, release.platforms[name]!]));
  await addFile(top, readableText(releaseFile), formatReadableJson({ ...release, platforms: about }));
  return top;
}

async function fillView(
  view: FolderNode,
  platform: string,
  views: ReleaseViews & { readonly time: number },
): Promise<void> {
  const { release, mounts, work, root, time } = views;
  const { packages, sets } = release.platforms[platform]!;
  const asked = new Set(Object.values(sets).flat());
  const listed = [];
  for (const storeName of Object.keys(packages).sort()) {
    const entries = await listEntries(mounts.get(storeName)!, work);
    listed.push({ storeName, name: packages[storeName]!.name, asked: asked.has(storeName), entries });
  }
  const plan = planView(listed);
  for (const path of plan.folders) folderAt(view, path, time);
  for (const { path, storeName } of plan.links) {
    const slash = path.lastIndexOf('/');
    const folder = slash < 0 ? view : folderAt(view, path.slice(0, slash), time);
    const target = byteTextOf(`${root}/store/${storeName}/${path}`);
    folder.children.set(byteTextOf(path.slice(slash + 1)), { kind: 'symlink', mtime: time, target });
  }
}

function folderAt(top: FolderNode, path: string, time: number): FolderNode {
  return path.split('/').reduce((folder, part) => enter(folder, byteTextOf(part), time), top);
}

async function listEntries(mount: MountNode, work: RevisionWork): Promise<ViewEntry[]> {
  const entries: ViewEntry[] = [];
  for await (const { path, node } of walkTree(mount, '' as ByteText, work)) {
    const type =
      node.kind === 'folder' || node.kind === 'mount' ? 'directory' : node.kind === 'symlink' ? 'symlink' : 'file';
    entries.push({ path: readableText(path).slice(1), type });
  }
  return entries;
}
