import { FarmError } from '../core/farm-error.ts';
import type { BuildTask } from './build-task.ts';
import { extractSource } from './sources/extract-source.ts';

/** Unpacks the sources of a plan below a folder, each where the plan says. */
export async function unpackSources(task: Pick<BuildTask, 'plan' | 'sources'>, folder: string): Promise<void> {
  for (const source of task.plan.sources) {
    const found = task.sources.find(({ digest }) => digest === source.digest);
    if (found === undefined) throw new FarmError('UNEXPECTED', `Cannot unpack "${source.file}": it was not fetched`);
    await extractSource({ ...found, file: source.file }, { root: folder, into: source.into });
  }
}
