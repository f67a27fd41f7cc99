import type { LockedPlatform } from '../../src/model/lock.ts';
import type { ExistingPackage } from '../../src/solve/solve-types.ts';

/** The packages of a solution as they would be in a binhost, each under its key. */
export function existingIn({ packages }: LockedPlatform): ExistingPackage[] {
  const isNeeded = ({ key, types }: { readonly key: string; readonly types: readonly string[] }) =>
    (types.includes('link') || types.includes('run')) && packages[key]?.external === undefined;
  return Object.entries(packages)
    .filter(([, { external }]) => external === undefined)
    .map(([id, { name, version, variants, dependencies }]) => ({
      id,
      name,
      version,
      variants,
      needs: dependencies.filter(isNeeded).map(({ key }) => ({ name: packages[key]!.name, id: key })),
    }));
}
