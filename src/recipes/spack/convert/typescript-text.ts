/** A text as a literal of TypeScript, in single quotes. */
export function quote(text: string): string {
  const escaped = text.replace(/[\\'\n\r\u2028\u2029]/g, (character) => escapes[character] ?? `\\${character}`);
  return `'${escaped}'`;
}

const escapes: Readonly<Record<string, string>> = {
  '\n': '\\n',
  '\r': '\\r',
  '\u2028': '\\u2028',
  '\u2029': '\\u2029',
};

/** A part of a word for a command line: characters, or an expression of TypeScript. */
export type WordPart = string | { readonly code: string };

/** The expression of TypeScript that joins the parts of a word. */
export function wordOf(parts: readonly WordPart[]): string {
  const joined: WordPart[] = [];
  for (const part of parts) {
    const last = joined.at(-1);
    if (typeof part === 'string' && typeof last === 'string') joined[joined.length - 1] = last + part;
    else joined.push(part);
  }
  if (joined.every((part) => typeof part === 'string')) return quote(joined.join(''));
  const [only] = joined;
  if (joined.length === 1 && typeof only === 'object') return only.code;
  return `\`${joined.map((part) => (typeof part === 'string' ? templateText(part) : `\${${part.code}}`)).join('')}\``;
}

function templateText(text: string): string {
  return text.replace(/[\\`]|\$(?=\{)/g, '\\$&').replace(/\n/g, '\\n');
}

/** A key of an object literal, quoted where it has to be. */
export function keyText(name: string): string {
  return /^[A-Za-z_]\w*$/.test(name) ? name : quote(name);
}

/** A comment that `binfarm recipe check` takes as work to be done. */
export function todo(text: string): string {
  return `// TODO: ${text.replace(/\s+/g, ' ').trim()}`;
}
