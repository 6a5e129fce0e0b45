import { SourceMap } from 'node:module';
import { parseSync } from '@swc/core';

/** An `await`, or a `for await`, of the compiled package. */
export interface Await {
  /** `src/accounts/account.ts Account.spawn 1`: by the function and by its place in that, so that a line more above doesn't change it. */
  id: string;
  /** `src/accounts/account.ts` */
  file: string;
  /** The names of the functions and classes around it: `Account.spawn`. Empty at the top of a file. */
  within: string;
  /** In the source. */
  line: number;
  /** What is awaited, shortened. */
  text: string;
}

/** Compiled code with a crash point on each side of every `await`. */
export interface Instrumented {
  code: string;
  awaits: Await[];
}

/** The name of `crashPoint.ts` in instrumented code. */
const RUNTIME = '__crashPoint';
const TEXT_LIMIT = 60;

/**
 * Adds crash points to a compiled file: each awaited expression is evaluated between calls of `before` and `settled`. Nothing else changes, not even the
 * order of microtasks.
 *
 * @param compiled JavaScript as `tsc` writes it
 * @param map its source map, as JSON
 * @param file the source, as {@link Await.file}
 * @param runtimePath how the file requires the compiled `crashPoint.ts`
 */
export function instrument(compiled: string, map: string, file: string, runtimePath: string): Instrumented {
  const bytes = Buffer.from(compiled);
  const program = parseSync(compiled, { syntax: 'ecmascript', target: 'es2022' }) as unknown as Node;
  const sources = new SourceMap(JSON.parse(map) as ConstructorParameters<typeof SourceMap>[0]);
  const counts = new Map<string, number>();
  const insertions: Insertion[] = [];
  const awaits = [...findAwaits(program, [])].map(({ kind, at, awaited, within }): Await => {
    const text = slice(bytes, awaited);
    const place = `${file} ${within.join('.')}`;
    const count = (counts.get(place) ?? 0) + 1;
    counts.set(place, count);
    const id = `${place} ${count}`;
    const name = JSON.stringify(id);
    if (kind === 'await') requireWord(bytes, at, 'await', file);
    const opening =
      kind === 'await' ? `(${RUNTIME}.before(${name}), ${RUNTIME}.settled(${name}, ` : `${RUNTIME}.each(${name}, `;
    insertions.push({ at: awaited.start, text: opening }, { at: awaited.end, text: kind === 'await' ? '))' : ')' });
    return { id, file, within: within.join('.'), line: lineOf(bytes, at, sources), text: shortened(text) };
  });
  if (awaits.length === 0) return { code: compiled, awaits };
  insertions.push({
    at: endOfDirectives(program),
    text: `const ${RUNTIME} = require(${JSON.stringify(runtimePath)});`,
  });
  return { code: apply(bytes, insertions), awaits };
}

/** A byte range of the code, counted from 1 as in the parser. */
interface Span {
  start: number;
  end: number;
}

interface Node {
  type: string;
  span: Span;
  [field: string]: unknown;
}

interface Found {
  kind: 'await' | 'for await';
  at: Span;
  awaited: Span;
  within: readonly string[];
}

interface Insertion {
  at: number;
  text: string;
}

function* findAwaits(value: unknown, within: readonly string[]): Generator<Found> {
  if (Array.isArray(value)) {
    for (const item of value) yield* findAwaits(item, within);
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  const node = value as Node;
  const name = nameOf(node);
  const inside = name === undefined ? within : [...within, name];
  if (node.type === 'AwaitExpression') {
    yield { kind: 'await', at: node.span, awaited: spanOf(node['argument']), within: inside };
  }
  if (node.type === 'ForOfStatement' && (node['await'] === true || isNode(node['await']))) {
    yield { kind: 'for await', at: node.span, awaited: spanOf(node['right']), within: inside };
  }
  for (const child of Object.values(node)) yield* findAwaits(child, inside);
}

/** The name of a function or class. */
function nameOf(node: Node): string | undefined {
  switch (node.type) {
    case 'FunctionDeclaration':
    case 'FunctionExpression':
    case 'ClassDeclaration':
    case 'ClassExpression':
      return textOf(node['identifier']);
    case 'ClassMethod':
    case 'PrivateMethod':
    case 'MethodProperty':
      return textOf(node['key']);
    case 'KeyValueProperty':
    case 'ClassProperty':
      return isFunction(node['value']) ? textOf(node['key']) : undefined;
    case 'VariableDeclarator':
      return isFunction(node['init']) ? textOf(node['id']) : undefined;
    default:
      return undefined;
  }
}

function isFunction(value: unknown): boolean {
  return isNode(value) && (value.type === 'ArrowFunctionExpression' || value.type === 'FunctionExpression');
}

/** The text of an identifier, a key, or a private name. */
function textOf(value: unknown): string | undefined {
  if (!isNode(value)) return undefined;
  const text = value['value'] ?? textOf(value['id']);
  return typeof text === 'string' ? text : undefined;
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value;
}

function spanOf(value: unknown): Span {
  if (isNode(value)) return value.span;
  // A loop's right side is a plain node; in some versions of the parser, an argument is `{ expression }`.
  if (typeof value === 'object' && value !== null && 'expression' in value) return spanOf(value.expression);
  throw new Error(`the parser gave an expression without a span: ${JSON.stringify(value)}`);
}

/** The offset after `"use strict"`, which must stay first. */
function endOfDirectives(program: Node): number {
  let end = 1;
  for (const statement of program['body'] as Node[]) {
    const expression = statement['expression'];
    if (statement.type !== 'ExpressionStatement' || !isNode(expression) || expression.type !== 'StringLiteral') break;
    end = statement.span.end;
  }
  return end;
}

/** Guards against wrong spans, which would misplace crash points. */
function requireWord(bytes: Buffer, { start }: Span, word: string, file: string): void {
  const found = slice(bytes, { start, end: start + word.length });
  if (found !== word) throw new Error(`${file}: expected '${word}' at the parser's span, found '${found}'`);
}

function slice(bytes: Buffer, { start, end }: Span): string {
  return bytes.subarray(start - 1, end - 1).toString();
}

function lineOf(bytes: Buffer, { start }: Span, sources: SourceMap): number {
  const lines = slice(bytes, { start: 1, end: start }).split('\n');
  const entry = sources.findEntry(lines.length - 1, lines.at(-1)?.length ?? 0);
  return 'originalLine' in entry ? entry.originalLine + 1 : 0;
}

function shortened(text: string): string {
  const line = text.replace(/\s+/g, ' ').replace(/\(0, (\w+)\.(\w+)\)/g, '$2');
  return line.length > TEXT_LIMIT ? `${line.slice(0, TEXT_LIMIT - 1)}…` : line;
}

function apply(bytes: Buffer, insertions: readonly Insertion[]): string {
  const parts: string[] = [];
  let from = 1;
  for (const { at, text } of insertions.toSorted((one, other) => one.at - other.at)) {
    parts.push(slice(bytes, { start: from, end: at }), text);
    from = at;
  }
  parts.push(slice(bytes, { start: from, end: bytes.length + 1 }));
  return parts.join('');
}
