import type { LockedPackage, VariantValue } from '../../model/lock.ts';
import type { SolveRequest } from '../solve-types.ts';

/** What of an earlier solution is to stay, ready to be looked up. */
export interface KeptSolution {
  /** By key; those that may move and those of the base left out. */
  readonly packages: ReadonlyMap<string, LockedPackage>;
  /** The package that stood in for a virtual, by the virtual's name. */
  readonly providers: ReadonlyMap<string, string>;
  /** Names of the packages that are to move. */
  readonly moving: ReadonlySet<string>;
}

/** Reads what of an earlier solution is to stay. */
export function readKept({ keep, move = [] }: SolveRequest): KeptSolution {
  const moving = new Set<string>(keep === undefined ? [] : move);
  const staying = Object.entries(keep?.packages ?? {}).filter(([, { name }]) => !moving.has(name));
  const providers = new Map<string, string>();
  for (const [, { name, reasons }] of staying) {
    for (const { asks } of reasons) {
      const asked = /^[a-z0-9][a-z0-9_.-]*/.exec(asks)?.[0];
      if (asked !== undefined && asked !== name) providers.set(asked, name);
    }
  }
  return { packages: new Map(staying.filter(([, { external }]) => external === undefined)), providers, moving };
}

/** A variant's value as a lock has it, as a list. */
export function valuesOf(value: VariantValue): readonly string[] {
  if (typeof value === 'boolean') return [String(value)];
  return typeof value === 'string' ? [value] : value;
}
