import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { evaluate } from './evaluate-expression.ts';
import { reprOf } from './format-text.ts';
import { parsePython } from './parse-python.ts';
import { pythonBuiltins } from './python-builtins.ts';
import { PythonSyntaxProblem } from './python-tokens.ts';
import { type PythonMachine, type PythonScope, Unreadable } from './python-value.ts';
import { createCaller, runStatements, type StatementRules } from './run-statements.ts';

/** Runs a file and gives the value of its name `x`, as Python would write it. */
function valueOfX(source: string, steps = 100_000): string {
  const problems: string[] = [];
  const rules: StatementRules = {
    onUnreadable: (_, reason) => problems.push(reason),
    enter: () => () => undefined,
    onClass: () => undefined,
    onImport: () => undefined,
  };
  const scope: PythonScope = { names: new Map(), file: 'x.py' };
  const machine: PythonMachine = {
    steps,
    yielded: [],
    builtins: pythonBuiltins,
    evaluate: (expression, inner) => evaluate(expression, inner, machine),
    callFunction: createCaller(() => machine, rules),
  };
  runStatements(parsePython(source), { scope, machine, rules, strict: false });
  const value = scope.names.get('x');
  if (value === undefined || value instanceof Unreadable) return `unreadable: ${value?.message ?? problems.join()}`;
  return reprOf(value);
}

const expressions: Readonly<Record<string, string>> = {
  "'a' 'b' \"c\"": "'abc'",
  'f"{1 + 2}-{\'v\'!r}-{3:02d}-{{}}"': `"3-'v'-03-{}"`,
  '"%s-%d" % ("a", 3)': "'a-3'",
  '"{0}.{1} {name}".format(1, 2, name="n")': "'1.2 n'",
  '"{:.2f}".format(1.005 * 2)': "'2.01'",
  '[v for v in (1, 2, 3) if v > 1]': '[2, 3]',
  '[a + b for a in "xy" for b in "12" if b != "1" or a == "x"]': "['x1', 'x2', 'y2']",
  '{k: v for k, v in zip("ab", (1, 2))}.items()': "[('a', 1), ('b', 2)]",
  'list(range(5))[1:-1]': '[1, 2, 3]',
  '(1,) + (2,)': '(1, 2)',
  '"a,b,,c".split(",", 2)': "['a', 'b', ',c']",
  '"x" if 1 < 2 <= 2 else "y"': "'x'",
  'not [] and {"a": 1}.get("b", 7)': '7',
  '7 // 2, -7 // 2, 2 ** 3, 7 % 4, 1 / 2': '(3, -4, 8, 3, 0.5)',
  '(lambda a, b=2: a * b)(4)': '8',
  'sorted({"b", "a"}, reverse=True)': "['b', 'a']",
  '"3.10".replace(".", "_").upper()': "'3_10'",
  '[*(1, 2), *[3]]': '[1, 2, 3]',
  '"b" in ("a", "b"), "z" not in "xyz"': '(True, False)',
  'str(1.0), str(None), int("12") + 1': "('1.0', 'None', 13)",
  '"""a\n  b""".splitlines()': "['a', '  b']",
  "r'\\d' + '\\x41'": String.raw`'\\dA'`,
};

for (const [source, expected] of Object.entries(expressions)) {
  test(`${JSON.stringify(source)} is ${JSON.stringify(expected)}`, () => {
    assert.equal(valueOfX(`x = ${source}\n`), expected);
  });
}

const programs: readonly { readonly says: string; readonly source: string; readonly expected: string }[] = [
  {
    says: 'a loop with break, continue and else',
    source:
      'x = []\nfor i in range(9):\n    if i % 2:\n        continue\n    if i > 5:\n        break\n    x.append(i)\nelse:\n    x = 0\n',
    expected: '[0, 2, 4]',
  },
  {
    says: 'a function with defaults, rest and keywords',
    source: 'def f(a, *more, b=2, **named):\n    return (a, more, b, named["c"])\nx = f(1, 5, 6, c=3)\n',
    expected: '(1, (5, 6), 2, 3)',
  },
  {
    says: 'a function that yields',
    source: 'def f(n):\n    for i in range(n):\n        yield i * i\nx = list(f(3))\n',
    expected: '[0, 1, 4]',
  },
  {
    says: 'tuples, stars and changes on the left side',
    source: 'a, (b, *c) = 1, (2, 3, 4)\na += 10\nd = {}\nd["k"] = c\nx = (a, b, d["k"])\n',
    expected: '(11, 2, [3, 4])',
  },
  {
    says: 'what is not known spreads to what uses it, and no further',
    source: 'import os\ny = os.environ["HOME"]\nz = 1\nx = z\nif y:\n    z = 2\n',
    expected: '1',
  },
  {
    says: 'a name that an unknown condition may change is unknown',
    source: 'y = unknown()\nx = 1\nif y:\n    x = 2\n',
    expected: 'unreadable: "y" is not known: "unknown" is not known',
  },
  {
    says: 'a list that an unreadable call may change is unknown',
    source: 'x = [1]\nx.append(unknown())\n',
    expected: 'unreadable: "unknown" is not known',
  },
  {
    says: 'a line that is no Python, between lines that are',
    source: 'x = 1\ny = = 3\nx = 2\n',
    expected: '2',
  },
];

for (const { says, source, expected } of programs) {
  test(`a file is read with ${says}`, () => assert.equal(valueOfX(source), expected));
}

test('a file that would never end, or grow without bounds, is given up', () => {
  assert.match(
    valueOfX('x = [1]\nfor i in range(99999):\n    for j in range(99999):\n        x = i\n'),
    /too many steps/,
  );
  assert.match(valueOfX('def f(n):\n    return f(n)\nx = f(1)\n'), /nested too deep/);
  assert.match(valueOfX('x = "a" * 90000\nx = x * 90000\n'), /too long/);
  assert.match(valueOfX(`x = ${'('.repeat(5000)}\n`), /nested too deep|unreadable/);
});

test('any text is read or refused, without another failure', () => {
  const fragment = fc.constantFrom(
    'x',
    '=',
    '(',
    ')',
    '[',
    ']',
    '{',
    '}',
    ':',
    ',',
    '\n',
    '    ',
    'if ',
    'for ',
    'in ',
    'def ',
    '"',
    "'",
    'f"{',
    '}"',
    '\\',
    '1',
    '.',
    '*',
    'with ',
    'class ',
    'else',
    'lambda ',
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(fragment, { maxLength: 40 }).map((parts) => parts.join('')),
      ),
      (source) => {
        try {
          valueOfX(source, 5000);
        } catch (problem) {
          assert.ok(problem instanceof PythonSyntaxProblem || problem instanceof Unreadable, String(problem));
        }
      },
    ),
    { numRuns: 500 },
  );
});
