import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { digestOfFile } from '../../../core/digest.ts';
import { type Digest, parseDigest } from '../../../core/digest-text.ts';
import { translateFileError } from '../../../core/translate-file-error.ts';
import { bytePathOf, bytesOfPath } from './byte-path.ts';
import { listTree } from './list-tree.ts';

/** The digest by which a plan names a folder: of its listing, which has every path, what it is, whether it can be executed, and its content,
 * but no times and no owners; see `listTree` for what counts. For a single file it is the digest of the file.
 * @throws PATH_UNSAFE, PERMISSION_DENIED; ENOENT as it is */
export async function digestOfDirectory(path: string): Promise<Digest> {
  if ((await stat(path)).isFile()) return (await digestOfFile(path)).digest;
  const hash = createHash('sha256').update('binfarm.tree/1\n');
  const root = bytePathOf(path);
  try {
    for (const entry of await listTree(path)) {
      const fields: readonly (string | number)[] =
        entry.kind === 'file'
          ? [entry.executable ? 'program' : 'file', entry.path, await hexOfFile(`${root}/${entry.path}`)]
          : [entry.kind, entry.path, entry.kind === 'symlink' ? entry.target : ''];
      hash.update(`${fields.join('\0')}\0`, 'latin1');
    }
  } catch (error) {
    throw translateFileError(error, 'read', path);
  }
  return parseDigest(hash.digest('hex'));
}

async function hexOfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(bytesOfPath(path), { highWaterMark: 1 << 18 }))
    hash.update(chunk as Buffer);
  return hash.digest('hex');
}
