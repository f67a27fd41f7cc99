import { isFarmError } from '../../core/farm-error.ts';
import { compilerNameOf } from '../../model/compiler-names.ts';
import { parseSpec } from '../../model/parse-spec.ts';
import type { Spec } from '../../model/spec.ts';

const name = String.raw`[A-Za-z0-9_][\w.-]*`;
const directDependency = new RegExp(String.raw`%\s*(?:\[[^\]]*\]\s*)?(?:${name}(?:,${name})*=)?(${name})(@\S+)?`, 'g');
const edge = new RegExp(String.raw`\^\s*(?:\[[^\]]*\]\s*)?(?:${name}(?:,${name})*=)?(?=${name})`, 'g');
const languages = new Set(['c', 'cxx', 'fortran']);

/** Parses a spec of a foreign recipe. What Spack says about single edges is read as what binfarm's model can hold of it:
 * `%cmake@3:` and `^[virtuals=mpi] mpich` are conditions on those packages (`^cmake@3:`, `^mpich`), `%c,cxx=gcc` is one on the compiler.
 * @throws SPEC_INVALID SPEC_UNSUPPORTED for what it cannot hold */
export function parseImportedSpec(text: string): Spec {
  try {
    return parseSpec(text);
  } catch (error) {
    if (!isFarmError(error, 'SPEC_UNSUPPORTED') && !isFarmError(error, 'SPEC_INVALID')) throw error;
    const rewritten = rewriteEdges(text);
    if (rewritten === text) throw error;
    return parseSpec(rewritten);
  }
}

function rewriteEdges(text: string): string {
  const compilers = new Set<string>();
  const ownEdges = text.replace(edge, '^').replace(directDependency, (all, target: string, versions = '') => {
    if (languages.has(target)) return all;
    const compiler = compilerNameOf(target);
    if (compiler === undefined) return ` ^${target}${versions}`;
    const condition = `%${compiler}${versions}`;
    const known = compilers.has(condition);
    compilers.add(condition);
    return known ? '' : ` ${condition}`;
  });
  return ownEdges.trim();
}
