import type { Recipe } from '../loaded-recipe.ts';
import type { VersionDefinition } from '../recipe-definition.ts';

/** Something about where a recipe's sources come from. */
export interface SourceFault {
  readonly level: 'error' | 'warning';
  readonly says: string;
}

/** What is wrong with the addresses and checksums of a recipe's versions, as far as they tell it without being fetched. */
export function findSourceFaults({ definition }: Recipe): SourceFault[] {
  const { source, versions } = definition;
  if (typeof source === 'object' && 'git' in source) return addressFaults(source.git, 'git', /^(?:https?|ssh|file):$/);
  const faults: SourceFault[] = [];
  const owners = new Map<string, string>();
  for (const [version, entry] of Object.entries(versions)) {
    for (const address of addressesOf(version, entry, source)) {
      faults.push(...addressFaults(address, version, /^(?:https?|file):$/));
      faults.push(...sharedFaults(owners, address, `version ${version} has the address`, version));
    }
    if (entry.sha256 !== undefined)
      faults.push(...sharedFaults(owners, entry.sha256, `version ${version} has the checksum`, version));
  }
  return faults;
}

function addressesOf(
  version: string,
  entry: VersionDefinition,
  source: Recipe['definition']['source'],
): readonly string[] {
  if (entry.url !== undefined) return [entry.url].flat();
  if (typeof source !== 'function') return [];
  try {
    return [source(version)].flat();
  } catch {
    return [''];
  }
}

function addressFaults(address: string, version: string, protocols: RegExp): SourceFault[] {
  const url = URL.parse(address);
  if (url === null || !protocols.test(url.protocol))
    return [{ level: 'error', says: `of ${version}, "${address}" is no address` }];
  if (url.password !== '') return [{ level: 'error', says: `of ${version}, the address has a password in it` }];
  return url.protocol === 'http:'
    ? [{ level: 'warning', says: `of ${version}, the address is not https: ${address}` }]
    : [];
}

function sharedFaults(owners: Map<string, string>, value: string, says: string, version: string): SourceFault[] {
  const owner = owners.get(value);
  owners.set(value, owner ?? version);
  return owner === undefined || owner === version
    ? []
    : [{ level: 'error', says: `${says} of version ${owner}: ${value}` }];
}
