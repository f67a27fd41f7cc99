/** Generic levels of each processor family, from the one that all of its processors have to the most demanding;
 * the names are those that Spack gives to targets. */
const families: readonly (readonly string[])[] = [
  ['x86_64', 'x86_64_v2', 'x86_64_v3', 'x86_64_v4'],
  ['aarch64', 'armv8.1a', 'armv8.2a', 'armv8.3a', 'armv8.4a', 'armv8.5a', 'armv9.0a'],
  ['ppc64le', 'power8le', 'power9le', 'power10le'],
  ['ppc64', 'power7', 'power8', 'power9', 'power10'],
  ['riscv64', 'u74mc'],
];

/** The targets that a request such as `x86_64`, `x86_64_v2:` or `:x86_64_v3,aarch64:` names.
 * A processor outside the generic levels stands for itself alone, also with `:` behind it. */
export function expandTargets(request: string): ReadonlySet<string> {
  return new Set(request.split(',').flatMap(expandInterval));
}

function expandInterval(text: string): readonly string[] {
  const [low = '', high = low] = text.split(':', 2);
  const family = families.find((names) => names.includes(low === '' ? high : low)) ?? [low === '' ? high : low];
  const first = low === '' ? 0 : family.indexOf(low);
  const last = high === '' ? family.length - 1 : family.indexOf(high);
  return family.slice(first, last + 1);
}
