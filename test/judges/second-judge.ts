// Starts a second judge of AWS's behaviour for one test file: another implementation than the fake and the emulator.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe } from 'vitest';
import { SECOND_JUDGES } from '../../scripts/second-judges.mjs';

const ROOT = join(import.meta.dirname, '../..');
const HOST = '127.0.0.1';
const READY_MS = 120_000;

/** How to start a judge. */
export interface Start {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** A path that it answers once it is ready. */
  readonly readyPath: string;
}

/** Configuration of an SDK client that reaches the judge. */
export interface JudgeClient {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/**
 * Registers tests that ask a judge. Skips them where the machine lacks what the judge needs, and says so; fails where it has it
 * and the judge is not installed.
 *
 * @param start how to start it, given its folder, a free port and a folder for its files
 * @param register the tests, given a function that returns the client configuration while they run
 */
export function withSecondJudge(
  name: keyof typeof SECOND_JUDGES,
  start: (folder: string, port: number, files: string) => Start,
  register: (client: () => JudgeClient) => void,
): void {
  const { title, folder, missing } = SECOND_JUDGES[name];
  const lacking = missing();
  if (lacking !== undefined) process.stderr.write(`\nSKIPPED: ${title}: this machine has no ${lacking}\n\n`);
  describe.skipIf(lacking !== undefined)(title, () => {
    let judge: ChildProcess | undefined;
    let endpoint = '';
    const files = mkdtempSync(join(tmpdir(), `daykey-${name}-`));

    beforeAll(async () => {
      if (!existsSync(join(ROOT, folder, '.daykey-setup'))) {
        throw new Error(`${title} is not installed: run \`node scripts/setup.mjs judges\``);
      }
      const port = await freePort();
      endpoint = `http://${HOST}:${port}`;
      const { command, args, env, readyPath } = start(join(ROOT, folder), port, files);
      const child = spawn(command, args, {
        cwd: files,
        env: { PATH: process.env.PATH, HOME: files, TMPDIR: files, LANG: 'C.UTF-8', ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      judge = child;
      let output = '';
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding('utf8').on('data', (text: string) => {
          output = (output + text).slice(-4000);
        });
      }
      const untilMs = Date.now() + READY_MS;
      while (!(await answers(`${endpoint}${readyPath}`))) {
        if (child.exitCode !== null || Date.now() > untilMs) throw new Error(`${title} does not start:\n${output}`);
        await sleep(200);
      }
    }, READY_MS + 10_000);

    afterAll(async () => {
      if (judge !== undefined && judge.exitCode === null) {
        const ended = once(judge, 'exit');
        judge.kill('SIGKILL');
        await ended;
      }
      rmSync(files, { recursive: true, force: true });
    });

    register(() => ({
      endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    }));
  });
}

/** Whether there is any answer, an error included. */
async function answers(url: string): Promise<boolean> {
  return await fetch(url).then(
    async (response) => {
      await response.arrayBuffer();
      return true;
    },
    () => false,
  );
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, HOST);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
