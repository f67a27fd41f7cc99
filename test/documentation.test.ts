import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Node, SyntaxKind } from 'typescript/unstable/ast';
import { API } from 'typescript/unstable/sync';
import { referencePages } from '../script/reference-pages.ts';

const top = join(import.meta.dirname, '..');
const sources = globSync('src/**/*.ts', { cwd: top });
const limit = 300;

/** A statement as the compiler parses it, as far as this test looks at it. */
type Statement = Node & {
  readonly jsDoc?: readonly Node[];
  readonly modifiers?: readonly Node[];
  readonly exportClause?: Node;
};

interface Export {
  /** The file and the first line of the statement. */
  readonly where: string;
  readonly doc: string;
}

function readExports(): Export[] {
  const api = new API({ cwd: top });
  try {
    const project = api.updateSnapshot({ openProject: join(top, 'tsconfig.json') }).getProjects()[0];
    assert.ok(project, 'the compiler opens the project');
    const files = sources.filter((file) => !file.endsWith('.test.ts'));
    return files.flatMap((file) => {
      const source = project.program.getSourceFile(join(top, file));
      assert.ok(source, `${file} belongs to the project`);
      const statements = [...source.statements] as Statement[];
      return statements.filter(isExported).map((statement) => {
        const doc = statement.jsDoc?.at(-1);
        const start = doc?.end ?? statement.pos;
        return {
          where: `${file}: ${source.text.slice(start, statement.end).trim().split('\n')[0]}`,
          doc: doc === undefined ? '' : textOf(source.text.slice(doc.pos, doc.end)),
        };
      });
    });
  } finally {
    api.close();
  }
}

function isExported(statement: Statement): boolean {
  return statement.modifiers?.some(({ kind }) => kind === SyntaxKind.ExportKeyword) ?? false;
}

function textOf(comment: string): string {
  const inner = comment.trim().slice('/**'.length, -'*/'.length);
  return inner.replace(/^\s*\* ?/gm, '').trim();
}

const exported = readExports();

test('every export has a sentence that says what it is for', () => {
  assert.ok(exported.length > 50, 'the scan finds exports');
  const wrong = exported.filter(({ doc }) => !/^[`$\p{L}\p{N}].*?[.;:!?](\s|$)/su.test(doc));
  assert.deepEqual(
    wrong.map(({ where }) => where),
    [],
  );
});

test('no doc sentence names a line number', () => {
  const wrong = exported.filter(({ doc }) => /\blines? \d+/i.test(doc));
  assert.deepEqual(
    wrong.map(({ where }) => where),
    [],
  );
});

test(`no file of src is longer than ${limit} lines`, () => {
  const lengths = sources.map((file) => ({
    file,
    lines: readFileSync(join(top, file), 'utf8').split('\n').length - 1,
  }));
  assert.deepEqual(
    lengths.filter(({ lines }) => lines > limit),
    [],
  );
});

test('the generated reference is fresh ("script/reference" writes it)', async () => {
  for (const [path, text] of Object.entries(await referencePages())) {
    assert.equal(readFileSync(join(top, path), 'utf8'), text, `${path} is stale`);
  }
});
