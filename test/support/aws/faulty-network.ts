// The network between one function and the fake of AWS: an HTTP server that names the calls and breaks one of them.

import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Answer, Input } from './answer.ts';
import { type FakeAws, operationIn } from './fake-aws.ts';

/** What a fault makes of an exchange: an answer, half of one, an end of the connection, or no answer at all. */
export type Broken = Answer | { readonly halfOf: Answer } | 'reset' | 'silence';

/** A call before AWS has received it. */
export interface Exchange {
  readonly input: Input;
  /** Makes AWS carry it out. */
  readonly act: () => Answer;
}

export type Breaking = (exchange: Exchange) => Broken | Promise<Broken>;

/** `once` breaks one attempt of one call; `on` every attempt of it and all further calls of the same name. */
export type Lasting = 'once' | 'on';

export interface FaultyNetwork {
  readonly endpoint: string;
  /** Names of the calls made, in order: `DynamoDB.GetItem ring`, and with ` #2` when there were more of that name. */
  readonly calls: readonly string[];
  /** Breaks a call by its name, counting calls from now on. */
  break(call: string, breaking: Breaking, lasting: Lasting): void;
  /** How many attempts were broken since then. */
  brokenAttempts(): number;
  /** From now on everything is passed on again, and calls are counted from the first. */
  heal(): void;
  /** From that call on, nothing is passed on or answered. Resolves once the function waits for that call. */
  cutOffAt(call: string, when: 'before' | 'after'): Promise<void>;
  close(): Promise<void>;
}

/** A network to AWS, without faults at first. */
export async function faultyNetwork(aws: FakeAws): Promise<FaultyNetwork> {
  const calls: string[] = [];
  const attempts = new Map<string, { name: string; kind: string; count: number }>();
  let fault: { call: string; breaking: Breaking; lasting: Lasting } | undefined;
  let cut: { call: string; when: 'before' | 'after'; reached: () => void } | undefined;
  let isDead = false;
  let brokenAttempts = 0;

  /** The call that an attempt belongs to: SDKs give all attempts of one call the same ID. */
  function attemptOf(kind: string, id: string | undefined) {
    const known = id === undefined ? undefined : attempts.get(id);
    const before = [...attempts.values()].filter((call) => call.kind === kind).length;
    const call = known ?? { name: before === 0 ? kind : `${kind} #${before + 1}`, kind, count: 0 };
    call.count += 1;
    if (!known) {
      calls.push(call.name);
      attempts.set(id ?? call.name, call);
    }
    return call;
  }

  function brokenBy({ name, kind, count }: { name: string; kind: string; count: number }): Breaking | undefined {
    if (!fault) return undefined;
    if (name === fault.call) return fault.lasting === 'on' || count === 1 ? fault.breaking : undefined;
    const wasSeen = calls.includes(fault.call);
    return fault.lasting === 'on' && wasSeen && fault.call.startsWith(kind) ? fault.breaking : undefined;
  }

  function forget(): void {
    fault = undefined;
    brokenAttempts = 0;
    calls.splice(0);
    attempts.clear();
  }

  async function serve(incoming: IncomingMessage): Promise<Broken> {
    const body = await bodyOf(incoming);
    const target = incoming.headers['x-amz-target'];
    const isSts = target === undefined;
    const operation = isSts ? 'STS.GetCallerIdentity' : operationIn(String(target));
    const input: Input = isSts ? {} : JSON.parse(body.toString('utf8'));
    const kind = operation.startsWith('DynamoDB.') ? `${operation} ${tableIn(input)}` : operation;
    if (isDead) return 'silence';
    const call = attemptOf(kind, incoming.headers['amz-sdk-invocation-id'] as string | undefined);
    const headers = Object.fromEntries(Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]));
    const act = () =>
      isSts ? aws.respondAsSts({ headers, body: body.toString('utf8') }) : aws.respond(operation, input);
    if (cut?.call === call.name) {
      isDead = true;
      if (cut.when === 'after') act();
      cut.reached();
      return 'silence';
    }
    const breaking = brokenBy(call);
    if (!breaking) return act();
    brokenAttempts += 1;
    return breaking({ input, act });
  }

  const server = createServer((incoming, outgoing) => {
    serve(incoming).then(
      (broken) => deliver(broken, outgoing),
      () => outgoing.destroy(),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    brokenAttempts: () => brokenAttempts,
    break(call, breaking, lasting) {
      forget();
      fault = { call, breaking, lasting };
    },
    heal: forget,
    cutOffAt: (call, when) =>
      new Promise((reached) => {
        cut = { call, when, reached };
      }),
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

function deliver(broken: Broken, outgoing: ServerResponse): void {
  if (broken === 'silence') return;
  if (broken === 'reset') {
    outgoing.socket?.resetAndDestroy();
    return;
  }
  const { status, headers, body } = 'halfOf' in broken ? broken.halfOf : broken;
  outgoing.writeHead(status, { ...headers, 'content-length': body.length });
  if ('halfOf' in broken) outgoing.write(body.subarray(0, body.length / 2), () => outgoing.socket?.destroy());
  else outgoing.end(body);
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** The one table of a DynamoDB request. */
function tableIn({ TableName, RequestItems = {} }: Input): string {
  return TableName ?? Object.keys(RequestItems)[0] ?? '';
}
