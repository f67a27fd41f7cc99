import { copyFile, lstat, readFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { FarmError } from '../../core/farm-error.ts';
import { isThere } from '../../core/is-there.ts';
import { makeFolder } from '../../core/make-folder.ts';
import { translateFileError } from '../../core/translate-file-error.ts';
import { writeFileAtomic } from '../../core/write-file-atomic.ts';
import { nearestName } from '../../model/did-you-mean.ts';
import { parsePackageName } from '../../model/names.ts';
import { openIndex } from '../../recipes/index/open-index.ts';
import { convertRecipe } from '../../recipes/spack/convert/convert-recipe.ts';
import { readSpackPackage } from '../../recipes/spack/read-spack-package.ts';
import { createSpackReader } from '../../recipes/spack/spack-reader.ts';
import { filesIn, openSpackRepository } from '../../recipes/spack/spack-repository.ts';
import { machineName } from './import-spack.ts';
import { indexPath } from './index-files.ts';

/** Which recipe is written, from where, into which farm. */
export interface ConvertSpackRequest {
  readonly farm: string;
  readonly name: string;
  /** A checkout; that of the last import where nothing is said. */
  readonly directory?: string;
  readonly cache: string;
  readonly dryRun: boolean;
}

/** A recipe that was written, or would be. */
export interface ConvertSpackResult {
  readonly name: string;
  readonly files: readonly string[];
  /** Places that are left to be done by hand, marked TODO. */
  readonly todos: number;
  readonly text: string;
}

/** Writes a recipe in TypeScript into a farm, made from one of Spack; a recipe that is there stays as it is.
 * @throws RECIPE_UNKNOWN, RECIPE_INVALID, PATH_EXISTS, REPOSITORY_INVALID, INDEX_INVALID */
export async function convertSpackRecipe(request: ConvertSpackRequest): Promise<ConvertSpackResult> {
  const name = parsePackageName(request.name);
  const directory = request.directory ?? (await openIndex(indexPath(request.cache, 'spack'))).source;
  const repository = openSpackRepository(resolve(directory));
  const place = repository.packages.find((one) => one.name === name);
  if (place === undefined)
    throw unknown(
      name,
      repository.packages.map((one) => one.name),
      directory,
    );
  const read = readSpackPackage(place, createSpackReader(filesIn(repository.folder), { machine: machineName() }));
  if (read.read === undefined) {
    throw new FarmError('RECIPE_INVALID', `Cannot import recipe "${name}": ${read.imported.unread[0]?.reason}`, {
      place: { file: join(repository.folder, place.file) },
    });
  }
  const source = join(repository.folder, place.file);
  const lines = (await readFile(source, 'utf8')).split('\n');
  const { text, todos, patches } = convertRecipe({ ...read, read: read.read }, lines);
  const folder = join(request.farm, 'recipes', name);
  const file = join(folder, 'recipe.ts');
  if (await isThere(file)) {
    throw new FarmError('PATH_EXISTS', `Cannot write recipe "${file}": it is there already`, {
      hint: 'Move it away, or edit it by hand',
    });
  }
  const beside = await filterFiles(dirname(source), [...new Set(patches)]);
  if (!request.dryRun) {
    await makeFolder(folder);
    for (const patch of beside) await copyPatch(join(dirname(source), patch), join(folder, patch));
    await writeFileAtomic(file, text);
  }
  return { name, files: [file, ...beside.map((patch) => join(folder, patch))], todos, text };
}

/** The patches that are files beside the foreign recipe: it names them, so a path or a link could lead anywhere. */
async function filterFiles(folder: string, patches: readonly string[]): Promise<string[]> {
  const found = await Promise.all(
    patches.map(async (patch) => {
      const isFile = (await lstat(join(folder, patch)).catch(() => undefined))?.isFile() ?? false;
      return basename(patch) === patch && isFile ? [patch] : [];
    }),
  );
  return found.flat();
}

async function copyPatch(from: string, to: string): Promise<void> {
  await copyFile(from, to).catch((error: unknown) => {
    throw translateFileError(error, 'copy patch', from);
  });
}

function unknown(name: string, names: readonly string[], directory: string): FarmError {
  const near = nearestName(name, names);
  return new FarmError('RECIPE_UNKNOWN', `Cannot import recipe "${name}": "${directory}" has none of that name`, {
    ...(near !== undefined && { hint: `Did you mean "${near}"?` }),
  });
}
