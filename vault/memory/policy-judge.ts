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

type Test = (request: Asked) => boolean;

interface Rule {
  readonly effect: KeyPolicyStatement['Effect'];
  readonly matches: Test;
}

/** The rules of policies that were judged: a key is asked about its policy at every use. */
const known = new WeakMap<KeyPolicy, readonly Rule[]>();

/** Whether the policy allows the call: some Allow matches and no Deny does. @throws Error for elements it does not know. */
export function isAllowed(policy: KeyPolicy, request: PolicyRequest): boolean {
  // Names of condition keys ignore case, so of two context keys that differ in case only the last is seen.
  const context = Object.entries(request.encryptionContext ?? {}).map(
    ([key, value]) => [key.toLowerCase(), value] as const,
  );
  const asked = { ...request, context: new Map(context) };
  const rules = known.get(policy) ?? policy.Statement.map(ruleOf);
  known.set(policy, rules);
  const matching = rules.filter(({ matches }) => matches(asked));
  return matching.some(({ effect }) => effect === 'Allow') && !matching.some(({ effect }) => effect === 'Deny');
}

function ruleOf({ Effect, Principal, Action, Condition = {} }: KeyPolicyStatement): Rule {
  const names = Action.map(likeness);
  const tests = [principalTest(Effect, Principal.AWS), ...testsOf(Condition)];
  return {
    effect: Effect,
    matches: (request) => names.some((isNamed) => isNamed(request.action)) && tests.every((test) => test(request)),
  };
}

function principalTest(effect: KeyPolicyStatement['Effect'], principal: string): Test {
  if (principal === '*') return () => true;
  const account = /^arn:[\w-]+:iam::(\d{12}):root$/.exec(principal)?.[1];
  if (account === undefined || effect === 'Deny') {
    throw new Error('the policy names a principal that is not judged here');
  }
  return ({ accountId, isAllowedByIdentity }) => account === accountId && isAllowedByIdentity;
}

function testsOf(conditions: Conditions): Test[] {
  return Object.entries(conditions).flatMap(([operator, byKey]) => {
    const test = Object.hasOwn(OPERATORS, operator) ? OPERATORS[operator] : undefined;
    if (test === undefined) throw new Error(`the policy uses an operator that is not judged here: ${operator}`);
    return Object.entries(byKey).map(([key, operand]): Test => {
      const valuesIn = valuesOf(key);
      const holds = test([operand].flat());
      return (request) => holds(valuesIn(request));
    });
  });
}

/** Gives the test of the values that a request has for a key (none: the key is missing). */
type Operator = (operands: readonly string[]) => (values: readonly string[]) => boolean;

// Missing keys: "IAM JSON policy elements: condition operators" and "set operators", IAM user guide.
const OPERATORS: Readonly<Record<string, Operator>> = {
  StringEquals: (operands) => (values) => values.some((value) => operands.includes(value)),
  StringNotEquals: (operands) => (values) => !values.some((value) => operands.includes(value)),
  'ForAnyValue:StringNotEquals': (operands) => (values) => values.some((value) => !operands.includes(value)),
  ArnLike: (operands) => {
    const tests = operands.map(likeness);
    return (values) => values.some((value) => tests.some((isLike) => isLike(value)));
  },
  DateGreaterThanEquals: (operands) => {
    const fromS = secondsIn(only(operands));
    return (values) => values.some((value) => secondsIn(value) >= fromS);
  },
  DateLessThan: (operands) => {
    const untilS = secondsIn(only(operands));
    return (values) => values.some((value) => secondsIn(value) < untilS);
  },
  Null: (operands) => {
    const isMissing = only(operands) === 'true';
    return (values) => (values.length === 0) === isMissing;
  },
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

/** Gives the test of a text by a pattern, in which `*` matches any text. */
function likeness(pattern: string): (text: string) => boolean {
  const [first = '', ...others] = pattern.split('*');
  const last = others.pop();
  if (last === undefined) return (text) => text === pattern;
  return (text) => {
    if (!text.startsWith(first)) return false;
    let end = first.length;
    for (const part of others) {
      const start = text.indexOf(part, end);
      if (start === -1) return false;
      end = start + part.length;
    }
    return text.length - last.length >= end && text.endsWith(last);
  };
}
