import type { RootEntry, RootLayer } from '../root-tree.ts';

/** What is generated at a path: the text of a file (`executable` gives it mode 0755), the target of a symbolic link, or a folder. */
export type GeneratedContent =
  | { readonly text: string | Buffer; readonly executable?: true }
  | { readonly link: string }
  | { readonly folder: number };

/** Makes a layer of a few files that are in memory, by path. */
export function generatedLayer(name: string, contents: Readonly<Record<string, GeneratedContent>>): RootLayer {
  const entries = Object.entries(contents).map(([path, content]) => entryOf(path, content));
  return { name, entries: () => entries };
}

function entryOf(path: string, content: GeneratedContent): RootEntry {
  if ('folder' in content) return { type: 'directory', path, mode: content.folder };
  if ('link' in content) return { type: 'symlink', path, target: content.link };
  const bytes = Buffer.from(content.text);
  return { type: 'file', path, mode: content.executable ? 0o755 : 0o644, size: bytes.length, content: bytes };
}
