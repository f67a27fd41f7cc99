import { digestOf } from '../../../core/digest.ts';
import { isFarmError } from '../../../core/farm-error.ts';
import { mapLimit } from '../../../core/map-limit.ts';
import type { ImagePlace, ImageText } from '../../../image/oci/image-place.ts';
import type { Attachment } from '../../../image/supply/attachment.ts';
import { copyAttachments } from '../../../image/supply/copy-attachments.ts';
import {
  documentAttachments,
  type SigningOptions,
  signatureAttachment,
} from '../../../image/supply/format-attachments.ts';
import { formatProvenance, provenanceType } from '../../../image/supply/format-provenance.ts';
import { formatImageStatements } from '../../../image/supply/image-statements.ts';
import { loadPackageUrls } from '../../../image/supply/package-urls.ts';
import { putAttachments, putSimpleSignature, subjectOf } from '../../../image/supply/put-attachments.ts';
import { isSigned, verifyClaims } from '../../../image/supply/verify-claims.ts';
import type { SecretKey } from '../../../package/sign/key-file.ts';
import { readFarmKey } from '../../farm/farm-keys.ts';
import type { Farm } from '../../farm/open-farm.ts';
import type { ImageFamily } from '../compose-images.ts';
import type { ImageSetting } from '../with-images.ts';
import { contentsOf, describeContents } from './describe-contents.ts';

/** What is to be attached to an image, wherever it is put. */
export interface SupplyChain {
  readonly key: SecretKey;
  /** The manifests of all platforms and the index, each with what belongs to it. */
  readonly parts: readonly { readonly text: ImageText; readonly attachments: readonly Attachment[] }[];
}

/** Makes everything that is attached to an image: for each platform a signature, provenance, bills of materials, and what was signed of its packages; for the index a signature. The same image and key give the
 * same bytes.
 * @throws KEY_INVALID when the farm's key is not there; ARCHIVE_INVALID, DISK_FULL, and what looking for packages throws */
export async function composeSupplyChain(family: ImageFamily, setting: ImageSetting): Promise<SupplyChain> {
  const key = await readFarmKey(setting.farm);
  const urls = await loadPackageUrls();
  const parts: { text: ImageText; attachments: readonly Attachment[] }[] = [];
  for (const { plan, image } of family.members) {
    const contents = await contentsOf(plan, family.form, setting);
    const bills = await describeContents(contents);
    const parameters = {
      form: family.form,
      sets: plan.image.sets,
      base: plan.image.base,
      layers: image.layers.map(({ digest }) => digest),
    };
    const predicate = formatProvenance(contents, parameters, { urls, keyId: key.id });
    const statements = await collectStatements(family, plan, setting);
    const options: SigningOptions = { key, created: contents.created };
    const documents = { ...bills, provenance: { predicateType: provenanceType, predicate }, statements };
    const attachments = documentAttachments(documents, digestOf(image.manifest.text), options);
    parts.push({ text: image.manifest, attachments });
  }
  const created = family.members[0]!.plan.release.release.created.replace(/\.\d+Z$/, 'Z');
  const signature = signatureAttachment(digestOf(family.index.text), { key, created });
  return { key, parts: [...parts, { text: family.index, attachments: [signature] }] };
}

async function collectStatements(
  { form }: ImageFamily,
  { release, packages }: ImageFamily['members'][number]['plan'],
  { binhost }: ImageSetting,
): Promise<string> {
  const document = await binhost.getDocument('release', release.release.name);
  const contained = form === 'thin' ? [] : packages;
  const envelopes = contained.map(({ storeName, envelope }) => [storeName, envelope] as const);
  return formatImageStatements({ release: document?.envelope, packages: Object.fromEntries(envelopes) });
}

/** Attaches to an image what belongs to it, and signs it in the older layout, too; the image's manifests are there, its tags not yet. In an archive nothing can be attached.
 * @throws what the place throws */
export async function attachSupplyChain(place: ImagePlace, name: string, { key, parts }: SupplyChain): Promise<void> {
  if (place.takesNoAttachments) return;
  await mapLimit(parts, 2, async ({ text, attachments }) => {
    const subject = subjectOf(name, text);
    await putAttachments(place, subject, attachments);
    await putSimpleSignature(place, subject, key);
  });
}

/** Copies what is attached to an image along with it. Under its new name it is signed anew in the older layout, which names the repository, when this farm has signed it before.
 * @param texts the index and the manifests of the image
 * @throws what the places throw */
export async function copySupplyChain(
  from: ImagePlace,
  to: ImagePlace,
  { name, texts, farm }: { readonly name: string; readonly texts: readonly ImageText[]; readonly farm: Farm },
): Promise<void> {
  if (to.takesNoAttachments) return;
  const key = await readOwnKey(farm);
  for (const text of texts) {
    const subject = subjectOf(name, text);
    await copyAttachments(from, to, subject);
    if (key === undefined) continue;
    const { digest } = subject.descriptor;
    if (isSigned(await verifyClaims(from, { name, subject: digest }, [key.public])))
      await putSimpleSignature(to, subject, key);
  }
}

/** The farm's key, where this is not a copy of the farm without it. */
async function readOwnKey(farm: Farm): Promise<SecretKey | undefined> {
  try {
    return await readFarmKey(farm);
  } catch (error) {
    if (isFarmError(error, 'KEY_INVALID')) return undefined;
    throw error;
  }
}
