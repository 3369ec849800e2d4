// The script `daykey` as a process.

import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';

const SCRIPT = join(import.meta.dirname, '../../../../client/cli/daykey.ts');

test('prints its result and exits with the code of the command', () => {
  expect(execFileSync(process.execPath, [SCRIPT, '--version'], { encoding: 'utf8' })).toMatch(/^\d+\.\d+\.\d+\n$/);
  const wrong = spawnSync(process.execPath, [SCRIPT, 'audit'], { encoding: 'utf8' });
  expect([wrong.status, wrong.stdout]).toEqual([1, '']);
});

test('prints no warning of the AWS SDK on an older Node', () => {
  const asNode20 = "data:text/javascript,Object.defineProperty(process, 'version', { value: 'v20.15.0' })";
  const env = {
    ...process.env,
    AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  };
  const ran = spawnSync(process.execPath, ['--import', asNode20, SCRIPT, 'keys', '--app', 'shop'], {
    env,
    encoding: 'utf8',
  });
  // One line, about an address where nothing listens.
  expect([ran.status, ran.stdout]).toEqual([1, '']);
  expect(ran.stderr).toMatch(/^daykey: .+\n$/);
});

test('does not fail when the reader closes the pipe early', async () => {
  const child = spawn('/bin/sh', ['-c', '"$0" "$1" --help | head -1; echo ended', process.execPath, SCRIPT]);
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  expect({ stdout, stderr }).toEqual({ stdout: expect.stringMatching(/^Usage: daykey .*\nended\n$/), stderr: '' });
});
