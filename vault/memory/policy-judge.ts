// Judges a key policy as KMS does, for exactly the elements that our policies use; everything else throws.

import type { Conditions, KeyPolicy, KeyPolicyStatement } from '../domain/kek-life/key-policy.ts';

/** One call to KMS, as a key policy sees it. */
export interface PolicyRequest {
  /** `kms:Decrypt`, `kms:ScheduleKeyDeletion`, … */
  readonly action: string;
  /** ARN of the calling role. */
  readonly principalArn: string;
  readonly accountId: string;
  /** Whether the role's own policies allow the action: needed where the key policy only trusts the account. */
  readonly isAllowedByIdentity: boolean;
  /** KMS's clock, in seconds since 1970. */
  readonly atS: number;
  /** Absent for calls that take none. */
  readonly encryptionContext?: Readonly<Record<string, string>>;
}

/** A request, with its encryption context by names of condition keys. */
interface Asked extends PolicyRequest {
  readonly context: ReadonlyMap<string, string>;
}

/** Whether the policy allows the call: some Allow matches and no Deny does. @throws Error for elements it does not know. */
export function isAllowed({ Statement }: KeyPolicy, request: PolicyRequest): boolean {
  // Names of condition keys ignore case, so of two context keys that differ in case only the last is seen.
  const context = Object.entries(request.encryptionContext ?? {}).map(
    ([key, value]) => [key.toLowerCase(), value] as const,
  );
  const asked = { ...request, context: new Map(context) };
  const matching = Statement.filter((statement) => matches(statement, asked));
  return matching.some(({ Effect }) => Effect === 'Allow') && !matching.some(({ Effect }) => Effect === 'Deny');
}

function matches(statement: KeyPolicyStatement, request: Asked): boolean {
  return (
    statement.Action.some((pattern) => isLike(pattern, request.action)) &&
    namesPrincipal(statement, request) &&
    (statement.Condition === undefined || holds(statement.Condition, request))
  );
}

function namesPrincipal({ Effect, Principal }: KeyPolicyStatement, request: Asked): boolean {
  if (Principal.AWS === '*') return true;
  const account = /^arn:[\w-]+:iam::(\d{12}):root$/.exec(Principal.AWS)?.[1];
  if (account === undefined || Effect === 'Deny')
    throw new Error('the policy names a principal that is not judged here');
  return account === request.accountId && request.isAllowedByIdentity;
}

type Test = (request: Asked) => boolean;

/** What was made of conditions: a key is asked about its policy at every use. */
const known = new WeakMap<Conditions, readonly Test[]>();

function holds(conditions: Conditions, request: Asked): boolean {
  const tests = known.get(conditions) ?? testsOf(conditions);
  known.set(conditions, tests);
  return tests.every((test) => test(request));
}

function testsOf(conditions: Conditions): Test[] {
  return Object.entries(conditions).flatMap(([operator, byKey]) => {
    const test = Object.hasOwn(OPERATORS, operator) ? OPERATORS[operator] : undefined;
    if (test === undefined) throw new Error(`the policy uses an operator that is not judged here: ${operator}`);
    return Object.entries(byKey).map(([key, operand]): Test => {
      const valuesIn = valuesOf(key);
      const operands = [operand].flat();
      return (request) => test(valuesIn(request), operands);
    });
  });
}

/** Whether an operator holds for the values that a request has for a key (none: the key is missing). */
type Operator = (values: readonly string[], operands: readonly string[]) => boolean;

// Missing keys: "IAM JSON policy elements: condition operators" and "set operators", IAM user guide.
const OPERATORS: Readonly<Record<string, Operator>> = {
  StringEquals: (values, operands) => values.some((value) => operands.includes(value)),
  StringNotEquals: (values, operands) => !values.some((value) => operands.includes(value)),
  'ForAnyValue:StringNotEquals': (values, operands) => values.some((value) => !operands.includes(value)),
  ArnLike: (values, operands) => values.some((value) => operands.some((operand) => isLike(operand, value))),
  DateGreaterThanEquals: (values, operands) => values.some((value) => secondsIn(value) >= secondsIn(only(operands))),
  DateLessThan: (values, operands) => values.some((value) => secondsIn(value) < secondsIn(only(operands))),
  Null: (values, operands) => (values.length === 0) === (only(operands) === 'true'),
};

const CONTEXT_VALUE = 'kms:encryptioncontext:';

/** Gives the values that a request has for a condition key. */
function valuesOf(key: string): (request: Asked) => readonly string[] {
  const name = key.toLowerCase();
  if (name === 'aws:principalarn') return ({ principalArn }) => [principalArn];
  if (name === 'aws:principalaccount') return ({ accountId }) => [accountId];
  if (name === 'aws:currenttime') return ({ atS }) => [new Date(atS * 1000).toISOString()];
  if (name === 'kms:encryptioncontextkeys') return ({ encryptionContext = {} }) => Object.keys(encryptionContext);
  if (name.startsWith(CONTEXT_VALUE)) {
    const wanted = name.slice(CONTEXT_VALUE.length);
    return ({ context }) => {
      const value = context.get(wanted);
      return value === undefined ? [] : [value];
    };
  }
  throw new Error(`the policy uses a condition key that is not judged here: ${key}`);
}

function only(operands: readonly string[]): string {
  const [operand] = operands;
  if (operand === undefined || operands.length > 1)
    throw new Error('the policy gives an operator other than one operand');
  return operand;
}

function secondsIn(date: string): number {
  const ms = Date.parse(date);
  if (Number.isNaN(ms)) throw new Error('the policy holds a date that is none');
  return ms / 1000;
}

/** Matches `*` to any text, and everything else to itself. */
function isLike(pattern: string, text: string): boolean {
  const [first = '', ...others] = pattern.split('*');
  const last = others.pop();
  if (last === undefined) return pattern === text;
  if (!text.startsWith(first)) return false;
  let end = first.length;
  for (const part of others) {
    const start = text.indexOf(part, end);
    if (start === -1) return false;
    end = start + part.length;
  }
  return text.length - last.length >= end && text.endsWith(last);
}
