// Everything that a dependency or the network to it may do wrong, and what one such fault leads to.

import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, exception, jsonAnswer, xmlAnswer } from '../support/aws/answer.ts';
import type { Breaking, Lasting } from '../support/aws/faulty-network.ts';

type Service = 'DynamoDB' | 'KMS' | 'STS';

/** One way for a call to go wrong. */
export interface Fault {
  readonly name: string;
  /** Whether a call can go wrong in this way. */
  readonly befalls: (call: string) => boolean;
  readonly breaking: Breaking;
  /** When it happens once: whether the SDK's second attempt succeeds, so that the fault has no effect. */
  readonly isCured: boolean;
  /** When it goes on: whether the vault answers nevertheless. */
  readonly isHarmless?: boolean;
  /** Whether the function has to give up waiting: its patience is shortened then. */
  readonly takesPatience?: boolean;
  /** The one way in which it happens, where both would only take twice the time. */
  readonly only?: Lasting;
}

/** Longer than any answer of a healthy dependency, shorter than the functions' patience. */
const SLOW_MS = 30;

const of = (service: Service) => (call: string) => call.startsWith(`${service}.`);
const any = () => true;

/** An exception as AWS sends it. */
function refusal(service: Service, status: number, name: string): Fault {
  return {
    name: `${name}, status ${status}`,
    befalls: of(service),
    breaking: () => (service === 'STS' ? stsRefusal(status, name) : exception(name, status)),
    isCured: true,
  };
}

/** The dependency acts, and of its answer comes what `mangled` makes of it. */
function answeredBadly(name: string, mangled: (answer: Answer) => Answer | { halfOf: Answer }): Fault {
  return { name, befalls: any, breaking: ({ act }) => mangled(act()), isCured: false };
}

export const FAULTS: readonly Fault[] = [
  refusal('DynamoDB', 400, 'ThrottlingException'),
  refusal('DynamoDB', 400, 'ProvisionedThroughputExceededException'),
  refusal('DynamoDB', 500, 'InternalServerError'),
  refusal('KMS', 400, 'ThrottlingException'),
  refusal('KMS', 500, 'KMSInternalException'),
  refusal('KMS', 503, 'DependencyTimeoutException'),
  refusal('STS', 400, 'Throttling'),
  refusal('STS', 500, 'InternalFailure'),
  // What a role that was changed by mistake brings about: no fault of the data's, and nothing that a second try cures.
  { ...refusal('DynamoDB', 400, 'AccessDeniedException'), isCured: false },
  { ...refusal('KMS', 400, 'AccessDeniedException'), isCured: false },
  {
    name: 'a balancer’s 503 in HTML',
    befalls: any,
    breaking: () => ({ status: 503, headers: HTML, body: Buffer.from('<h1>Service Unavailable</h1>') }),
    isCured: true,
  },
  { name: 'a reset before the dependency acts', befalls: any, breaking: () => 'reset', isCured: true },
  {
    name: 'a reset after the dependency has acted',
    befalls: any,
    breaking({ act }) {
      act();
      return 'reset';
    },
    isCured: true,
  },
  {
    name: 'silence, the dependency not acting',
    befalls: any,
    breaking: () => 'silence',
    isCured: true,
    takesPatience: true,
    only: 'on',
  },
  {
    name: 'silence, the dependency having acted',
    befalls: any,
    breaking({ act }) {
      act();
      return 'silence';
    },
    // It mostly is, but not on a machine so busy that the second attempt comes late too.
    isCured: false,
    takesPatience: true,
    only: 'once',
  },
  answeredBadly('half an answer, then the end of the connection', (halfOf) => ({ halfOf })),
  answeredBadly('an answer cut short, as if it were whole', (answer) => ({
    ...answer,
    body: answer.body.subarray(0, answer.body.length - 1),
  })),
  answeredBadly('an answer of 200 without a body', (answer) => ({ ...answer, body: Buffer.alloc(0) })),
  answeredBadly('an answer of 200 in HTML', () => ({ status: 200, headers: HTML, body: Buffer.from('<p>hello</p>') })),
  {
    name: 'a slow answer',
    befalls: any,
    async breaking({ act }) {
      await sleep(SLOW_MS);
      return act();
    },
    isCured: true,
    isHarmless: true,
  },
  {
    name: 'no key processed',
    befalls: (call) => call.startsWith('DynamoDB.BatchGetItem'),
    breaking: ({ input }) => jsonAnswer(200, { Responses: {}, UnprocessedKeys: input.RequestItems }),
    isCured: true,
  },
  {
    name: 'one key processed, the others not',
    befalls: (call) => call.startsWith('DynamoDB.BatchGetItem'),
    breaking({ input, act }) {
      const { Responses } = JSON.parse(act().body.toString('utf8'));
      const [[table, { Keys, ...rest }]] = Object.entries(input.RequestItems as object) as [[string, Batch]];
      const [first, ...left] = Keys;
      const ofOne = Responses[table].filter(({ pk, sk }: Key) => pk.S === first?.pk.S && sk.S === first.sk.S);
      const UnprocessedKeys = left.length === 0 ? {} : { [table]: { ...rest, Keys: left } };
      return jsonAnswer(200, { Responses: { [table]: ofOne }, UnprocessedKeys });
    },
    isCured: true,
    isHarmless: true,
  },
];

const HTML = { 'content-type': 'text/html' };

interface Key {
  readonly pk: { readonly S: string };
  readonly sk: { readonly S: string };
}

interface Batch {
  readonly Keys: readonly Key[];
}

function stsRefusal(status: number, name: string): Answer {
  return xmlAnswer(status, `<ErrorResponse><Error><Type>Sender</Type><Code>${name}</Code></Error></ErrorResponse>`);
}
