import { FarmError } from '../../core/farm-error.ts';

/** The name of an image and a tag: `nova/full`, `2026.1`. */
export interface ImageName {
  readonly name: string;
  readonly tag: string;
}

/** OCI distribution specification 1.1, "Pulling manifests". */
const nameForm = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const tagForm = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;
const longestName = 200;

/** Parses `name:tag`; without a tag it is `fallbackTag`.
 * @throws NAME_INVALID for what registries refuse */
export function parseImageName(text: string, fallbackTag: string): ImageName {
  const colon = text.lastIndexOf(':');
  const [name, tag] = colon < 0 ? [text, fallbackTag] : [text.slice(0, colon), text.slice(colon + 1)];
  return { name: checkImageName(name), tag: checkTag(tag) };
}

/** Gives a name back that registries take.
 * @throws NAME_INVALID */
export function checkImageName(name: string): string {
  if (nameForm.test(name) && name.length <= longestName) return name;
  throw new FarmError(
    'NAME_INVALID',
    `Cannot use "${name.slice(0, 300)}" as the name of an image: registries refuse it`,
    {
      hint: `Such a name has lower-case letters and digits, with single ".", "_", "-" or "/" between them, and at most ${longestName} characters`,
    },
  );
}

/** Gives a tag back that registries take.
 * @throws NAME_INVALID */
export function checkTag(tag: string): string {
  if (tagForm.test(tag)) return tag;
  throw new FarmError(
    'NAME_INVALID',
    `Cannot use "${tag.slice(0, 200)}" as the tag of an image: registries refuse it`,
    {
      hint: 'A tag has letters, digits, ".", "_" and "-", at most 128, and begins with none of the last two',
    },
  );
}
