/** An expression of a Python file; `line` counts from 1. */
export type PythonExpression = { readonly line: number } & (
  | { readonly is: 'text'; readonly value: string }
  | { readonly is: 'number'; readonly value: number; readonly float: boolean }
  | { readonly is: 'constant'; readonly value: boolean | null }
  | { readonly is: 'formatted'; readonly parts: readonly FormattedPart[] }
  | { readonly is: 'name'; readonly name: string }
  | { readonly is: 'attribute'; readonly of: PythonExpression; readonly name: string }
  | { readonly is: 'item'; readonly of: PythonExpression; readonly index: PythonExpression }
  | {
      readonly is: 'slice';
      readonly from: PythonExpression | undefined;
      readonly to: PythonExpression | undefined;
      readonly step: PythonExpression | undefined;
    }
  | {
      readonly is: 'call';
      readonly of: PythonExpression;
      readonly args: readonly PythonExpression[];
      readonly keywords: readonly PythonKeyword[];
    }
  | { readonly is: 'list' | 'tuple' | 'set'; readonly items: readonly PythonExpression[] }
  | { readonly is: 'dict'; readonly entries: readonly PythonEntry[] }
  | { readonly is: 'star'; readonly of: PythonExpression }
  | { readonly is: 'unary'; readonly operator: string; readonly of: PythonExpression }
  | {
      readonly is: 'binary';
      readonly operator: string;
      readonly left: PythonExpression;
      readonly right: PythonExpression;
    }
  | { readonly is: 'compare'; readonly first: PythonExpression; readonly rest: readonly PythonComparison[] }
  | {
      readonly is: 'logic';
      readonly operator: 'and' | 'or';
      readonly left: PythonExpression;
      readonly right: PythonExpression;
    }
  | {
      readonly is: 'choice';
      readonly test: PythonExpression;
      readonly yes: PythonExpression;
      readonly no: PythonExpression;
    }
  | { readonly is: 'lambda'; readonly parameters: readonly PythonParameter[]; readonly body: PythonExpression }
  | {
      readonly is: 'comprehension';
      readonly kind: 'list' | 'set' | 'dict' | 'generator';
      readonly element: PythonExpression;
      /** The value of an entry, where a dict is made. */
      readonly value: PythonExpression | undefined;
      readonly clauses: readonly PythonClause[];
    }
  | { readonly is: 'yield'; readonly value: PythonExpression | undefined }
  | { readonly is: 'other'; readonly what: string }
);

/** A part of a formatted text: characters, or an expression with how it is shown. */
export type FormattedPart =
  | string
  | {
      readonly value: PythonExpression;
      readonly conversion: string;
      readonly form: readonly FormattedPart[];
    };

/** `name=value` of a call; `**value` has no name. */
export interface PythonKeyword {
  readonly name: string | undefined;
  readonly value: PythonExpression;
}

/** `key: value` of a dict; `**value` has no key. */
export interface PythonEntry {
  readonly key: PythonExpression | undefined;
  readonly value: PythonExpression;
}

/** One step of a chain of comparisons. */
export interface PythonComparison {
  readonly operator: string;
  readonly right: PythonExpression;
}

/** A parameter of a function. */
export interface PythonParameter {
  readonly name: string;
  readonly kind: 'plain' | 'keyword' | 'rest' | 'keywords';
  readonly otherwise: PythonExpression | undefined;
}

/** `for target in over if ...` of a comprehension. */
export interface PythonClause {
  readonly target: PythonExpression;
  readonly over: PythonExpression;
  readonly tests: readonly PythonExpression[];
}

/** A function; its body is parsed when it is looked at. */
export interface PythonFunction {
  readonly name: string;
  readonly line: number;
  readonly parameters: readonly PythonParameter[];
  readonly decorators: readonly PythonExpression[];
  /** @throws PythonSyntaxProblem */
  readonly body: () => readonly PythonStatement[];
}

/** A statement of a Python file; `line` counts from 1. */
export type PythonStatement = { readonly line: number } & (
  | { readonly is: 'expression'; readonly value: PythonExpression }
  | { readonly is: 'assign'; readonly targets: readonly PythonExpression[]; readonly value: PythonExpression }
  | {
      readonly is: 'change';
      readonly target: PythonExpression;
      readonly operator: string;
      readonly value: PythonExpression;
    }
  | {
      readonly is: 'if';
      readonly test: PythonExpression;
      readonly body: readonly PythonStatement[];
      readonly otherwise: readonly PythonStatement[];
    }
  | {
      readonly is: 'for';
      readonly target: PythonExpression;
      readonly over: PythonExpression;
      readonly body: readonly PythonStatement[];
      readonly otherwise: readonly PythonStatement[];
    }
  | {
      readonly is: 'with';
      readonly contexts: readonly PythonExpression[];
      readonly body: readonly PythonStatement[];
    }
  | { readonly is: 'function'; readonly definition: PythonFunction }
  | {
      readonly is: 'class';
      readonly name: string;
      readonly bases: readonly PythonExpression[];
      readonly body: readonly PythonStatement[];
    }
  | { readonly is: 'return'; readonly value: PythonExpression | undefined }
  | { readonly is: 'import'; readonly module: string; readonly names: readonly PythonImport[] }
  | { readonly is: 'delete'; readonly targets: readonly PythonExpression[] }
  | { readonly is: 'pass' | 'break' | 'continue' }
  | {
      /** A statement that is not read: its own lines, and the blocks below it as far as they could be parsed. */
      readonly is: 'other';
      readonly reason: string;
      readonly body: readonly PythonStatement[];
    }
);

/** A name that is imported: `import a.b as c` has no `name`. */
export interface PythonImport {
  readonly name: string | undefined;
  readonly as: string;
}
