// A vault behind a port of this machine: plain HTTP, the paths and answers of the REST API.

import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { OPERATIONS, type Operation } from '../../vault/domain/trust.ts';
import { PROBLEM_STATUS, PROBLEM_TYPE, problem } from '../../wire/problem.ts';

/** A vault that listens. */
export interface Listening {
  /** Base of the REST API; routes begin with `/v1`. */
  readonly url: string;
  /** Takes no more requests and breaks off those that wait. */
  close(): Promise<void>;
}

/** A request to a route that exists. */
export interface RestRequest {
  readonly app: string;
  readonly operation: Operation;
  /** Every value of each header. */
  readonly headers: Readonly<Record<string, readonly string[]>>;
  readonly body: string | Buffer;
}

/** What goes over the wire. */
export interface RestAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON text. */
  readonly body: string;
}

/** What API Gateway takes of one request. */
const MAX_BODY_BYTES = 10 * 1024 * 1024;
const HEADERS = { 'Cache-Control': 'no-store', 'Content-Type': PROBLEM_TYPE };

/** Listens on 127.0.0.1. @param port 0 lets the system choose one. */
export async function listen(serve: (request: RestRequest) => Promise<RestAnswer>, port: number): Promise<Listening> {
  const server = createServer((incoming, outgoing) => {
    answerTo(incoming, serve)
      .then(({ status, headers, body }) => outgoing.writeHead(status, headers).end(body))
      .catch(() => outgoing.destroy());
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answerTo(
  incoming: IncomingMessage,
  serve: (request: RestRequest) => Promise<RestAnswer>,
): Promise<RestAnswer> {
  const body = await bodyOf(incoming);
  const route = incoming.method === 'POST' ? routeOf(incoming.url ?? '') : undefined;
  if (route === undefined) return refusal('not-found', 'no such route');
  if (body === undefined) return refusal('too-large', 'the request is too large');
  const headers = Object.entries(incoming.headersDistinct).map(([name, values]) => [name, values ?? []]);
  return serve({ ...route, body, headers: Object.fromEntries(headers) });
}

/** The body, all of it read; `undefined` for one that is too large to be kept. */
async function bodyOf(incoming: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= MAX_BODY_BYTES) chunks.push(chunk);
  }
  return bytes <= MAX_BODY_BYTES ? Buffer.concat(chunks) : undefined;
}

function routeOf(url: string): Pick<RestRequest, 'app' | 'operation'> | undefined {
  const [, escaped = '', name] = /^\/v1\/apps\/([^/?]+)\/([a-z]+)(?:\?.*)?$/.exec(url) ?? [];
  const operation = OPERATIONS.find((known) => known === name);
  if (operation === undefined) return undefined;
  try {
    return { app: decodeURIComponent(escaped), operation };
  } catch {
    return undefined;
  }
}

/** What API Gateway says itself. */
function refusal(code: 'not-found' | 'too-large', detail: string): RestAnswer {
  const status = PROBLEM_STATUS[code];
  return { status, headers: HEADERS, body: JSON.stringify(problem(status, code, detail)) };
}
