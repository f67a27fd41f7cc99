import type { Stats } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { dpkgStatus, provideRuntimeBase, type RuntimeBase } from '../../build/base/runtime-base.ts';
import { digestOf, digestOfFile } from '../../core/digest.ts';
import { hexOf } from '../../core/digest-text.ts';
import { formatCanonicalJson } from '../../core/json.ts';
import { makeFolder } from '../../core/make-folder.ts';
import { writeFileAtomic } from '../../core/write-file-atomic.ts';
import type { ImageLayer } from '../../image/oci/image-layer.ts';
import { imageTypes } from '../../image/oci/image-types.ts';
import { fileOrigin, keepLayer } from '../../image/oci/layer-cache.ts';
import { listTree } from '../../image/oci/list-tree.ts';
import { type LayerEntry, layerStyle, writeTreeLayer } from '../../image/oci/write-tree-layer.ts';
import type { ImageBase } from './image-base.ts';
import { readBaseFacts } from './read-base-facts.ts';
import type { ImageSetting } from './with-images.ts';

/** Folders at the top that only builds use. */
const buildFolders = new Set(['binfarm', 'binfarm-tools', 'relocated', 'work']);

/** Makes a base of the packages of this machine's distribution: one layer, made once for the same packages.
 * @throws BASE_UNAVAILABLE, TOOL_MISSING, DISK_FULL */
export async function makeMachineBase(
  os: string,
  libraries: readonly string[],
  { farm, cache, context }: ImageSetting,
): Promise<ImageBase> {
  const packages = runtimeOnly(farm.stack.externals.flatMap((external) => external.packages));
  const provide = () => provideRuntimeBase({ os, libraries, packages }, { cache, emit: context.emit });
  const { id, title } = await identifyBase({ os, libraries, packages }, { cache, provide });
  const key = digestOf(formatCanonicalJson({ layout: 1, id, style: layerStyle }));
  const made = await keepLayer(cache, key, async (file) => writeTreeLayer(file, await listEntries(await provide())));
  const layer: ImageLayer = {
    ...fileOrigin(made.path, made),
    kind: 'base',
    mediaType: imageTypes.zstdLayer,
    diffId: made.diffId,
    annotations: made.annotations,
    title,
    packages: [],
    origins: [],
  };
  return { name: os, digest: made.digest, layers: [layer], facts: await readBaseFacts([layer], cache) };
}

const identitySchema = v.strictObject({ id: v.string(), title: v.string() });

/** Finds out which base is meant. It follows from what dpkg says is installed; to work it out anew takes longer than the rest of an image. */
async function identifyBase(
  request: { readonly os: string; readonly libraries: readonly string[]; readonly packages: readonly string[] },
  { cache, provide }: { readonly cache: string; readonly provide: () => Promise<RuntimeBase> },
): Promise<v.InferOutput<typeof identitySchema>> {
  const status = await digestOfFile(dpkgStatus).then(
    ({ digest }) => digest,
    () => undefined, // what is wrong is told by who makes the base
  );
  const folder = join(cache, 'image-bases');
  const path = join(folder, `${hexOf(digestOf(formatCanonicalJson({ machine: 1, ...request, status })))}.json`);
  const known = v.safeParse(identitySchema, parse(await readFile(path, 'utf8').catch(() => '')));
  if (known.success && status !== undefined) return known.output;
  const runtime = await provide();
  const identity = { id: runtime.id, title: `${request.os}: ${runtime.packages.join(' ')}` };
  await makeFolder(folder);
  await writeFileAtomic(path, formatCanonicalJson(identity));
  return identity;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Externals are mostly tools of builds; of those, an image needs none. */
function runtimeOnly(packages: readonly string[]): readonly string[] {
  const buildTools = new Set([
    'autoconf',
    'automake',
    'cmake',
    'libtool',
    'm4',
    'make',
    'ninja-build',
    'pkgconf',
    'pkg-config',
    'tcl',
    'bison',
    'flex',
  ]);
  return packages.filter((name) => !buildTools.has(name));
}

async function listEntries({ directory, status }: RuntimeBase): Promise<readonly LayerEntry[]> {
  const entries = await listTree(directory, { place: '', isWanted: (path) => !buildFolders.has(path), modeOf });
  const own = new Map(systemEntries(status).map((entry) => [entry.path, entry]));
  return [...entries.filter(({ path }) => !own.has(path)), ...own.values()];
}

/** Set-user-id bits are for systems with users. */
function modeOf(path: string, stats: Stats): number {
  if (stats.isDirectory()) return folderMode(path);
  return (stats.mode & 0o111) === 0 ? 0o644 : 0o755;
}

function folderMode(path: string): number {
  if (path === 'root') return 0o700;
  return path === 'tmp' || path === 'var/tmp' ? 0o1777 : 0o755;
}

/** What an installed system has that belongs to none of its packages. */
function systemEntries(status: string): readonly LayerEntry[] {
  const files = {
    'etc/passwd': 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n',
    'etc/group': 'root:x:0:\nnogroup:x:65534:\n',
    'etc/hosts': '127.0.0.1 localhost\n',
    'etc/nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files dns\n',
    'etc/profile':
      'if [ -d /etc/profile.d ]; then\n  for script in /etc/profile.d/*.sh; do\n    [ ! -r "$script" ] || . "$script"\n  done\n  unset script\nfi\n',
    'var/lib/dpkg/status': status,
  };
  const texts = Object.entries(files).map(
    ([path, text]): LayerEntry => ({ path, type: 'file', mode: 0o644, content: Buffer.from(text) }),
  );
  const folders = ['home', 'mnt', 'opt', 'srv', 'sys', 'etc/profile.d', 'var/cache', 'var/lib', 'var/log'];
  return [...texts, ...folders.map((path): LayerEntry => ({ path, type: 'directory', mode: 0o755 }))];
}
