// What the command line says of itself, and what it says when it is asked wrongly.

import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { HELP } from '../../../../client/cli/help.ts';

const ROOT = join(import.meta.dirname, '../../../..');

/** Runs the command line where no vault is. */
function daykey(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const env = { ...process.env, AWS_ENDPOINT_URL: 'http://127.0.0.1:9', AWS_MAX_ATTEMPTS: '1' };
    execFile(process.execPath, [join(ROOT, 'client/cli/daykey.ts'), ...args], { env }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    });
  });
}

test('the README repeats the help word for word', () => {
  expect(readFileSync(join(ROOT, 'README.md'), 'utf8')).toContain(`\`\`\`\n${HELP}\`\`\``);
});

test.each([['--help'], ['-h'], ['help'], ['token', '--help'], ['audit', '-h']])(
  'daykey %s %s shows the help on stdout',
  async (...args) => {
    expect(await daykey(...args.filter(Boolean))).toEqual({ code: 0, stdout: HELP, stderr: '' });
  },
);

describe('a command that cannot be carried out', () => {
  const EXPLAIN = ['explain', '--app', 'shop', '--entry'];
  const issue = ['token', 'issue', '--app', 'shop', '--integration', 'desk'];
  test.each<[says: string, args: string[]]>([
    ['name a command', []],
    ['there is no command toString', ['toString']],
    ['token takes issue, list or revoke', ['token']],
    ['token issue takes --app APP', ['token', 'issue']],
    ['token issue takes --integration NAME', ['token', 'issue', '--app', 'shop']],
    ['token issue takes --expires-in, as in --expires-in 30d', issue],
    ['at most 366d: got 367d', [...issue, '--expires-in', '367d']],
    ['at most 366d: got 30', [...issue, '--expires-in', '30']],
    ['at most 366d: got 0d', [...issue, '--expires-in', '0d']],
    ['token list does not take desk', ['token', 'list', '--app', 'shop', 'desk']],
    ['token revoke takes the ID of a token', ['token', 'revoke', '--app', 'shop']],
    ['an ID is 12 hex digits, got desk', ['token', 'revoke', '--app', 'shop', 'desk']],
    ['explain takes --app APP', ['explain', '--entry', '-']],
    ['explain takes --entry FILE', ['explain', '--app', 'shop']],
    ['--cause-sensitive takes true or false, got yes', [...EXPLAIN, 'entry.json', '--cause-sensitive', 'yes']],
    ['no such file', [...EXPLAIN, 'gone.json']],
    ['README.md is not JSON', [...EXPLAIN, join(ROOT, 'README.md')]],
    ['package.json is no entry', [...EXPLAIN, join(ROOT, 'package.json')]],
    ['audit takes --app APP', ['audit']],
    ['at most 3653d: got yesterday', ['audit', '--app', 'shop', '--since', 'yesterday']],
    ["Unknown option '--until'", ['audit', '--app', 'shop', '--until', '1h']],
    ['stack Daykey cannot be read: name another one with --stack, or check account', ['audit', '--app', 'shop']],
    ['stack Other cannot be read', ['token', 'list', '--app', 'shop', '--stack', 'Other']],
  ])('says on stderr, and nothing on stdout: %s', async (says, args) => {
    const { code, stdout, stderr } = await daykey(...args);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^daykey: .+\nTry: daykey --help\n$/s);
    expect(stderr).toContain(says);
  });
});
