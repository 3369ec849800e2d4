// Checks that settings schemas are made of. Each error says what is wrong with a value and what to write instead.

import * as z from 'zod/mini';
import { PERIOD_EXAMPLES, type Period, periodSeconds, readPeriod } from './period.ts';
import { describe, either, isToken, nearestName, type SettingsProblem, unknownName } from './wording.ts';

/** A schema for each member of some props, optional ones included. Holds a schema to its props with `satisfies`. */
export type Members<Props> = { [Name in keyof Required<Props>]: z.ZodMiniType<unknown, Props[Name] | undefined> };

type Message = (issue: { readonly input?: unknown }) => string;
type Advice = string | ((found: unknown) => string);

/** `true` or `false`. */
export const flag = z.boolean({
  error: mustBe('true or false', (found) =>
    found === 'true' || found === 'false' ? `write ${found} without quotes` : 'write one of the two',
  ),
});

/** A period of time, as whole seconds. */
export const period = z.pipe(
  valueThat<Period>((value) => readPeriod(value) !== undefined, mustBe('a period of time', `write ${PERIOD_EXAMPLES}`)),
  z.transform(periodSeconds),
);

/** One of these texts. */
export function choice<const Values extends readonly string[]>(values: Values) {
  const error = mustBe(either(values), (found) => {
    const meant = typeof found === 'string' ? nearestName(found, values) : undefined;
    return meant === undefined ? 'choose one of them' : `did you mean ${meant}?`;
  });
  return z.enum(values, { error });
}

/** A number for which `holds`; `expected` describes such numbers. */
export function numberThat(expected: string, holds: (value: number) => boolean, advice = 'change it') {
  const error = mustBe(expected, (found) => (typeof found === 'string' ? 'write a number, without quotes' : advice));
  return valueThat<number>((value) => typeof value === 'number' && !isToken(value) && holds(value), error);
}

/** A text for which `holds`; `expected` describes such texts. */
export function textThat(expected: string, advice: string, holds: (text: string) => boolean) {
  return valueThat<string>((value) => typeof value === 'string' && holds(value), mustBe(expected, advice));
}

/** A list. */
export function listOf<Item extends z.ZodMiniType>(what: string, item: Item) {
  return z.array(item, { error: mustBe(`a list of ${what}`, 'write it in [ ]') });
}

/** An object with these members and no others. */
export function group<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  const known = Object.keys(shape);
  const error = (issue: z.core.$ZodRawIssue) =>
    issue.code === 'unrecognized_keys' ? issue.keys.map((name) => unknownName(name, known)).join('\n') : undefined;
  const members = z.strictObject(shape, { error });
  return z.pipe(plainObject<z.input<typeof members>>(`an object with ${either(known)}`), members);
}

/** An object with members of any name that `isName` accepts, each with a value of the same schema. */
export function named<Value extends z.ZodMiniType>(isName: RegExp, hint: string, value: Value) {
  return z.pipe(
    plainObject<{ readonly [name: string]: z.input<Value> }>('an object of names and values'),
    // Not `z.record`, which leaves out a member of the name `__proto__` without a word.
    z.transform((object, context): { [name: string]: z.output<Value> } => {
      const entries = Object.entries(object).map(([name, member]): [string, z.output<Value>] => {
        if (!isName.test(name)) context.issues.push({ code: 'custom', path: [name], message: hint, input: name });
        const parsed = z.safeParse(value, member);
        for (const issue of parsed.error?.issues ?? []) {
          context.issues.push({ ...issue, path: [name, ...issue.path], input: member } as z.core.$ZodRawIssue);
        }
        // With an issue the member stays as it is, for the rules that look at other parts of it.
        return [name, parsed.success ? parsed.data : (member as z.output<Value>)];
      });
      return Object.fromEntries(entries);
    }),
  );
}

/** Every problem that zod found, one for each unknown name. */
export function problemsIn(error: z.core.$ZodError): SettingsProblem[] {
  return error.issues.flatMap(({ code, path, message, ...issue }) => {
    if (code !== 'unrecognized_keys') return [{ path, text: message }];
    const { keys } = issue as z.core.$ZodIssueUnrecognizedKeys;
    return message.split('\n').map((text, index) => ({ path: [...path, keys[index] ?? ''], text }));
  });
}

function plainObject<Value extends object>(expected: string) {
  const isPlain = (value: unknown) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
    const prototype: unknown = Object.getPrototypeOf(value);
    // Not `=== Object.prototype`: a test runner may make objects in another realm.
    return prototype === null || Object.getPrototypeOf(prototype) === null;
  };
  return valueThat<Value>(isPlain, mustBe(expected, 'write it in { }'));
}

function valueThat<Value>(holds: (value: unknown) => boolean, error: Message) {
  // An issue that aborts would keep the rules over several members from running.
  return z.custom<Value>(holds, { error, abort: false });
}

function mustBe(expected: string, advice: Advice): Message {
  return ({ input: found }) => {
    if (found === undefined) return `is missing: write ${expected}`;
    if (isToken(found)) {
      return `must be ${expected}, got a CDK token, which is known only at deployment: write the value out`;
    }
    return `must be ${expected}, got ${describe(found)}: ${typeof advice === 'string' ? advice : advice(found)}`;
  };
}
