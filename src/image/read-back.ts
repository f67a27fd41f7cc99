import { lstatSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digestOf } from '../core/digest.ts';
import { runProcess } from '../core/run-process.ts';
import type { RootEntry, RootFile, RootLayer } from './root-tree.ts';

/** What the tests of this layer find at a path of a file system that was unpacked; a line of text, so that differences are easy to read. */
export type FoundTree = Readonly<Record<string, string>>;

/** Unpacks a squashfs file system with `unsquashfs`, and describes all that is in it, by path: kind, mode, time, and the digest of its content or where it leads. */
export async function readBack(image: string, offset = 0): Promise<FoundTree> {
  const folder = mkdtempSync(join(tmpdir(), 'binfarm-squashfs-'));
  try {
    const into = join(folder, 'root');
    const argv = ['unsquashfs', '-no-progress', '-quiet', '-o', String(offset), '-dest', into, image];
    const { exitCode, stdout, stderr } = await runProcess(argv, { timeoutSeconds: 300 });
    if (exitCode !== 0 || stderr !== '') throw new Error(`unsquashfs ended with ${exitCode}: ${stdout}${stderr}`);
    return describeFolder(into);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function describeFolder(folder: string): FoundTree {
  const found: Record<string, string> = { '': describe(folder, statSync(folder)) };
  for (const entry of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    found[entry] = describe(join(folder, entry), lstatSync(join(folder, entry)));
  }
  return found;
}

function describe(path: string, stat: ReturnType<typeof statSync> & object): string {
  const time = Math.floor(Number(stat.mtimeMs) / 1000);
  const mode = (Number(stat.mode) & 0o7777).toString(8);
  if (stat.isSymbolicLink()) return `symlink ${time} ${readlinkSync(path)}`;
  if (stat.isDirectory()) return `directory ${mode} ${time}`;
  return `file ${mode} ${time} ${stat.nlink} ${digestOf(readFileSync(path))}`;
}

/** How `readBack` describes a folder. */
export function foundDirectory(mode: number, time: number): string {
  return `directory ${mode.toString(8)} ${time}`;
}

/** How `readBack` describes a file. */
export function foundFile(content: Buffer | string, file: { mode?: number; time: number; links?: number }): string {
  return `file ${(file.mode ?? 0o644).toString(8)} ${file.time} ${file.links ?? 1} ${digestOf(content)}`;
}

/** How `readBack` describes a symbolic link. */
export function foundSymlink(target: string, time: number): string {
  return `symlink ${time} ${target}`;
}

/** A layer of the entries. */
export function layerOf(...entries: readonly RootEntry[]): RootLayer {
  return { name: 'a sample', entries: () => entries };
}

/** An entry for a file in memory. */
export function fileOf(path: string, content: string | Buffer, more: Partial<RootFile> = {}): RootFile {
  const bytes = Buffer.from(content);
  return { type: 'file', path, mode: 0o644, size: bytes.length, content: bytes, ...more };
}

/** The same content, in parts of these sizes over and over. */
export function inParts(content: Buffer, ...sizes: readonly number[]): RootFile['content'] {
  return async function* () {
    for (let at = 0, turn = 0; at < content.length; turn++) {
      const size = sizes[turn % sizes.length] ?? content.length;
      yield content.subarray(at, at + size);
      at += size;
    }
  };
}
