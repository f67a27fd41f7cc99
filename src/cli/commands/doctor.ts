import { checkMachine, type Finding } from '../../app/farm/check-machine.ts';
import { openFarm } from '../../app/farm/open-farm.ts';
import { isFarmError } from '../../core/farm-error.ts';
import { formatCount } from '../../core/format-quantity.ts';
import { defineCommand } from '../command.ts';
import type { CommandContext } from '../command-context.ts';
import type { Style } from '../style.ts';

/** `binfarm doctor`: what is not well on this machine and in this farm, and what to do about it. */
export const command = defineCommand({
  changes: false,
  about:
    'Inside a farm folder it looks at the farm too. The exit code is 1 when something is wrong that would stop a build.',
  syntax: (syntax) => syntax,
  run: async (_request, context) => ({ findings: await findProblems(context) }),
  text: ({ findings }, style) => {
    const width = Math.max(...findings.map(({ subject }) => subject.length));
    const lines = findings.map((finding) => describeFinding(finding, width, style));
    return [...lines, '', summarize(findings)].join('\n');
  },
  exitCode: ({ findings }) => (findings.some(({ state }) => state === 'error') ? 1 : 0),
});

async function findProblems(context: CommandContext): Promise<readonly Finding[]> {
  try {
    return await checkMachine(await openFarm(context.farm(), context), undefined);
  } catch (error) {
    if (!isFarmError(error)) throw error;
    if (error.code === 'FARM_NOT_FOUND' && error.details.named === undefined)
      return await checkMachine(undefined, undefined);
    const fix = error.hint === undefined ? {} : { fix: error.hint };
    return await checkMachine(undefined, { subject: 'farm', state: 'error', says: error.message, ...fix });
  }
}

function describeFinding({ subject, state, says, fix }: Finding, width: number, style: Style): string {
  const sign = { ok: style.good('✓'), warning: style.warn('!'), error: style.bad('✗') }[state];
  const line = `${sign} ${subject.padEnd(width)}  ${says}`;
  return fix === undefined ? line : `${line}\n  ${' '.repeat(width)}  ${style.good('do:')} ${fix}`;
}

function summarize(findings: readonly Finding[]): string {
  const count = (state: Finding['state']) => findings.filter((finding) => finding.state === state).length;
  if (count('error') + count('warning') === 0) return 'All is well.';
  return `${formatCount(count('error'), 'error')}, ${formatCount(count('warning'), 'warning')}.`;
}
