/** Bytes of a path or of a link's target as a text with one character for each byte. Names need not be UTF-8, and these texts sort as their bytes do. */
export type ByteText = string & { readonly __brand: 'ByteText' };

// biome-ignore lint/suspicious/noControlCharactersInRegex: the rule is about bytes above 0x7f
const onlyAscii = /^[\x00-\x7f]*$/;

/** The bytes of a text's UTF-8 form. */
export function byteTextOf(text: string): ByteText {
  return (onlyAscii.test(text) ? text : Buffer.from(text, 'utf8').toString('latin1')) as ByteText;
}

/** What node's functions for files take for a path, and databases for a text: the text itself where it is ASCII, else its bytes. */
export function rawOf(text: ByteText): string | Buffer {
  return onlyAscii.test(text) ? text : Buffer.from(text, 'latin1');
}

/** The text as people read it; bytes that are no UTF-8 become replacement characters. */
export function readableText(text: ByteText): string {
  return onlyAscii.test(text) ? text : Buffer.from(text, 'latin1').toString('utf8');
}

/** A byte text that is joined of others. */
export function joinBytes(folder: ByteText, name: ByteText): ByteText {
  return `${folder}/${name}` as ByteText;
}
