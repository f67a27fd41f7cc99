import type { PlanStep } from '../model/plan.ts';

/** One action as a recipe writes it: a command as a list of words, or a step of the plan in full.
 * Relative paths are below the source folder in a build, and below the test's own folder in a test. */
export type Step = PlanStep | readonly string[];

/** Where the relative paths of steps lead, and where commands run that say nothing. */
export interface StepFolders {
  readonly base: string;
  readonly cwd: string;
}

/** Turns a step into the plan's form, with whole paths. */
export function planStepOf(step: Step, folders: StepFolders): PlanStep {
  if (isCommand(step)) return { do: 'run', argv: [...step], cwd: folders.cwd };
  const whole = (path: string) => (path.startsWith('@{') || path.startsWith('/') ? path : joined(folders.base, path));
  switch (step.do) {
    case 'run':
    case 'patch':
      return { ...step, cwd: whole(step.cwd ?? folders.cwd) };
    case 'copy':
      return { ...step, from: whole(step.from), to: whole(step.to) };
    case 'write':
    case 'edit':
    case 'remove':
      return { ...step, path: whole(step.path) };
  }
}

function isCommand(step: Step): step is readonly string[] {
  return Array.isArray(step);
}

function joined(base: string, path: string): string {
  const clean = path.replace(/^(\.\/)+|^\.$/, '');
  return clean === '' ? base : `${base}/${clean}`;
}
