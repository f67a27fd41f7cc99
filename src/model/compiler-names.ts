/** The compilers that a spec can name behind `%`, each with the other names under which the field knows it.
 * `%` with any other name asks for a direct dependency. */
const compilers: Readonly<Record<string, readonly string[]>> = {
  aocc: [],
  'apple-clang': ['appleclang'],
  arm: ['acfl'],
  cce: [],
  clang: ['llvm'],
  dpcpp: [],
  fj: [],
  gcc: [],
  intel: ['intel-oneapi-compilers-classic'],
  msvc: [],
  nag: [],
  nvhpc: [],
  oneapi: ['intel-oneapi-compilers'],
  pgi: [],
  rocmcc: ['llvm-amdgpu'],
  xl: ['xl_r', 'xlc', 'xlc_r'],
};

const nameOf = new Map(
  Object.entries(compilers).flatMap(([name, others]) => [name, ...others].map((any) => [any, name] as const)),
);

/** The one name that binfarm has for a compiler (`llvm` is `clang`); undefined where the name is not a compiler's. */
export function compilerNameOf(name: string): string | undefined {
  return nameOf.get(name);
}
