import { FarmError } from '../../core/farm-error.ts';
import { formatPlatform } from '../../model/platform.ts';
import type { Farm } from '../farm/open-farm.ts';

/** The platform to install: the one that is asked for, or the first of the stack that is for this machine's processor; its first build type.
 * @throws PLATFORM_INVALID when the stack has none such */
export function pickPlatform(farm: Farm, asked: string | undefined): string {
  const arch = { x64: 'x86_64', arm64: 'aarch64' }[process.arch as string] ?? process.arch;
  const names = farm.stack.platforms.flatMap((platform) =>
    farm.stack.buildTypes.map((buildType) => formatPlatform({ ...platform, buildType: buildType.name })),
  );
  const fits = (name: string) =>
    asked === undefined ? name.startsWith(`${arch}-`) || name.startsWith(`${arch}+`) : name === asked;
  const found = names.find(fits);
  if (found !== undefined) return found;
  throw new FarmError('PLATFORM_INVALID', `Cannot install for "${asked ?? arch}": the stack is not built for it`, {
    hint: `The stack has ${names.join(', ')}`,
  });
}
