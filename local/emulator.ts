// Starts an empty AWS emulator on a free port, and ends everything that belongs to it.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const HOST = '127.0.0.1';

/** The emulator's root user, who may do anything. Every other access key must come from its IAM or STS. */
export const EMULATOR_CREDENTIALS = { accessKeyId: 'test', secretAccessKey: 'test' } as const;

/** The Region that the emulator answers for. */
export const EMULATOR_REGION = 'us-east-1';

/**
 * An environment in which the AWS SDK and the CDK find the emulator's root user. It hides the developer's credentials: the
 * emulator refuses them, and they must never reach a real account from here.
 */
export const EMULATOR_ENVIRONMENT = {
  AWS_ACCESS_KEY_ID: EMULATOR_CREDENTIALS.accessKeyId,
  AWS_SECRET_ACCESS_KEY: EMULATOR_CREDENTIALS.secretAccessKey,
  AWS_SESSION_TOKEN: '',
  AWS_PROFILE: '',
  AWS_REGION: EMULATOR_REGION,
  AWS_EC2_METADATA_DISABLED: 'true',
  // The developer's proxy does not know the emulator.
  NO_PROXY: HOST,
  no_proxy: HOST,
} as const;

export interface EmulatorOptions {
  /** The port on 127.0.0.1. @default a free one */
  readonly port?: number;
  /** Gets the output of the emulator and its Lambdas. Its folder is made, an earlier file is overwritten. */
  readonly logFile: string;
}

export interface Emulator {
  /** The value for `AWS_ENDPOINT_URL`, without a slash at its end. */
  readonly endpoint: string;
  /** The process that leads the emulator's process group. */
  readonly pid: number;
  /** Ends the emulator and its Lambdas and removes its files. A second call does nothing. */
  stop(): Promise<void>;
}

const READY_SECONDS = 60;
const ROOT = join(import.meta.dirname, '..');
const EXECUTABLE = join(ROOT, '.emulator', 'bin', 'ministack');
const PYTHON = join(ROOT, '.emulator', 'bin', 'python');
/** MiniStack with the condition keys that it leaves out. */
const PROGRAM = join(import.meta.dirname, 'emulator.py');

// Descriptor 3 is a pipe without a writer. It closes when the process that started the emulator ends, for
// any reason. The rest of the process group and its files are then removed.
const LEADER = `
( trap '' HUP INT TERM
  cat <&3 >/dev/null
  rm -rf "$TMPDIR"
  kill -KILL 0 ) &
exec "$0" "$1" 3<&-
`;

/**
 * An emulator that enforces signatures, IAM and key policies, ready to answer. It shares no state, files or environment
 * with other emulators. It ends when this process ends, if not earlier.
 */
export async function startEmulator({ port, logFile }: EmulatorOptions): Promise<Emulator> {
  if (!existsSync(EXECUTABLE)) {
    throw new Error(
      'the emulator is not installed: run `node scripts/setup.mjs emulator`, or set AWS_ENDPOINT_URL to one you run',
    );
  }
  const gatewayPort = await freePort(port ?? 0);
  const home = mkdtempSync(join(tmpdir(), 'daykey-emulator-'));
  const leader = spawnLeader(gatewayPort, home, logFile);

  let stopped: Promise<void> | undefined;
  const emulator: Emulator = {
    endpoint: `http://${HOST}:${gatewayPort}`,
    pid: leader.pid ?? Number.NaN,
    // Only once: afterwards another process may have this ID.
    stop: () => (stopped ??= end(leader, home)),
  };
  try {
    await untilHealthy(emulator.endpoint, leader);
  } catch (cause) {
    await emulator.stop();
    throw new Error(`the emulator did not start on port ${gatewayPort}; the end of ${logFile}:\n${tail(logFile)}`, {
      cause,
    });
  }
  return emulator;
}

function spawnLeader(port: number, home: string, logFile: string): ChildProcess {
  mkdirSync(dirname(logFile), { recursive: true });
  const log = openSync(logFile, 'w');
  try {
    const leader = spawn('/bin/sh', ['-c', LEADER, PYTHON, PROGRAM], {
      cwd: home,
      detached: true,
      env: environment(port, home),
      stdio: ['ignore', log, log, 'pipe'],
    });
    leader.on('error', () => {}); // `untilHealthy` reports it: there is no pid then.
    pipeOf(leader)?.on('error', () => {});
    // A process that does not stop its emulator still ends, and its emulator with it.
    leader.unref();
    pipeOf(leader)?.unref();
    return leader;
  } finally {
    closeSync(log);
  }
}

// The emulator inherits nothing from this process. Its Lambdas get its environment, and would behave differently from AWS
// with a developer's profile, proxy or credentials.
function environment(port: number, home: string): NodeJS.ProcessEnv {
  return {
    // Lambdas run on the first `node` in the path. The system's own is older than the Lambda runtime.
    PATH: [join(ROOT, 'node_modules', '.bin'), process.env.PATH].join(delimiter),
    HOME: home,
    TMPDIR: home,
    STATE_DIR: join(home, 'state'),
    S3_DATA_DIR: join(home, 's3'),
    // The emulator would remove containers from the developer's Docker.
    DOCKER_HOST: `unix://${join(home, 'no-docker.sock')}`,
    LANG: 'C.UTF-8',
    PYTHONUNBUFFERED: '1',
    AUTH: 'true',
    BIND_HOST: HOST,
    GATEWAY_PORT: String(port),
    AWS_ACCESS_KEY_ID: EMULATOR_CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: EMULATOR_CREDENTIALS.secretAccessKey,
    AWS_DEFAULT_REGION: EMULATOR_REGION,
    MINISTACK_REGION: EMULATOR_REGION,
  };
}

async function untilHealthy(endpoint: string, leader: ChildProcess): Promise<void> {
  const deadline = performance.now() + READY_SECONDS * 1000;
  while (performance.now() < deadline) {
    if (leader.pid === undefined) throw new Error('/bin/sh could not be started');
    if (hasEnded(leader)) throw new Error(`it ended with ${leader.exitCode ?? leader.signalCode}`);
    if (await isHealthy(endpoint)) return;
    await sleep(100);
  }
  throw new Error(`it did not answer within ${READY_SECONDS} s`);
}

async function isHealthy(endpoint: string): Promise<boolean> {
  try {
    const response = await fetch(`${endpoint}/_ministack/health`, { signal: AbortSignal.timeout(2_000) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}

// Killed, since nothing in it is kept and its Lambdas would delay an orderly end.
async function end(leader: ChildProcess, home: string): Promise<void> {
  if (leader.pid !== undefined) {
    leader.ref();
    const ended = hasEnded(leader) ? undefined : once(leader, 'exit');
    try {
      process.kill(-leader.pid, 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
    await ended;
    pipeOf(leader)?.destroy();
  }
  rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}

function hasEnded(leader: ChildProcess): boolean {
  return leader.exitCode !== null || leader.signalCode !== null;
}

function pipeOf(leader: ChildProcess): Socket | undefined {
  return (leader.stdio[3] ?? undefined) as Socket | undefined;
}

// A wanted port is tried too: another emulator on it would pass the health check in place of this one.
async function freePort(wanted: number): Promise<number> {
  const server = createServer().listen(wanted, HOST);
  try {
    await once(server, 'listening');
  } catch (cause) {
    throw new Error(`port ${wanted} on ${HOST} is in use: end what uses it, or choose another`, { cause });
  }
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function tail(logFile: string): string {
  return existsSync(logFile) ? readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-20).join('\n') : '(none)';
}
