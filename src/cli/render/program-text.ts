import type { InstalledProgram } from '../../app/bootstrap/install-program.ts';
import type { UpdateAreaResult } from '../../app/bootstrap/update-area.ts';

/** Says what became of the binfarm of an area, where something did. */
export function programLines(program: UpdateAreaResult['binfarm']): readonly string[] {
  if (program === undefined || program.state === 'kept') return [];
  return [program.state === 'failed' ? `binfarm itself stays as it is: ${program.problem}` : programLine(program)];
}

/** Says where the binfarm of an area is, and whether it is new. */
export function programLine({ state, version, path }: InstalledProgram): string {
  const says = { made: 'is in place', renewed: 'is renewed', kept: 'is in place already' }[state];
  return `binfarm ${version} ${says}: ${path}`;
}
