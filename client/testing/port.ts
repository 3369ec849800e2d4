// Puts a vault behind a port of this machine: plain HTTP, with the paths and answers of the REST API.

import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DaykeyError } from '../../vault/domain/errors.ts';
import { type Answer, failure } from '../../vault/operations/answer.ts';
import type { HttpRequest } from '../../vault/operations/http-call.ts';
import { isOperation } from '../../wire/operations.ts';
import { PROBLEMS } from '../../wire/problem.ts';

/** A vault that listens. */
export interface Listening {
  /** Base of the REST API; routes begin with `/v1`. */
  readonly url: string;
  /** Accepts no more requests and breaks off open ones. */
  close(): Promise<void>;
}

/** Answers a request to a route that exists. */
type Serve = (request: Omit<HttpRequest, 'requestId'>) => Promise<Answer>;

/** The largest request body that API Gateway accepts, in bytes. */
const MAX_BODY_BYTES = 10 * 1024 * 1024;

/** Listens on 127.0.0.1. @param port 0 lets the system choose one. */
export async function listen(serve: Serve, port: number): Promise<Listening> {
  const server = createServer((incoming, outgoing) => {
    answerTo(incoming, serve)
      .then(({ status, headers, text }) => {
        const length = { 'Content-Length': Buffer.byteLength(text) };
        outgoing.writeHead(status, { ...headers, ...length }).end(text);
      })
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

/** The answer to a request. Refuses what API Gateway itself would refuse. */
async function answerTo(incoming: IncomingMessage, serve: Serve): Promise<Answer> {
  const body = await readBody(incoming);
  const route = incoming.method === 'POST' ? parseRoute(incoming.url ?? '') : undefined;
  if (route === undefined) return failure(new DaykeyError('not-found', PROBLEMS['not-found'].detail));
  if (body === undefined) return failure(new DaykeyError('too-large', PROBLEMS['too-large'].detail));
  const headers = Object.entries(incoming.headersDistinct).map(([name, values = []]) => [name, values] as const);
  return serve({ ...route, headers, body });
}

/** The whole body; `undefined` when it is too large to keep. Rejects when the caller breaks off. */
export function readBody(incoming: IncomingMessage): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    incoming.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= MAX_BODY_BYTES) chunks.push(chunk);
    });
    incoming.on('end', () => resolve(bytes <= MAX_BODY_BYTES ? Buffer.concat(chunks, bytes) : undefined));
    incoming.on('error', reject);
  });
}

function parseRoute(url: string): Pick<HttpRequest, 'app' | 'operation'> | undefined {
  const [, escaped = '', operation = ''] = /^\/v1\/apps\/([^/?]+)\/([a-z-]+)(?:\?.*)?$/.exec(url) ?? [];
  if (!isOperation(operation)) return undefined;
  try {
    return { app: decodeURIComponent(escaped), operation };
  } catch {
    return undefined;
  }
}
