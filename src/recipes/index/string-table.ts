/** Numbers for distinct texts, in the order in which they are first asked for. */
export interface StringTable {
  readonly idOf: (text: string) => number;
  /** The texts, one behind the other, and where each begins; the last number is the end. */
  readonly bytes: () => { readonly text: Buffer; readonly offsets: Uint32Array };
}

/** Makes an empty table. */
export function createStringTable(): StringTable {
  const ids = new Map<string, number>();
  return {
    idOf: (text) => {
      const known = ids.get(text);
      if (known !== undefined) return known;
      ids.set(text, ids.size);
      return ids.size - 1;
    },
    bytes: () => {
      const offsets = new Uint32Array(ids.size + 1);
      let at = 0;
      let index = 0;
      for (const text of ids.keys()) {
        at += Buffer.byteLength(text);
        index += 1;
        offsets[index] = at;
      }
      return { text: Buffer.from([...ids.keys()].join('')), offsets };
    },
  };
}
