// One exchange over a real connection: what is sent, what comes of each kind of answer, and when waiting ends.

import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { type ExchangeOptions, exchange } from '../../../../lambda/aws/http.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** A server that answers so, what it has received, and a request to it. */
async function serverThat(answer: (response: ServerResponse) => void) {
  const received: { headers: IncomingMessage['headers']; body: string; port: number | undefined }[] = [];
  const server = createServer(async (incoming, response) => {
    let body = '';
    for await (const chunk of incoming) body += String(chunk);
    received.push({ headers: incoming.headers, body, port: incoming.socket.remotePort });
    answer(response);
  }).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const request = { method: 'POST', protocol: 'http:', hostname: '127.0.0.1', port, path: '/', headers: {}, body: 'ü' };
  const ask = (options: Partial<ExchangeOptions> = {}) =>
    exchange(request, { timeoutMs: 5000, keepAlive: false, ...options });
  return { received, ask };
}

describe('an exchange', () => {
  test('sends the body with its length in bytes', async () => {
    const { received, ask } = await serverThat((response) => response.end());
    await ask();
    expect(received).toMatchObject([{ body: 'ü', headers: { 'content-length': '2' } }]);
  });

  test.each([200, 302, 400, 503])('gives an answer of %i with its headers and its whole body', async (status) => {
    const { ask } = await serverThat((response) => {
      response.writeHead(status, { 'X-Amzn-Kind': 'a' });
      response.write('one ');
      setTimeout(() => response.end('two'), 20);
    });
    const { statusCode, headers, body } = await ask();
    expect([statusCode, headers['x-amzn-kind'], body.toString()]).toEqual([status, 'a', 'one two']);
  });

  test('uses a kept connection again, and closes one that is not kept', async () => {
    const { received, ask } = await serverThat((response) => response.end());
    for (const keepAlive of [true, true, false]) await ask({ keepAlive });
    const [first, second, third] = received;
    expect(second?.port).toBe(first?.port);
    expect(third?.port).not.toBe(first?.port);
    expect(third?.headers.connection).toBe('close');
  });
});

describe('an exchange that fails', () => {
  test('by a reset before the answer has the code of the network', async () => {
    const { ask } = await serverThat((response) => response.socket?.resetAndDestroy());
    await expect(ask()).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  test('by the end of the connection within the answer has one too', async () => {
    const { ask } = await serverThat((response) => {
      response.writeHead(200, { 'content-length': 10 });
      response.write('half', () => response.socket?.destroy());
    });
    await expect(ask()).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  test('by silence is a TimeoutError, before the answer and within it', async () => {
    const silent = await serverThat(() => undefined);
    await expect(silent.ask({ timeoutMs: 50 })).rejects.toMatchObject({ name: 'TimeoutError' });
    const stuck = await serverThat((response) => response.writeHead(200, { 'content-length': 10 }).write('half'));
    await expect(stuck.ask({ timeoutMs: 50 })).rejects.toMatchObject({ name: 'TimeoutError' });
  });

  test('by a server that cannot be reached is a TimeoutError long before an answer would be late', async () => {
    vi.spyOn(Socket.prototype, 'connect').mockImplementation(function (this: Socket) {
      return Object.assign(this, { connecting: true });
    });
    const { received, ask } = await serverThat((response) => response.end());
    await expect(ask({ timeoutMs: 100_000, connectMs: 20 })).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(received).toEqual([]);
  });

  test('is none where the server is connected in time, however late the process sees it', async () => {
    const { ask } = await serverThat((response) => setTimeout(() => response.end('late'), 50));
    // Timers come next after this phase of the event loop, and connections only then.
    await setImmediate();
    const asking = ask({ connectMs: 1 });
    // By then the request has its socket, which connects while the process is busy.
    for (let turn = 0; turn < 3; turn += 1) await new Promise<void>((resolve) => process.nextTick(resolve));
    const busyUntilMs = performance.now() + 20;
    while (performance.now() < busyUntilMs);
    expect(String((await asking).body)).toBe('late');
  });

  test('by an answer that is too long is cut off', async () => {
    const { ask } = await serverThat((response) => response.end('x'.repeat(11)));
    await expect(ask({ maxBytes: 10 })).rejects.toMatchObject({ name: 'AnswerTooLong' });
    await expect(ask({ maxBytes: 11 })).resolves.toMatchObject({ statusCode: 200 });
  });
});
