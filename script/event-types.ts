import { join } from 'node:path';
import { API, type Checker, SymbolFlags, type Type } from 'typescript/unstable/sync';

/** One kind of event, as the reference lists it. */
export interface EventType {
  readonly type: string;
  /** Names of the other fields; with `?` behind one that may be absent. */
  readonly fields: readonly string[];
  readonly meaning: string;
}

const top = join(import.meta.dirname, '..');
const unionFile = join(top, 'src/cli/render/cli-event.ts');

/** Every event that a command can emit, in alphabetical order, as the compiler sees the union `CliEvent`. */
export function eventTypes(): readonly EventType[] {
  const api = new API({ cwd: top });
  try {
    const project = api.updateSnapshot({ openProject: join(top, 'tsconfig.json') }).getProjects()[0]!;
    const { checker } = project;
    const module = checker.getSymbolAtLocation(project.program.getSourceFile(unionFile)!)!;
    const union = checker.getDeclaredTypeOfSymbol(checker.getMemberInModuleExports(module, 'CliEvent')!);
    const members = union.isUnionType() ? union.getTypes() : [union];
    return members.map((member) => describeEvent(member, checker)).toSorted((a, b) => (a.type < b.type ? -1 : 1));
  } finally {
    api.close();
  }
}

function describeEvent(event: Type, checker: Checker): EventType {
  const properties = checker.getPropertiesOfType(event);
  const tag = properties.find(({ name }) => name === 'type')!;
  const others = properties.filter((property) => property !== tag);
  return {
    type: String((checker.getTypeOfSymbol(tag) as unknown as { value: string }).value),
    fields: others.map(({ name, flags }) => `${name}${flags & SymbolFlags.Optional ? '?' : ''}`),
    meaning: tag.getDocumentationComment(checker).replaceAll('\n', ' '),
  };
}
