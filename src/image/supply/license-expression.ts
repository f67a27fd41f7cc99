/** A licence as a bill of materials states it. */
export interface LicenseExpression {
  /** A valid SPDX expression; what is on SPDX's list nowhere is a `LicenseRef-`. */
  readonly expression: string;
  /** The identifier, when the expression is one from SPDX's list and nothing else. */
  readonly id?: string;
  /** Licences that are not on the list, by the identifier that they have in the expression; the value is what the recipe says. */
  readonly others: ReadonlyMap<string, string>;
}

const termForm = /^[A-Za-z0-9.-]+\+?$/;

/** Reads a licence of a recipe (SPDX specification 2.3, annex D); identifiers that SPDX does not know become references, so that the result is valid whatever a recipe says.
 * @param isKnown whether an identifier is on SPDX's list */
export function readLicense(text: string, isKnown: (id: string) => boolean): LicenseExpression {
  const others = new Map<string, string>();
  const refer = (word: string) => {
    const id = `LicenseRef-${word.replace(/^LicenseRef-/, '').replaceAll(/[^A-Za-z0-9.-]+/g, '-') || 'unknown'}`;
    others.set(id, word);
    return id;
  };
  const words = text.match(/[()]|[^\s()]+/g) ?? [];
  if (!isWellFormed(words)) {
    const whole = text.trim();
    return { expression: refer(whole === '' ? 'unknown' : whole), others };
  }
  const said = words.map((word, index) => {
    if (/^([()]|AND|OR|WITH)$/.test(word)) return word;
    if (words[index - 1] === 'WITH') return word;
    return isKnown(word.replace(/\+$/, '')) ? word : refer(word);
  });
  const expression = said.join(' ').replaceAll('( ', '(').replaceAll(' )', ')');
  return { expression, ...(words.length === 1 && isKnown(words[0]!) ? { id: words[0]! } : {}), others };
}

/** Terms with operators between them, and parentheses in pairs: what becomes one term when parts of it are put together again and again. */
function isWellFormed(words: readonly string[]): boolean {
  const letters: Readonly<Record<string, string>> = { '(': '(', ')': ')', AND: 'o', OR: 'o', WITH: 'w' };
  let form = words.map((word) => letters[word] ?? (termForm.test(word) ? 'T' : '?')).join('');
  for (let before = ''; before !== form; ) {
    before = form;
    form = form.replace(/TwT|ToT|\(T\)/, 'T');
  }
  return form === 'T';
}
