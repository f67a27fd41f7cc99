import type { Ledger } from '../../ledger/open-ledger.ts';

/** How many builds the rates are taken from. */
const remembered = 2000;

/** How often packages of a platform change, as the farm remembers: by name, the share of the rounds (builds of anything, on as many days) in which a package was built anew. */
export async function readChangeRates(ledger: Ledger, platform: string): Promise<ReadonlyMap<string, number>> {
  const builds = (await ledger.listBuilds({ platform, limit: remembered })).filter(
    ({ verdict }) => verdict === 'built',
  );
  const rounds = new Set(builds.map(({ startedAt }) => startedAt.slice(0, 10))).size;
  const byName = Map.groupBy(builds, ({ name }) => name);
  // the first build of a package is no change
  const rateOf = (hashes: number) => Math.round((Math.min(hashes - 1, rounds) / Math.max(1, rounds)) * 1000) / 1000;
  return new Map([...byName].map(([name, all]) => [name, rateOf(new Set(all.map(({ buildHash }) => buildHash)).size)]));
}
