import type { ReplacedPackage } from '../../app/release/patch/check-patch.ts';
import type { PatchReleaseResult } from '../../app/release/patch-release.ts';
import { formatCount } from '../../core/format-quantity.ts';
import type { Style } from '../style.ts';

const mostNames = 8;

/** How the result of a patch reads below the notes of its release: what the new packages offer, what is doubtful, what was tested. */
export function patchReportText({ release, report, tests, digest }: PatchReleaseResult, style: Style): string[] {
  const warnings = [...report.compiledIn, ...report.doubtful].map(({ dependant, file, says }) => {
    return `${style.warn('!')} ${file === undefined ? dependant : `${dependant}: ${file}`} ${says}`;
  });
  const untested =
    tests?.untested.map(({ platform, reason }) => `${style.warn('!')} ${platform}: not tested. ${reason}`) ?? [];
  const passed = tests === undefined ? [] : [`The tests of ${formatCount(tests.passed, 'package')} pass with it.`];
  return [
    ...new Set(report.replaced.flatMap(replacedLines)),
    ...warnings,
    ...untested,
    ...passed,
    digest === undefined ? 'Verified; nothing was written.' : `Verified and signed: ${style.faint(digest)}`,
    ...(digest === undefined ? [] : [`Next: ${style.name(`binfarm release announce ${release.name}`)}`]),
  ];
}

function replacedLines({ name, libraries, changedHeaders }: ReplacedPackage): string[] {
  const lines = libraries.map(({ library, added, removed, whole }) => {
    if (whole !== undefined)
      return `${name}: ${library} is ${whole === 'added' ? 'new' : 'gone, and nothing needs it'}`;
    const parts = [
      ...(added.length === 0 ? [] : [`${added.length} new (${namesText(added)})`]),
      ...(removed.length === 0 ? [] : [`${removed.length} gone and unused (${namesText(removed)})`]),
    ];
    return `${name}: symbols of ${library}: ${parts.join(', ')}`;
  });
  const headers =
    changedHeaders === 0
      ? []
      : [`${name}: ${formatCount(changedHeaders, 'header')} changed; what others compiled from them stays as it was`];
  return [...(lines.length === 0 ? [`${name}: the libraries offer what they did`] : lines), ...headers];
}

function namesText(names: readonly string[]): string {
  return [...names.slice(0, mostNames), ...(names.length > mostNames ? ['...'] : [])].join(', ');
}
