import { type ComposedImage, composeIndex } from '../../image/oci/compose-image.ts';
import { checkImageName, checkTag } from '../../image/oci/image-name.ts';
import type { ImageText } from '../../image/oci/image-place.ts';
import { imageAnnotations } from '../../image/oci/image-types.ts';
import { parsePlatform } from '../../model/platform.ts';
import type { StackImage } from '../../model/publish.ts';
import {
  checkSize,
  makePlatformImage,
  type PlatformPlan,
  planPlatformImage,
  releaseAnnotations,
} from './make-platform-image.ts';
import {
  choosePlatforms,
  findImageRelease,
  findStackImage,
  type ImageRelease,
  type ImageSetting,
} from './with-images.ts';

/** Which image is to be made of which release, and within which limits. */
export interface ImageSelection {
  /** As the stack file names it; may be absent where it describes only one. */
  readonly name?: string;
  /** A release, or a channel for the one that it leads to. */
  readonly release: string;
  /** Those of the stack file, or of the release, without any. */
  readonly platforms: readonly string[];
  /** `fat` has the packages, `thin` leads to them in CVMFS; what the stack file says when absent. */
  readonly forms?: readonly ('fat' | 'thin')[];
  /** A tag in place of the release's name. */
  readonly tag?: string;
  readonly maxLayers?: number;
  /** Bytes. */
  readonly maxSize?: number;
  /** Take what the base's name leads to now, not what images.lock says. */
  readonly updateBase: boolean;
  /** Plan the layers as if there had been no image before. */
  readonly fresh: boolean;
}

/** An image that was made and is nowhere yet: several platforms that go by the same tags. */
export interface ImageFamily {
  readonly form: 'fat' | 'thin';
  readonly tags: readonly string[];
  readonly index: ImageText;
  readonly members: readonly { readonly plan: PlatformPlan; readonly image: ComposedImage }[];
}

/** Everything that is made of one image and one release. */
export interface ImageFamilies {
  readonly image: StackImage;
  readonly release: ImageRelease;
  readonly families: readonly ImageFamily[];
}

/** Makes the images of a release, without putting them anywhere. The same release, stack file and images.lock give the same bytes.
 * @param places registries that may have the packages
 * @throws IMAGE_NOT_FOUND, IMAGE_TOO_LARGE, NAME_INVALID, RELEASE_NOT_FOUND, RELEASE_WITHDRAWN, PLATFORM_INVALID, BASE_UNSUITABLE, BASE_UNAVAILABLE, PACKAGE_NOT_FOUND, PACKAGE_DAMAGED, DISK_FULL */
export async function composeImages(
  selection: ImageSelection,
  places: readonly string[],
  setting: ImageSetting,
): Promise<ImageFamilies> {
  const image = findStackImage(setting.farm, selection.name);
  checkImageName(image.name);
  const release = await findImageRelease(selection.release, setting);
  const platforms = choosePlatforms(release.release, image, selection.platforms);
  const flavours = [...Map.groupBy(platforms, flavourOf)];
  const forms = selection.forms ?? (image.thin ? ['fat', 'thin'] : ['fat']);
  const families: ImageFamily[] = [];
  for (const [index, [flavour, members]] of flavours.entries()) {
    const plans = await planAll(members, { selection, image, release, places }, setting);
    for (const form of forms) {
      const tags = tagsOf({ selection, release, flavour, isFirst: index === 0, form });
      families.push(await composeFamily(plans, { form, tags, selection }, setting));
    }
  }
  return { image, release, families };
}

/** What a platform is beside its processor: an index cannot tell two such apart, so each flavour has tags of its own. */
function flavourOf(platform: string): string {
  const { features, os, compiler, buildType } = parsePlatform(platform);
  return [...features, os, `${compiler.name}${compiler.version}`, buildType].join('-').replaceAll(/[^\w.-]/g, '_');
}

async function planAll(
  platforms: readonly string[],
  about: Omit<Parameters<typeof planPlatformImage>[0], 'platform' | 'maxLayers' | 'updateBase' | 'fresh'> & {
    readonly selection: ImageSelection;
  },
  setting: ImageSetting,
): Promise<readonly PlatformPlan[]> {
  const { selection, ...rest } = about;
  const { updateBase, fresh } = selection;
  const maxLayers = selection.maxLayers ?? rest.image.maxLayers;
  const plans: PlatformPlan[] = [];
  for (const platform of platforms) {
    const plan = await planPlatformImage({ ...rest, platform, maxLayers, updateBase, fresh }, setting);
    const layers = plan.base.layers.length + plan.groups.length + 1;
    setting.context.emit({
      type: 'image.planned',
      image: rest.image.name,
      platform,
      packages: plan.packages.length,
      layers,
    });
    plans.push(plan);
  }
  return plans;
}

async function composeFamily(
  plans: readonly PlatformPlan[],
  {
    form,
    tags,
    selection,
  }: { readonly form: 'fat' | 'thin'; readonly tags: readonly string[]; readonly selection: ImageSelection },
  setting: ImageSetting,
): Promise<ImageFamily> {
  const members = [];
  for (const plan of plans) {
    const image = await makePlatformImage(plan, form, setting);
    checkSize(image, { name: plan.image.name, most: selection.maxSize ?? plan.image.maxSize });
    members.push({ plan, image });
  }
  const [{ image, release }] = plans as [PlatformPlan];
  const annotations = { ...releaseAnnotations(image, release, setting.farm.stack.farm), [imageAnnotations.form]: form };
  const index = composeIndex(
    members.map((member) => member.image),
    annotations,
  );
  return { form, tags, index, members };
}

/** The first flavour goes by the release's name alone, too, and by the channel's that it was asked for by. */
function tagsOf(about: {
  readonly selection: ImageSelection;
  readonly release: ImageRelease;
  readonly flavour: string;
  readonly isFirst: boolean;
  readonly form: 'fat' | 'thin';
}): readonly string[] {
  const { selection, release, flavour, isFirst, form } = about;
  const stems = [
    selection.tag ?? release.release.name,
    ...(release.channel === undefined || selection.tag !== undefined ? [] : [release.channel]),
  ];
  const ending = form === 'thin' ? '-thin' : '';
  const own = `${stems[0]}-${flavour}${ending}`;
  return [...(isFirst ? stems.map((stem) => `${stem}${ending}`) : []), own].map(checkTag);
}
