// Plaintext that the SDK gives shows itself nowhere until it is revealed.

import assert from 'node:assert';
import { Console } from 'node:console';
import { Writable } from 'node:stream';
import { format, inspect, isDeepStrictEqual } from 'node:util';
import { deserialize, serialize } from 'node:v8';
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import { REDACTED, Sensitive } from '../../../../client/sdk/index.ts';
import { type MemoryVault, memoryVault } from '../../../support/memory-vault.ts';
import { direct, overRest } from './callers.ts';

// Only letters and digits, so that no encoding hides it.
const SECRET = 'maya4711';
const ALL = { showHidden: true, getters: true, depth: Infinity, showProxy: true } as const;
const sensitive = () => new Sensitive(SECRET, new Date('2027-01-15T00:00:00Z'));

/** Everything that Node prints or copies of a thing, by the way it was done. */
function everyWayOut(thing: unknown): Map<string, string> {
  let printed = '';
  const stream = new Writable({
    write: (chunk, _, done) => {
      printed += String(chunk);
      done();
    },
  });
  const log = new Console({ stdout: stream, stderr: stream, inspectOptions: { depth: Infinity } });
  const failed = new Error('failed', { cause: thing });
  const ways: Record<string, () => unknown> = {
    'console.log': () => log.log(thing, [thing], { thing }, new Map([['thing', thing]]), new Set([thing])),
    'console.log with formats': () => log.log('%s %o %O %j %d', thing, thing, thing, thing, thing),
    'console.error': () => log.error(thing),
    'console.warn': () => log.warn(thing),
    'console.info': () => log.info(thing),
    'console.debug': () => log.debug(thing),
    'console.trace': () => log.trace(thing),
    'console.assert': () => log.assert(false, '%O', thing),
    'console.table': () => log.table([thing, { thing }]),
    'console.dir': () => log.dir(thing, ALL),
    'console.dirxml': () => log.dirxml(thing),
    'console.group': () => log.group(thing),
    'util.inspect': () => inspect(thing, ALL),
    'util.inspect without its hook': () => inspect({ thing }, { ...ALL, customInspect: false }),
    'util.format': () => format('%s %j', thing, thing),
    JSON: () => JSON.stringify({ thing, list: [thing] }),
    'JSON with indentation': () => JSON.stringify(thing, null, 2),
    template: () => `${text(thing)}`,
    concatenation: () => `say: ${[thing].join()}`,
    'the message of an error': () => new Error(`no ${text(thing)}`).stack,
    'the cause of an error': () => inspect(failed, ALL),
    'an error as JSON': () => JSON.stringify({ message: failed.message, cause: failed.cause }),
    'an aggregate error': () => inspect(new AggregateError([thing, failed]), ALL),
    'Object.entries': () => JSON.stringify(Object.entries(Object(thing))) + inspect(Object.entries(Object(thing)), ALL),
    'own property descriptors': () => inspect(Object.getOwnPropertyDescriptors(thing), ALL),
    spread: () => inspect({ ...Object(thing) }, ALL),
    'Object.assign': () => inspect(Object.assign({}, thing), ALL),
    structuredClone: () => inspect(structuredClone(thing), ALL),
    'v8.serialize': () => serialize(thing).toString('latin1') + inspect(deserialize(serialize(thing)), ALL),
    'a message to another thread': () => {
      const { port1, port2 } = new MessageChannel();
      port1.postMessage(thing);
      const received = inspect(receiveMessageOnPort(port2), ALL);
      port1.close();
      return received;
    },
    'the diff of an assertion': () => messageOf(() => assert.deepStrictEqual(thing, { another: 'thing' })),
    'the diff of a test': () => messageOf(() => expect(thing).toEqual({ another: 'thing' })),
    'URL parameters': () => new URLSearchParams({ thing: text(thing) }).toString(),
    'a sort': () => [thing, thing].sort().join(),
  };
  return new Map(
    Object.entries(ways).map(([way, run]) => {
      printed = '';
      const result = run();
      return [way, printed + (typeof result === 'string' ? result : inspect(result, ALL))];
    }),
  );
}

/** As untyped code would convert it. */
function text(thing: unknown): string {
  return String(thing);
}

function messageOf(run: () => void): string {
  try {
    run();
  } catch (error) {
    return inspect(error, ALL);
  }
  throw new Error('nothing was thrown');
}

const CLIENTS: [way: string, client: typeof overRest | typeof direct][] = [
  ['over REST', overRest],
  ['directly', direct],
];

describe.each(CLIENTS)('a component that logs all that it is given, %s,', (_, client) => {
  async function opened(vault: MemoryVault) {
    const { refs } = await client(vault, 'web').encrypt({ email: SECRET, form: { deep: [SECRET] }, gone: SECRET });
    return client(vault).decrypt({ ...refs, gone: 'dk2_nonsense' });
  }

  test('leaks nothing in any way that Node offers', async () => {
    const vault = await memoryVault();
    const fields = await opened(vault);
    for (const thing of [fields, fields.email, fields.form, Object.values(fields), client(vault)]) {
      const leaks = [...everyWayOut(thing)].filter(([, out]) => out.includes(SECRET) || out.includes('dkt_'));
      expect(leaks).toEqual([]);
    }
    expect(fields.email.status === 'ok' && fields.email.value.reveal()).toBe(SECRET);
  });
});

