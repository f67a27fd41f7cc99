const quote = 0x22;
const comma = 0x2c;
const backslash = 0x5c;
const openings: ReadonlySet<number> = new Set([0x5b, 0x7b]);
const closings: ReadonlySet<number> = new Set([0x5d, 0x7d]);

/** Deeper than any of binfarm's formats. */
const mostDepth = 64;

/** Parses JSON from strangers. A text of a few megabytes can hold so many empty lists that they fill the memory, so what it holds is counted before it is parsed.
 * Gives undefined for a text that is no JSON, has more than `mostValues` values, or is nested more than 64 deep. */
export function parseJsonWithin(text: string, mostValues: number): unknown {
  if (!isWithin(text, mostValues)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** True when a text, if it is JSON, has no more values than that, keys not counted, and is not nested too deep. */
export function isWithin(text: string, mostValues: number): boolean {
  let values = 1;
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text.charCodeAt(at);
    if (character === quote) {
      at = endOfString(text, at);
    } else if (character === comma) {
      values++;
    } else if (openings.has(character)) {
      values++;
      depth++;
    } else if (closings.has(character)) {
      depth--;
    }
    if (values > mostValues || depth > mostDepth) return false;
  }
  return true;
}

function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let slashes = end;
    while (text.charCodeAt(slashes - 1) === backslash) slashes--;
    if ((end - slashes) % 2 === 0) return end;
  }
  return text.length;
}
