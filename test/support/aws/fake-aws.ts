// The one fake of AWS for tests and benches: DynamoDB, KMS, STS and Lambda in memory, behind the real SDK clients or HTTP.

import type { KMSClientConfig } from '@aws-sdk/client-kms';
import { type Answer, type Input, jsonAnswer, Refusal } from './answer.ts';
import { type Done, fakeDynamo } from './dynamo.ts';
import { fakeKms } from './kms.ts';
import { type FakeFunction, invoke, isInvocation } from './lambda.ts';
import { answerSts, type StsCaller, type StsRequest } from './sts.ts';
import type { Table } from './table.ts';

/** A request over the network. */
export interface AwsCall {
  /** `KMS.Encrypt`, `DynamoDB.PutItem`, … */
  readonly operation: string;
  readonly input: Input;
  /** Bodies of request and answer, without headers. */
  readonly wireBytes: number;
  /** What DynamoDB bills; 0 for other services. */
  readonly readUnits: number;
  readonly writeUnits: number;
}

/** Takes the place of an answer: an exception of AWS, or an error of the network. `undefined` lets the request through. */
export type Fault = (input: Input) => Answer | Error | undefined;

export interface FakeAws {
  /** Configuration for SDK clients that reach this account without a network. One attempt: a fault is seen at once. */
  readonly clients: Pick<KMSClientConfig, 'region' | 'credentials' | 'requestHandler' | 'maxAttempts'>;
  /** The calls since the last {@link FakeAws.take}. */
  readonly calls: readonly AwsCall[];
  /** Returns these calls and empties the list. */
  take(): AwsCall[];
  /** How often each operation was called since then. */
  counts(): Record<string, number>;
  /** Puts a fault before an operation until the returned function is called. */
  fault(operation: string, fault: Fault): () => void;
  /** @throws Refusal `ResourceNotFoundException` for a table that was not created. */
  table(name: string): Table;
  /** Adds an enabled KMS key under a chosen ARN. */
  addKey(arn: string): void;
  /** Callers that STS knows. */
  readonly callers: StsCaller[];
  /** Lambda functions by the name or ARN that they are invoked by. */
  readonly functions: Map<string, FakeFunction>;
  /** Carries out a request, as an HTTP server received it. @param requestBytes of its body. @default those of `input` */
  respond(operation: string, input: Input, requestBytes?: number): Answer;
  respondAsSts(request: StsRequest): Answer;
}

interface SdkRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly path: string;
  readonly body: Uint8Array | string;
}

/** Prefixes of `X-Amz-Target`. */
const SERVICES: Readonly<Record<string, string>> = {
  DynamoDB_20120810: 'DynamoDB',
  TrentService: 'KMS',
  ResourceGroupsTaggingAPI_20170126: 'Tagging',
};

/** An account without tables, keys and callers. @param clock milliseconds since 1970. @default Date.now */
export function fakeAws({ clock = () => Date.now() } = {}): FakeAws {
  const dynamo = fakeDynamo();
  const kms = fakeKms(clock);
  const callers: StsCaller[] = [];
  const functions = new Map<string, FakeFunction>();
  const faults = new Map<string, Fault>();
  let calls: AwsCall[] = [];

  function carryOut(operation: string, input: Input): Done {
    const [service, name = ''] = operation.split('.');
    const action = service === 'KMS' ? kms.actions[name] : undefined;
    if (action) return { body: action(input) };
    if (operation === 'Tagging.GetResources') return { body: kms.taggedKeys(input) };
    const done = service === 'DynamoDB' ? dynamo.actions[name]?.(input) : undefined;
    if (done) return done;
    throw new Error(`the fake of AWS does not implement ${operation}`);
  }

  function respond(operation: string, input: Input, requestBytes = Buffer.byteLength(JSON.stringify(input))): Answer {
    const count = (answer: Answer, { readUnits = 0, writeUnits = 0 }: Omit<Done, 'body'>): Answer => {
      calls.push({ operation, input, wireBytes: requestBytes + answer.body.length, readUnits, writeUnits });
      return answer;
    };
    try {
      const done = carryOut(operation, input);
      return count(jsonAnswer(200, done.body), done);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return count(jsonAnswer(400, { __type: error.name, message: error.message, ...error.more }), error.units);
    }
  }

  /** What a client gets, faults included. */
  function reach(operation: string, text: string): Answer | Error {
    const input: Input = JSON.parse(text);
    return faults.get(operation)?.(input) ?? respond(operation, input, Buffer.byteLength(text));
  }

  function take(): AwsCall[] {
    const taken = calls;
    calls = [];
    return taken;
  }

  return {
    callers,
    functions,
    respond,
    take,
    get calls() {
      return calls;
    },
    counts() {
      const counts: Record<string, number> = {};
      for (const { operation } of calls) counts[operation] = (counts[operation] ?? 0) + 1;
      return counts;
    },
    fault(operation, fault) {
      faults.set(operation, fault);
      return () => void faults.delete(operation);
    },
    table: dynamo.table,
    addKey: kms.addKey,
    respondAsSts: (request) => answerSts(callers, request, clock),
    clients: {
      region: 'eu-central-1',
      credentials: { accessKeyId: 'fake', secretAccessKey: 'fake' },
      maxAttempts: 1,
      requestHandler: {
        async handle({ headers: sent, path, body }: SdkRequest) {
          const text = typeof body === 'string' ? body : new TextDecoder().decode(body);
          const answer = isInvocation(path)
            ? await invoke(functions, path, text)
            : reach(operationIn(sent['x-amz-target']), text);
          if (answer instanceof Error) throw answer;
          // As AWS does on every answer (RFC 9110, 6.6.1).
          const headers = { date: new Date(clock()).toUTCString(), ...answer.headers };
          return { response: { statusCode: answer.status, headers, body: answer.body } };
        },
      },
    },
  };
}

/** `DynamoDB.GetItem` for the target `DynamoDB_20120810.GetItem`. */
export function operationIn(target: string | undefined): string {
  const [prefix = '', name] = (target ?? '').split('.');
  return `${SERVICES[prefix]}.${name}`;
}
