// Reads DynamoDB's expressions, as strictly as DynamoDB: reserved words and unused placeholders are refused.

import { type Input, invalid } from './answer.ts';
import type { AttributeValue } from './item.ts';

/** Names from the item down to the attribute. */
export type Path = readonly string[];

export type Operand =
  | { readonly kind: 'path'; readonly path: Path }
  | { readonly kind: 'value'; readonly value: AttributeValue }
  | { readonly kind: 'size'; readonly path: Path }
  | { readonly kind: 'if-not-exists'; readonly path: Path; readonly otherwise: Operand }
  | { readonly kind: 'sum'; readonly left: Operand; readonly right: Operand; readonly sign: 1 | -1 };

export type Comparator = '=' | '<>' | '<' | '<=' | '>' | '>=';

export type Condition =
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Condition[] }
  | { readonly kind: 'not'; readonly part: Condition }
  | { readonly kind: 'compare'; readonly comparator: Comparator; readonly left: Operand; readonly right: Operand }
  | { readonly kind: 'between'; readonly value: Operand; readonly low: Operand; readonly high: Operand }
  | { readonly kind: 'in'; readonly value: Operand; readonly options: readonly Operand[] }
  | { readonly kind: 'exists'; readonly path: Path; readonly isExpected: boolean }
  | { readonly kind: 'begins-with' | 'contains'; readonly path: Path; readonly operand: Operand };

export interface Update {
  readonly set: readonly { readonly path: Path; readonly to: Operand }[];
  readonly remove: readonly Path[];
  readonly add: readonly { readonly path: Path; readonly value: AttributeValue }[];
}

/** Reads the expressions of one request. */
export interface ExpressionReader {
  condition(text: string): Condition;
  paths(text: string): Path[];
  update(text: string): Update;
  /** @throws Refusal for names and values that no expression has used. */
  finish(): void;
}

