const telling = [
  /\bfatal error: /,
  /(^|[:\s])error: /i,
  /^CMake Error/,
  /undefined reference to /,
  /cannot find -l/,
  /^configure: error/i,
  /No rule to make target/,
  /Permission denied|Read-only file system|No space left on device/,
  /command not found|: not found$/,
  /^Traceback \(most recent call last\)/,
  /^\s*ERROR\b|^Error\b/,
  /No such file or directory/,
];

const noise = /^make(\[\d+\])?: \*\*\*|checking |-Werror|errors? occurred!$|warning:/;

/** The first line of a build's output that says what went wrong; the last line of all when none does.
 * CMake's own message spans lines, so the one after its head is taken along. */
export function findFirstError(lines: readonly string[]): string {
  const index = lines.findIndex((line) => !noise.test(line) && telling.some((pattern) => pattern.test(line)));
  if (index < 0) return lines.findLast((line) => line.trim() !== '') ?? '(no output)';
  const line = lines[index]!.trim();
  const next = lines.slice(index + 1).find((text) => text.trim() !== '');
  return /^CMake Error/.test(line) && next !== undefined ? `${line} ${next.trim()}` : line;
}
