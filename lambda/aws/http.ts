// One HTTP exchange: sends a request and collects the whole answer, for the SDK's clients and for STS.

import type { IncomingMessage } from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';

/** A request without a query, whose body is in memory. */
export interface Outgoing {
  readonly method: string;
  /** `https:`, or `http:` for emulators. */
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number | undefined;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/** A whole answer. Names of headers are in lower case. */
export interface Answer {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: Buffer;
}

export interface ExchangeOptions {
  /** Most time for the whole exchange, in milliseconds. */
  readonly timeoutMs: number;
  /** Most time until the server is connected, in milliseconds. @default 1000: within a Region it takes a few */
  readonly connectMs?: number;
  /** Whether to use a connection again, and to leave it open afterwards. */
  readonly keepAlive: boolean;
  /** The longest body of an answer, in bytes. @default no limit */
  readonly maxBytes?: number;
}

const MAX_CONNECTIONS = 50;
const CONNECT_MS = 1000;
const agents = new Map<string, https.Agent>();

/**
 * Sends a request and waits for the end of the answer, whatever its status.
 *
 * @throws Error `TimeoutError`, `AnswerTooLong`, or Node's own of the network.
 */
export function exchange(request: Outgoing, options: ExchangeOptions): Promise<Answer> {
  const { timeoutMs, connectMs = CONNECT_MS, keepAlive, maxBytes } = options;
  const { protocol, method, hostname, port, path, headers, body } = request;
  return new Promise((resolve, reject) => {
    const agent = keepAlive && agentFor(protocol);
    const outgoing = nodeClient(protocol).request({ method, hostname, port, path, headers, agent });
    const fail = (error: Error) => {
      clearTimeout(timer);
      reject(error);
    };
    const giveUp = (name: string) => {
      fail(Object.assign(new Error(`gave up on ${hostname}`), { name }));
      outgoing.destroy();
    };
    const timer = setTimeout(giveUp, timeoutMs, 'TimeoutError');
    outgoing.on('socket', (socket) => giveUpConnecting(socket, connectMs, () => giveUp('TimeoutError')));
    outgoing.on('error', fail).on('response', (incoming: IncomingMessage) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      incoming.on('error', fail).on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        bytes += chunk.length;
        if (maxBytes !== undefined && bytes > maxBytes) giveUp('AnswerTooLong');
      });
      incoming.on('end', () => {
        clearTimeout(timer);
        // Only cookies come as lists, and no service of AWS sets one.
        const answered = incoming.headers as Record<string, string>;
        resolve({ statusCode: incoming.statusCode ?? 0, headers: answered, body: Buffer.concat(chunks, bytes) });
      });
    });
    outgoing.end(body);
  });
}

/** A server that does not answer at all is not waited for as long as one that works on its answer. */
function giveUpConnecting(socket: Socket, connectMs: number, giveUp: () => void): void {
  if (!socket.connecting) return;
  // A process that was busy sees only after its timers that it has been connected.
  const timer = setTimeout(() => setImmediate(() => socket.connecting && giveUp()), connectMs);
  for (const end of ['connect', 'close']) socket.once(end, () => clearTimeout(timer));
}

function agentFor(protocol: string): https.Agent {
  const agent =
    agents.get(protocol) ?? new (nodeClient(protocol).Agent)({ keepAlive: true, maxSockets: MAX_CONNECTIONS });
  agents.set(protocol, agent);
  return agent;
}

/** Importing `node:http` would take 26 ms: an import reads every export, and some load a module when they are read. */
function nodeClient(protocol: string): Pick<typeof https, 'Agent' | 'request'> {
  return protocol === 'http:' ? (process.getBuiltinModule('node:http') as unknown as typeof https) : https;
}
