// Runs the CDK's command line against an emulator.

import { spawn } from 'node:child_process';
import { appendFileSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import type { EmulatorClient } from './emulator-client.ts';

const ROOT = join(import.meta.dirname, '..');
// Vitest has no `import.meta.resolve`.
const require = createRequire(import.meta.url);
const CDK = require.resolve('aws-cdk/bin/cdk');
const LINES_SHOWN = 15;

/** What a command needs in its environment to use an emulator as AWS, and to ask and report nothing. */
export function emulatorEnvironment({ endpoint, region, credentials }: EmulatorClient): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_ENDPOINT_URL_S3: endpoint,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_REGION: region,
    CDK_DISABLE_CLI_TELEMETRY: 'true',
    CI: 'true',
  };
}

/** Runs one command. @param folder gets its log. @throws Error with the end of that log. */
export async function cdk(folder: string, client: EmulatorClient, args: readonly string[], cwd = ROOT): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const log = join(folder, 'cdk.log');
  const child = spawn(process.execPath, [CDK, ...args], {
    cwd,
    env: {
      ...process.env,
      PATH: [dirname(process.execPath), join(ROOT, 'node_modules', '.bin'), process.env.PATH].join(delimiter),
      ...emulatorEnvironment(client),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const keep = (chunk: Buffer) => {
    output += chunk.toString('utf8');
    appendFileSync(log, chunk);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const code = await new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve));
  if (code !== 0) {
    const tail = output.trimEnd().split('\n').slice(-LINES_SHOWN).join('\n  ');
    throw new Error(`cdk ${args[0]} failed (exit ${code}). Its log is ${log} and ends:\n  ${tail}`);
  }
}