const TOKEN = /\s*(?:([#:]\w+|[A-Za-z_]\w*)|(<>|<=|>=|[=<>(),.+-]))/y;
const COMPARATORS: readonly string[] = ['=', '<>', '<', '<=', '>', '>='];
// Of the 573 (DynamoDB developer guide, "Reserved words") those that someone may want to name an attribute.
const RESERVED = new Set(
  (
    'action add all and any attribute backup batch between blob bucket by bytes capacity class comment connection count ' +
    'counter data date day delete domain duration end exists filter from global group hash id in index int items key keys ' +
    'language last level limit list location map method mode name names next node not number object of offset on or order ' +
    'owner partition path percent plan policy position primary private public range read ref region remove request reset ' +
    'resource result role row rule scan schema scope section select session set shard size sort source start state status ' +
    'string subject table text time timestamp token total transaction ttl type unique update user value values view with wrapped'
  ).split(' '),
);

/** A reader with the placeholders of a request. */
export function expressionReader(input: Input): ExpressionReader {
  const names: Readonly<Record<string, string>> = input.ExpressionAttributeNames ?? {};
  const values: Readonly<Record<string, AttributeValue>> = input.ExpressionAttributeValues ?? {};
  const used = new Set<string>();
  let tokens: string[] = [];

  function begin(text: string): void {
    tokens = [];
    TOKEN.lastIndex = 0;
    for (let at = 0; text.slice(at).trim() !== ''; at = TOKEN.lastIndex) {
      const [, word, sign] = TOKEN.exec(text) ?? [];
      if (word === undefined && sign === undefined)
        throw invalid(`Invalid expression: syntax error near "${text.slice(at)}"`);
      tokens.push(word ?? sign ?? '');
    }
    if (tokens.length === 0) throw invalid('Invalid expression: the expression can not be empty');
  }

  function end(): void {
    if (tokens.length > 0) throw invalid(`Invalid expression: syntax error near "${tokens[0]}"`);
  }

  /** Whether the next token is this word or sign; takes it if so. */
  function takes(token: string): boolean {
    if (tokens[0]?.toLowerCase() !== token) return false;
    tokens.shift();
    return true;
  }

  function expectToken(token: string): void {
    if (!takes(token)) throw invalid(`Invalid expression: expected "${token}", got "${tokens[0] ?? 'its end'}"`);
  }

  function list<Element>(element: () => Element): Element[] {
    const elements = [element()];
    while (takes(',')) elements.push(element());
    return elements;
  }

  function name(): string {
    const token = tokens.shift() ?? '';
    if (token.startsWith('#')) {
      used.add(token);
      const meant = names[token];
      if (meant === undefined)
        throw invalid(`An expression attribute name used in an expression is not defined: ${token}`);
      return meant;
    }
    if (!/^[A-Za-z]/.test(token)) throw invalid(`Invalid expression: syntax error near "${token}"`);
    if (RESERVED.has(token.toLowerCase())) throw invalid(`Attribute name is a reserved keyword: ${token}`);
    return token;
  }

  function path(): Path {
    const steps = [name()];
    while (takes('.')) steps.push(name());
    return steps;
  }

  function value(): AttributeValue {
    const token = tokens.shift() ?? '';
    used.add(token);
    const meant = values[token];
    if (meant === undefined) throw invalid(`An expression attribute value used in expression is not defined: ${token}`);
    return meant;
  }

  /** What stands between the parentheses of a function call. */
  function argumentsOf<Arguments>(read: () => Arguments): Arguments {
    tokens.shift();
    expectToken('(');
    const given = read();
    expectToken(')');
    return given;
  }

  function pathAndOperand(): { path: Path; operand: Operand } {
    const first = path();
    expectToken(',');
    return { path: first, operand: operand() };
  }

  function operand(): Operand {
    if (tokens[0]?.startsWith(':')) return { kind: 'value', value: value() };
    if (isCall('size')) return { kind: 'size', path: argumentsOf(path) };
    return { kind: 'path', path: path() };
  }

  function isCall(name: string): boolean {
    return tokens[0]?.toLowerCase() === name && tokens[1] === '(';
  }

  function oneCondition(): Condition {
    if (takes('not')) return { kind: 'not', part: oneCondition() };
    if (takes('(')) {
      const inner = anyCondition();
      expectToken(')');
      return inner;
    }
    if (isCall('attribute_exists')) return { kind: 'exists', path: argumentsOf(path), isExpected: true };
    if (isCall('attribute_not_exists')) return { kind: 'exists', path: argumentsOf(path), isExpected: false };
    if (isCall('begins_with')) return { kind: 'begins-with', ...argumentsOf(pathAndOperand) };
    if (isCall('contains')) return { kind: 'contains', ...argumentsOf(pathAndOperand) };
    const left = operand();
    if (takes('between')) {
      const low = operand();
      expectToken('and');
      return { kind: 'between', value: left, low, high: operand() };
    }
    if (tokens[0]?.toLowerCase() === 'in')
      return { kind: 'in', value: left, options: argumentsOf(() => list(operand)) };
    const comparator = tokens.shift() ?? 'its end';
    if (!COMPARATORS.includes(comparator)) throw invalid(`Invalid expression: syntax error near "${comparator}"`);
    return { kind: 'compare', comparator: comparator as Comparator, left, right: operand() };
  }

  function chain(kind: 'and' | 'or', part: () => Condition): Condition {
    const parts = [part()];
    while (takes(kind)) parts.push(part());
    return parts.length === 1 && parts[0] ? parts[0] : { kind, parts };
  }

  function anyCondition(): Condition {
    return chain('or', () => chain('and', oneCondition));
  }

  function assigned(): Operand {
    const term = (): Operand => {
      if (!isCall('if_not_exists')) return operand();
      const { path: kept, operand: otherwise } = argumentsOf(pathAndOperand);
      return { kind: 'if-not-exists', path: kept, otherwise };
    };
    const left = term();
    if (takes('+')) return { kind: 'sum', left, right: term(), sign: 1 };
    return takes('-') ? { kind: 'sum', left, right: term(), sign: -1 } : left;
  }

  function clauses(): Update {
    const set: Update['set'][number][] = [];
    const remove: Path[] = [];
    const add: Update['add'][number][] = [];
    const clause = <Action>(actions: Action[], read: () => Action): void => {
      if (actions.length > 0) throw invalid('A section can only be used once in an update expression');
      actions.push(...list(read));
    };
    while (tokens.length > 0) {
      if (takes('set')) clause(set, assignment);
      else if (takes('remove')) clause(remove, path);
      else if (takes('add')) clause(add, () => ({ path: path(), value: value() }));
      else throw invalid(`Invalid UpdateExpression: syntax error near "${tokens[0]}"`);
    }
    return { set, remove, add };
  }

  function assignment(): { path: Path; to: Operand } {
    const target = path();
    expectToken('=');
    return { path: target, to: assigned() };
  }

  function whole<Read>(read: () => Read): (text: string) => Read {
    return (text) => {
      begin(text);
      const found = read();
      end();
      return found;
    };
  }

  return {
    condition: whole(anyCondition),
    paths: whole(() => list(path)),
    update: whole(clauses),
    finish() {
      const unused = [...Object.keys(names), ...Object.keys(values)].filter((placeholder) => !used.has(placeholder));
      if (unused.length > 0) throw invalid(`Value provided in the request unused in expressions: ${unused}`);
    },
  };
}
