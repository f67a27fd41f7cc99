import { FarmError } from '../core/farm-error.ts';
import type { DocumentKind } from './binhost.ts';

/** A part of a repository's name (OCI distribution specification 1.1, "Pulling manifests"). */
const part = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;

const documentRepositories: Readonly<Record<DocumentKind, string>> = {
  release: 'releases',
  channel: 'channels',
  withdrawal: 'withdrawals',
  key: 'keys',
};

const programs = 'programs';

/** The repository that has binfarm's own executables: `nova/programs`. */
export function programRepository(farm: string): string {
  return `${farm}/${programs}`;
}

/** The repository that has a farm's packages of one name: `nova/hepmc3`.
 * @throws NAME_INVALID when it is no name for a repository, or one that is taken for documents */
export function packageRepository(farm: string, name: string): string {
  const wrong = [farm, name].find((item) => !part.test(item));
  if (wrong !== undefined) {
    throw new FarmError('NAME_INVALID', `Cannot use "${wrong}" in a binhost: it is no name of an OCI repository`, {
      hint: 'Such a name has lower-case letters and digits, with single ".", "_" or "-" between them',
    });
  }
  if (isDocumentRepository(name)) {
    throw new FarmError('NAME_INVALID', `Cannot keep a package "${name}" in a binhost: that name is for documents`);
  }
  return `${farm}/${name}`;
}

/** The repository that has a farm's documents of a kind: `nova/releases`. */
export function documentRepository(farm: string, kind: DocumentKind): string {
  return `${farm}/${documentRepositories[kind]}`;
}

/** True for the last part of a repository's name that has packages; what a stranger's registry tells may be anything. */
export function isPackageRepository(name: string): boolean {
  return part.test(name) && !isDocumentRepository(name);
}

function isDocumentRepository(name: string): boolean {
  return [...Object.values(documentRepositories), programs].includes(name);
}
