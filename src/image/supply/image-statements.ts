import * as v from 'valibot';
import { FarmError } from '../../core/farm-error.ts';
import { formatCanonicalJson } from '../../core/json.ts';
import { parseJsonWithin } from '../../core/parse-json-within.ts';

/** The type of the document that has what a farm signed of an image's packages. */
export const statementsType = 'application/vnd.binfarm.image-statements.v1+json';

/** What was signed before there was an image: the release, and each package by itself. With it, an image can be compared with what its farm said of every part, without any binhost. */
export interface ImageStatements {
  readonly format: 'binfarm.image-statements/1';
  /** The envelope of the release's document. */
  readonly release: unknown;
  /** By store name, the envelopes of the statements about packages. */
  readonly packages: Readonly<Record<string, unknown>>;
}

const schema = v.strictObject({
  format: v.literal('binfarm.image-statements/1'),
  release: v.looseObject({}),
  packages: v.record(v.string(), v.looseObject({})),
});

/** Formats the statements of an image; equal ones have equal bytes. */
export function formatImageStatements(statements: Omit<ImageStatements, 'format'>): string {
  return formatCanonicalJson({ format: 'binfarm.image-statements/1', ...statements });
}

/** Parses the statements of an image; envelopes in it are not believed yet.
 * @throws SIGNATURE_INVALID when it is something else */
export function parseImageStatements(json: string): ImageStatements {
  const parsed = v.safeParse(schema, parseJsonWithin(json, 1_000_000));
  if (parsed.success) return parsed.output;
  throw new FarmError('SIGNATURE_INVALID', 'Cannot trust the image: what is attached as signed statements is not that');
}
