// Whatever an entry looks like: what is sensitive leaves it, what is not stays, and all of it comes back.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BUILT_IN_TYPES, type BuiltInType } from '../../../../../vault/domain/policy/built-in-types.ts';
import { classify } from '../../../../../vault/domain/policy/classify.ts';
import { explain } from '../../../../../vault/domain/policy/explain.ts';
import { applyOpened, findRefs } from '../../../../../vault/domain/policy/opening.ts';
import { planSealing } from '../../../../../vault/domain/policy/plan.ts';
import { valueAt } from '../../../../../vault/domain/policy/pointer.ts';
import { REDACTED } from '../../../../../wire/refs.ts';
import {
  aRef,
  arbitraryEntry,
  arbitraryValue,
  BUILT_IN_NAMES,
  frozen,
  SENSITIVE_CONTEXT,
  STANDARD_POLICY,
  sealed,
} from '../../../../support/entries.ts';

const NOT_SENSITIVE = { thread: { mode: 'bot' }, component: { sensitive: false }, cause: { sensitive: false } };

type Container = 'object' | 'array';
/** A leaf, and on the way to it each container's kind with the name that was taken there. */
interface Leaf {
  readonly way: readonly (readonly [Container, string])[];
  readonly canary: string;
}

describe.each([...BUILT_IN_NAMES, 'unheard.of'])('an entry of type %s', (type) => {
  test('keeps no leaf under a catalogued path in clear, and every other one as it was', () => {
    fc.assert(
      fc.property(arbitraryEntry([type]), (entry) => {
        const { data, leaves } = withCanaries(entry.data);
        const text = JSON.stringify(sealed({ ...entry, data: data as typeof entry.data }).entry);
        for (const { way, canary } of leaves) {
          expect([way, text.includes(canary)]).toEqual([way, !isUnderCatalogue(type, way)]);
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('any entry', () => {
  test('comes back exactly as it was when everything is opened, and was never written to', () => {
    fc.assert(
      fc.property(arbitraryEntry(), (entry) => {
        const before = JSON.stringify(entry);
        const { entry: after, values } = sealed(frozen(entry));
        const opened = applyOpened(frozen(after), values);
        expect(opened).toEqual(entry);
        expect(JSON.stringify(opened)).toBe(before);
        expect(JSON.stringify(entry)).toBe(before);
      }),
      { numRuns: 500 },
    );
  });

  test('is of the same shape, with stars, to those who may open nothing', () => {
    fc.assert(
      fc.property(arbitraryEntry(), (entry) => {
        const { entry: after, values } = sealed(entry);
        const seen = applyOpened(after, new Map());
        expect(findRefs(seen)).toEqual([]);
        for (const pointer of values.keys()) expect(valueAt(seen, pointer)).toBe(REDACTED);
        const nulls = applyOpened(after, new Map(), 'null');
        for (const pointer of values.keys()) expect(valueAt(nulls, pointer)).toBe(null);
        expect(applyOpened(after, new Map(), 'ref')).toEqual(after);
        // Putting the values back where the stars are gives the entry: nothing else differs.
        const restored = applyOpened(applyOpened(after, new Map(), 'ref'), values);
        expect(JSON.stringify(restored)).toBe(JSON.stringify(entry));
      }),
    );
  });

  test('that is not sensitive stays as it is', () => {
    fc.assert(
      fc.property(
        arbitraryEntry(BUILT_IN_NAMES.filter((type) => !/^(http|ws|file|image|audio|video)/.test(type))),
        (entry) => {
          const { entry: after, values } = sealed(entry, { context: NOT_SENSITIVE });
          expect(values.size).toBe(0);
          expect(after).toEqual(entry);
        },
      ),
    );
  });

  test('has nothing left to seal once it is sealed', () => {
    fc.assert(
      fc.property(arbitraryEntry(), (entry) => {
        const { entry: after } = sealed(entry);
        const again = sealed(after, { refsAllowed: true });
        expect(again.values.size).toBe(0);
        expect(JSON.stringify(again.entry)).toBe(JSON.stringify(after));
      }),
    );
  });

  test('is explained as it is sealed', () => {
    fc.assert(
      fc.property(arbitraryEntry(), fc.boolean(), (entry, isSensitive) => {
        const context = isSensitive ? SENSITIVE_CONTEXT : NOT_SENSITIVE;
        const { values } = sealed(entry, { context });
        const { parts, ...decision } = explain(entry, context, STANDARD_POLICY);
        const places = parts.filter((part) => part.sealed).map((part) => part.pointer);
        expect(places).toEqual([...values.keys()].sort());
        const { sensitive, rule } = classify(entry, context, STANDARD_POLICY);
        expect(decision).toEqual({ sensitive, rule, why: expect.stringMatching(/^[A-Z].*\.$/) });
        expect(parts.filter((part) => !/^\S.*\.$/.test(part.why))).toEqual([]);
        // The parts together are all of the data: no leaf is outside of them, and none in two.
        const leaves = parts.flatMap(({ pointer }) => withCanaries(valueAt(entry, pointer)).leaves);
        expect(leaves).toHaveLength(withCanaries(entry.data).leaves.length);
      }),
    );
  });

  test('with refs anywhere keeps them as they are, and seals all that is around them', () => {
    const component = (result: unknown) => ({ type: 'component.response', data: { result, component: aRef('kept') } });
    fc.assert(
      fc.property(withRefs(), (result) => {
        const { data, leaves } = withCanaries(result);
        const refs = findRefs(component(data));
        const { entry: after, values } = sealed(frozen(component(data)), { refsAllowed: true });
        const text = JSON.stringify(after);
        expect(leaves.filter(({ canary }) => text.includes(canary))).toEqual([]);
        for (const { pointer, token } of refs) expect(valueAt(after, pointer)).toEqual({ $sensitive: token });
        for (const value of values.values()) expect(findRefs(value)).toEqual([]);
        expect(findRefs(after)).toHaveLength(refs.length + values.size);
        expect(JSON.stringify(applyOpened(after, values, 'ref'))).toBe(JSON.stringify(component(data)));
      }),
    );
  });

  test('with the reserved key anywhere is refused from outside', () => {
    const reserved = fc.oneof(
      fc.constant(aRef()),
      arbitraryValue().map((value) => ({ $sensitive: value })),
    );
    fc.assert(
      fc.property(arbitraryEntry(), reserved, fc.constantFrom('data', 'user', 'extra'), (entry, ref, where) => {
        const hostile = { ...entry, [where]: [[ref], entry.data] };
        const classified = classify(hostile, SENSITIVE_CONTEXT, STANDARD_POLICY);
        expect(() => planSealing(hostile, classified, { refsAllowed: false })).toThrow(
          expect.objectContaining({ code: 'ref-not-allowed', paths: [`/${where}/0/0`] }),
        );
      }),
    );
  });
});

/** Any value, with refs in the place of some of its parts. */
function withRefs(): fc.Arbitrary<unknown> {
  return fc.tuple(arbitraryValue(), arbitraryValue(), arbitraryValue()).map(([a, b, c]) => {
    const put = (value: unknown, nth: number): unknown => {
      if (Array.isArray(value)) return [...value.map((below) => put(below, nth + 1)), aRef(nth)];
      if (typeof value === 'object' && value !== null) {
        const members = Object.entries(value).map(([name, below]) => [name, put(below, nth + 1)] as const);
        return Object.fromEntries([...members, ['ref', aRef(nth)]]);
      }
      return nth % 3 === 2 ? aRef(nth) : value;
    };
    return [put(a, 0), b, { c: put(c, 1) }];
  });
}

/** The value with a text of its own in every leaf but `null`; refs stay. */
function withCanaries(value: unknown): { data: unknown; leaves: Leaf[] } {
  const leaves: Leaf[] = [];
  const mark = (at: unknown, way: Leaf['way']): unknown => {
    if (at === null) return null;
    if (Array.isArray(at)) return at.map((below, index) => mark(below, [...way, ['array', String(index)]]));
    if (typeof at === 'object') {
      if (Object.hasOwn(at, '$sensitive')) return at;
      return Object.fromEntries(
        Object.entries(at).map(([name, below]) => [name, mark(below, [...way, ['object', name]])]),
      );
    }
    const canary = `canary ${leaves.length};`;
    leaves.push({ way, canary });
    return canary;
  };
  return { data: mark(value, []), leaves };
}

/** The catalogue's meaning, leaf by leaf: on a catalogued path, or where one expects something else. */
function isUnderCatalogue(type: string, way: Leaf['way']): boolean {
  const paths: readonly string[] = BUILT_IN_TYPES[type as BuiltInType]?.sensitive ?? ['data.*'];
  return paths.some((path) => {
    const steps = path.replace(/^data/, '').match(/\[\*\]|\.[^.[]+/g) ?? [];
    for (const [depth, step] of steps.entries()) {
      const [container, name] = way[depth] ?? [];
      if (container !== (step === '[*]' ? 'array' : 'object')) return true;
      if (step !== '[*]' && step !== '.*' && step !== `.${name}`) return false;
    }
    return true;
  });
}