test.each([...everyWayOut(sensitive()).keys()])('a sensitive value shows no plaintext to %s', (way) => {
  expect(everyWayOut(sensitive()).get(way)).not.toContain(SECRET);
});

/** What a value would be without its wrapping. */
class Bare {
  readonly value = SECRET;
  toString(): string {
    return SECRET;
  }
}

test('the ways out that are tried would show a value that is not wrapped', () => {
  const silent = [...everyWayOut(new Bare())].filter(([, out]) => !out.includes(SECRET)).map(([way]) => way);
  expect(silent).toEqual([]);
});

test('a warning of the process shows stars', async () => {
  // Node's own listener would print it.
  const listeners = process.listeners('warning');
  process.removeAllListeners('warning');
  const warned = new Promise<Error>((resolve) => process.once('warning', resolve));
  process.emitWarning(`about ${sensitive()}`);
  expect(inspect(await warned, ALL)).toContain(REDACTED);
  for (const listener of listeners) process.on('warning', listener);
});

describe('a sensitive value is stars', () => {
  const cases: [where: string, shown: unknown][] = [
    ['in a template', `${sensitive()}`],
    ['in a string', String(sensitive())],
    ['in JSON', JSON.parse(JSON.stringify(sensitive()))],
    ['inspected', inspect(sensitive())],
    ['as text for a locale', sensitive().toLocaleString()],
  ];

  test.each(cases)('%s', (_, shown) => {
    expect(shown).toBe(REDACTED);
  });

  test.each([
    ['cloned', () => structuredClone(sensitive())],
    ['spread', () => ({ ...sensitive() })],
    ['serialised', () => deserialize(serialize(sensitive()))],
  ])('%s', (_, copy) => {
    expect(copy()).toEqual({ redacted: REDACTED, instance: expect.any(Number) });
  });

  test('inspected without its hook', () => {
    expect(inspect(sensitive(), { customInspect: false })).toContain(REDACTED);
  });

  test('as a number is none', () => {
    expect(Number(sensitive())).toBeNaN();
  });
});

describe('two sensitive values', () => {
  const [one, same, other] = [sensitive(), sensitive(), new Sensitive('ada4712', new Date('2027-01-15T00:00:00Z'))];

  test.each<[by: string, isEqual: (a: unknown, b: unknown) => boolean]>([
    ['toEqual', (a, b) => passes(() => expect({ a: [a] }).toEqual({ a: [b] }))],
    ['toStrictEqual', (a, b) => passes(() => expect(a).toStrictEqual(b))],
    ['toMatchObject', (a, b) => passes(() => expect({ a }).toMatchObject({ a: b }))],
    ['assert.deepEqual', (a, b) => passes(() => assert.deepEqual(a, b))],
    ['assert.deepStrictEqual', (a, b) => passes(() => assert.deepStrictEqual(a, b))],
    ['assert.deepEqual in a Map', (a, b) => passes(() => assert.deepEqual(new Map([[1, a]]), new Map([[1, b]])))],
    ['assert.deepEqual in a Set', (a, b) => passes(() => assert.deepEqual(new Set([a]), new Set([b])))],
    ['toEqual once they are spread', (a, b) => passes(() => expect({ ...Object(a) }).toEqual({ ...Object(b) }))],
    ['toEqual once they are cloned', (a, b) => passes(() => expect(structuredClone(a)).toEqual(structuredClone(b)))],
    ['toContainEqual', (a, b) => passes(() => expect([a]).toContainEqual(b))],
    ['util.isDeepStrictEqual', (a, b) => isDeepStrictEqual([a], [b])],
  ])('are different to %s, whatever they hold, and each is equal to itself', (_, isEqual) => {
    expect([isEqual(one, other), isEqual(one, same), isEqual(one, one)]).toEqual([false, false, true]);
  });

  test('are compared by what they reveal', () => {
    expect([one.reveal() === same.reveal(), one.reveal() === other.reveal()]).toEqual([true, false]);
  });
});

function passes(run: () => void): boolean {
  try {
    run();
    return true;
  } catch {
    return false;
  }
}

describe('a sensitive value', () => {
  test('gives its value and the end of its life when asked', () => {
    expect([sensitive().reveal(), sensitive().expiresAt.toISOString()]).toEqual([SECRET, '2027-01-15T00:00:00.000Z']);
  });

  test('keeps the end of its life whatever is done to the date that it gave', () => {
    const value = sensitive();
    value.expiresAt.setFullYear(2099);
    expect(value.expiresAt.getUTCFullYear()).toBe(2027);
  });

  test('cannot be given other words for itself', () => {
    expect(() => Object.assign(sensitive(), { toJSON: () => SECRET })).toThrow(TypeError);
  });

  test('has an end', () => {
    expect(() => new Sensitive('x', new Date('never'))).toThrow(RangeError);
    expect(() => new Sensitive('x', '2027-01-15' as unknown as Date)).toThrow(TypeError);
  });
});
