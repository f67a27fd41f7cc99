import { Option } from '@commander-js/extra-typings';
import type { RepositoryChoice } from '../app/cvmfs/with-repository.ts';
import { collect } from './lock-options.ts';

/** What the argument for a CVMFS repository means. */
export const locationMeaning = 'the repository: a folder or an http(s) address that has .cvmfspublished';

/** The keys that are believed; without one nothing is read. */
export const keyOption = new Option(
  '--key <file>',
  'the repository’s .pub file, with its master key; may be given several times',
)
  .argParser(collect)
  .makeOptionMandatory();

/** Refuses another repository than the one that is meant. */
export const nameOption = new Option('--name <name>', 'fail unless the repository has this name');

/** Goes through the cache of a site. */
export const proxyOption = new Option(
  '--proxy <address>',
  'ask through a caching proxy: http://squid.example.org:3128',
);

/** Reads an earlier revision. */
export const tagOption = new Option('--tag <tag>', 'the revision of this tag (default: the current one)');

/** The repository that arguments and options choose. */
export function choiceOf(
  location: string,
  options: {
    readonly key: readonly string[];
    readonly name?: string | undefined;
    readonly proxy?: string | undefined;
    readonly tag?: string | undefined;
  },
  folder: string,
): RepositoryChoice {
  const { key: keys, name, proxy, tag } = options;
  return {
    location,
    folder,
    keys,
    ...(name === undefined ? {} : { name }),
    ...(proxy === undefined ? {} : { proxy }),
    ...(tag === undefined ? {} : { tag }),
  };
}
