import * as v from 'valibot';

const most = { text: 1024, name: 128, revoked: 1000 };

const text = v.pipe(v.string(), v.maxLength(most.text));
const time = v.pipe(v.string(), v.isoTimestamp());
const name = v.pipe(v.string(), v.maxLength(most.name));
const id = v.pipe(v.string(), v.regex(/^[0-9a-f]{16}$/, 'is no id of a key'));

const keySchema = v.strictObject({
  id,
  /** PEM of SPKI. */
  key: text,
});

const revocationSchema = v.strictObject({
  ...keySchema.entries,
  name: v.optional(name),
  revoked: time,
  reason: text,
});

const cardSchema = v.strictObject({
  type: v.literal('key'),
  format: v.literal('binfarm.key/1'),
  farm: text,
  ...keySchema.entries,
  /** For people. */
  name,
  since: time,
  /** When the farm means to have another key; for people, who are warned before. */
  expires: v.optional(time),
  /** Grows by one with every change; whoever has seen a larger one refuses it. */
  serial: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
  published: time,
  /** The key that was this farm's before, for which this one vouches. */
  previous: v.optional(keySchema),
  /** The key that follows on this one; it has signed the card, too. */
  next: v.optional(keySchema),
  /** Keys that are not to be believed any more, whatever they have signed. */
  revoked: v.pipe(v.array(revocationSchema), v.maxLength(most.revoked)),
});

/** What a key says of itself and of others, signed by it: its name, the key that follows on it, and keys that are revoked. */
export type KeyCard = v.InferOutput<typeof cardSchema>;

/** That a key is not to be believed any more, since when and why. */
export type KeyRevocation = v.InferOutput<typeof revocationSchema>;

/** Finds what is wrong with a document that says it is a key's card; undefined when nothing is. */
export function parseKeyCard(value: unknown): { readonly card: KeyCard } | { readonly problem: string } {
  const result = v.safeParse(cardSchema, value, { abortEarly: true });
  if (result.success) return { card: result.output };
  const [issue] = result.issues;
  return { problem: `"${v.getDotPath(issue) ?? 'it'}" ${issue.message}` };
}
