/** Flags and policy of a whole farm: `opt`, `dbg`, or one that the stack file describes. */
export interface BuildType {
  readonly name: string;
  /** Compiler flags for every language, separated by spaces: `-O2`. */
  readonly flags: string;
  /** What CMake is told as CMAKE_BUILD_TYPE. */
  readonly cmake: string;
}

/** The build types that need no description in the stack file. */
export const builtinBuildTypes: Readonly<Record<string, BuildType>> = {
  opt: { name: 'opt', flags: '-O2', cmake: 'Release' },
  dbg: { name: 'dbg', flags: '-Og -g', cmake: 'Debug' },
};
