// For any entry: what the catalogue does not list as readable is sealed, the rest stays, and all of it comes back.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BUILT_IN, buildCatalogue } from '../../../../../vault/domain/policy/catalogue.ts';
import type { EntryTypes } from '../../../../../vault/domain/policy/entry-type.ts';
import { explain } from '../../../../../vault/domain/policy/explain.ts';
import { applyOpened, findRefs } from '../../../../../vault/domain/policy/opening.ts';
import { planSealing } from '../../../../../vault/domain/policy/plan.ts';
import { policyFor } from '../../../../../vault/domain/policy/policy.ts';
import type { Entry } from '../../../../../wire/entry.ts';
import type { RedactAs } from '../../../../../wire/outgoing.ts';
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
  valueAt,
} from '../../../../support/entries.ts';

const NOT_SENSITIVE = { thread: { mode: 'bot' }, component: { sensitive: false }, cause: { sensitive: false } };

type Container = 'object' | 'array';
/** A leaf, and on the way to it each container's kind with the name that was taken there. */
interface Leaf {
  readonly way: readonly (readonly [Container, string])[];
  readonly canary: string;
}

describe.each([...BUILT_IN_NAMES, 'unheard.of'])('an entry of type %s', (type) => {
  test('keeps every leaf readable that the catalogue lists, and seals every other one', () => {
    fc.assert(
      fc.property(arbitraryEntry([type]), (entry) => {
        const { data, leaves } = withCanaries(entry.data);
        const text = JSON.stringify(sealed({ ...entry, data: data as Entry['data'] }).entry);
        for (const { way, canary } of leaves)
          expect([way, text.includes(canary)]).toEqual([way, isReadable(type, way)]);
      }),
      { numRuns: 60 },
    );
  });

  test('seals every member that is added to it, with any name, anywhere', () => {
    const name = fc.string().filter((text) => text !== '__proto__');
    fc.assert(
      fc.property(arbitraryEntry([type]), name, fc.nat(), (entry, added, nth) => {
        const secret = 'my secret is 555-0100';
        const { data, way } = withMember(entry.data, `${added}?`, secret, nth);
        expect([way, JSON.stringify(sealed({ ...entry, data } as Entry).entry)]).toEqual([
          way,
          expect.not.stringContaining(secret),
        ]);
      }),
      { numRuns: 60 },
    );
  });

  test('stays sealed where a change to the type does not name a field', () => {
    fc.assert(
      fc.property(arbitraryEntry([type]), arbitraryChange(type), ({ data }, change) => {
        const marked = withCanaries(data);
        const entry = { type, data: marked.data as Entry['data'] };
        const policy = policyFor({ entryTypes: BUILT_IN.has(type) ? { [type]: change } : {} });
        const text = JSON.stringify(sealed(entry, { policy }).entry);
        const changed = JSON.stringify(change);
        for (const { way, canary } of marked.leaves) {
          const wasReadable = isReadable(type, way);
          const isNamed = (change.clear ?? []).some((path) => leadsTo(path, way));
          const mayBeReadable = wasReadable || isNamed;
          expect([changed, way, text.includes(canary) && !mayBeReadable]).toEqual([changed, way, false]);
          const isSealed = (change.sensitive ?? []).some((path) => leadsTo(path, way.slice(0, stepsOf(path).length)));
          if (isSealed && !isNamed) expect([changed, way, text.includes(canary)]).toEqual([changed, way, false]);
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
        const opened = withValues(frozen(after), values);
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
        const seen = withValues(after, new Map());
        expect(findRefs(seen)).toEqual([]);
        for (const pointer of values.keys()) expect(valueAt(seen, pointer)).toBe(REDACTED);
        const nulls = withValues(after, new Map(), 'null');
        for (const pointer of values.keys()) expect(valueAt(nulls, pointer)).toBe(null);
        expect(withValues(after, new Map(), 'ref')).toEqual(after);
        // Putting the values back where the stars are gives the entry: nothing else differs.
        const restored = withValues(withValues(after, new Map(), 'ref'), values);
        expect(JSON.stringify(restored)).toBe(JSON.stringify(entry));
      }),
    );
  });

  test('that is not sensitive stays as it is', () => {
    fc.assert(
      fc.property(
        arbitraryEntry(BUILT_IN_NAMES.filter((type) => !/^(http|ws|file|image|audio|video)/.test(type))),
        (entry) => {
          const { entry: after, values } = sealed({ ...entry, user: { type: 'user' } }, { context: NOT_SENSITIVE });
          expect(values.size).toBe(0);
          expect(after).toEqual({ ...entry, user: { type: 'user' } });
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
        const { parts, ...decision } = explain(entry, context, STANDARD_POLICY, { refsAllowed: false });
        const places = parts.filter((part) => part.sealed).map((part) => part.pointer);
        expect(places).toEqual([...values.keys()].sort());
        const { sensitive, rule } = planSealing(entry, context, STANDARD_POLICY, { refsAllowed: false });
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
        for (const { pointer, ref } of refs) expect(valueAt(after, pointer)).toEqual({ $sensitive: ref });
        for (const value of values.values()) expect(findRefs(value)).toEqual([]);
        expect(findRefs(after)).toHaveLength(refs.length + values.size);
        expect(JSON.stringify(withValues(after, values, 'ref'))).toBe(JSON.stringify(component(data)));
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
        expect(() => planSealing(hostile, SENSITIVE_CONTEXT, STANDARD_POLICY, { refsAllowed: false })).toThrow(
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

/** The value with another text in every leaf but `null`; refs stay. */
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
    // One word, as readable fields are.
    const canary = `canary-${leaves.length}.`;
    leaves.push({ way, canary });
    return canary;
  };
  return { data: mark(value, []), leaves };
}

/** The catalogue's meaning, leaf by leaf: readable is what a line of `clear` leads to. */
function isReadable(type: string, way: Leaf['way']): boolean {
  return BUILT_IN.get(type)?.clear.some((path) => leadsTo(path, way)) ?? false;
}

function leadsTo(path: string, way: Leaf['way']): boolean {
  const steps = stepsOf(path);
  return (
    steps.length === way.length &&
    steps.every((step, depth) => {
      const [container, name] = way[depth] ?? [];
      if (step === '[*]') return container === 'array';
      return container === 'object' && (step === '.*' || step === `.${name}`);
    })
  );
}

function stepsOf(path: string): readonly string[] {
  return path.replace(/^data/, '').match(/\[\*\]|\.[^.[]+/g) ?? [];
}

/** Lines that an app might add to a built-in type: names that its data has, wildcards, and names beside them. */
function arbitraryChange(type: string): fc.Arbitrary<EntryTypes[string]> {
  const own = [...(BUILT_IN.get(type)?.clear ?? []), ...(BUILT_IN.get(type)?.sensitive ?? [])];
  const steps = ['.text', '.fields', '.answers', '.buttons', '.cards', '.style', '.name', '.value', '.*', '[*]'];
  const path = fc.oneof(
    fc.constantFrom(...own, 'data.text'),
    fc
      .tuple(fc.constantFrom(...steps.slice(0, -1)), fc.array(fc.constantFrom(...steps), { maxLength: 3 }))
      .map(([first, rest]) => `data${[first, ...rest].join('')}`),
  );
  const paths = fc.uniqueArray(path as fc.Arbitrary<`data.${string}`>, { maxLength: 2 });
  return fc.record({ clear: paths, sensitive: paths }).filter((change) => canBuild({ [type]: change }));
}

function canBuild(entryTypes: EntryTypes): boolean {
  try {
    return buildCatalogue(entryTypes).size > 0;
  } catch {
    return false;
  }
}

/** The data with one more member in its nth object, and the way there. */
function withMember(data: unknown, name: string, value: unknown, nth: number): { data: unknown; way: string[] } {
  const objects: string[][] = [];
  const find = (at: unknown, way: string[]): void => {
    if (typeof at !== 'object' || at === null) return;
    if (!Array.isArray(at)) objects.push(way);
    for (const [step, below] of Object.entries(at)) find(below, [...way, step]);
  };
  find(data, []);
  const way = objects[nth % Math.max(1, objects.length)];
  if (way === undefined) return { data: { [name]: value }, way: [] };
  const copy = (at: unknown, rest: readonly string[]): unknown => {
    const [step, ...below] = rest;
    if (Array.isArray(at)) return at.map((element, index) => (String(index) === step ? copy(element, below) : element));
    const members = Object.entries(at as object).map(([each, member]) => [
      each,
      each === step ? copy(member, below) : member,
    ]);
    return Object.fromEntries(step === undefined ? [...members, [name, value]] : members);
  };
  return { data: copy(data, way), way };
}

function withValues(entry: unknown, values: ReadonlyMap<string, unknown>, redactAs: RedactAs = 'string'): unknown {
  return applyOpened(entry, findRefs(entry), values, redactAs);
}
