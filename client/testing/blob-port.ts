// Puts the testing kit's blobs behind a port of this machine, opened when the first blob is sealed or opened.

import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { StoreAnswer, StoreRequest } from '../../vault/memory/blob-store.ts';

/** Where the store listens: starts it once. It keeps no process alive. */
export function blobPort(serve: (request: StoreRequest) => StoreAnswer): () => Promise<string> {
  let origin: Promise<string> | undefined;
  return () => {
    origin ??= listen(serve);
    return origin;
  };
}

async function listen(serve: (request: StoreRequest) => StoreAnswer): Promise<string> {
  const server = createServer((incoming, outgoing) => {
    readRequest(incoming)
      .then(serve)
      .then(({ status, headers, body }) => {
        // For the Console's page, which has another port.
        const shared = { 'access-control-allow-origin': '*', 'content-length': body.length };
        outgoing.writeHead(status, { ...headers, ...shared }).end(body);
      })
      .catch(() => outgoing.destroy());
  });
  server.unref();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function readRequest(incoming: IncomingMessage): Promise<StoreRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
  const headers = Object.entries(incoming.headersDistinct).map(([name, values]) => [name, values?.[0]]);
  return {
    method: incoming.method ?? '',
    target: incoming.url ?? '',
    headers: Object.fromEntries(headers),
    body: Buffer.concat(chunks),
  };
}
