// The command line itself: its help, its version, and what it says when it is called wrongly.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { withParts } from '../../../../scripts/documents/markdown.ts';
import { atTerminal } from '../../../support/operator.ts';

const ROOT = join(import.meta.dirname, '../../../..');
const daykey = atTerminal({});
const LEAVES = [
  'init',
  'app put',
  'app list',
  'app show',
  'app retire',
  'token issue',
  'token list',
  'token revoke',
  'audit',
  'explain',
  'keys',
  'receipts list',
  'receipts save',
  'receipts verify',
];

describe('help', () => {
  test('of every command is in docs/command-line.md (`npm run docs:write` updates it)', async () => {
    const texts: string[] = [];
    for (const leaf of ['', ...LEAVES]) {
      const { code, stdout, stderr } = await daykey(...leaf.split(' ').filter(Boolean), '--help');
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      texts.push(`${leaf === '' ? '' : `## daykey ${leaf}\n\n`}\`\`\`\n${stdout}\`\`\``);
    }
    const document = join(ROOT, 'docs/command-line.md');
    const written = withParts(readFileSync(document, 'utf8'), { help: texts.join('\n\n') });
    await expect(written).toMatchFileSnapshot(document);
  });

  test('lists every command, and no other', async () => {
    const { stdout } = await daykey('--help');
    const listed = stdout.slice(stdout.indexOf('Commands:')).matchAll(/^ {2}([a-z ]+?)(?: [<[].*?)? {2,}[a-z]/gm);
    expect([...listed].map(([, leaf]) => leaf)).toEqual([...LEAVES, 'help']);
  });

  test('is the same with -h and as a command', async () => {
    const { stdout } = await daykey('--help');
    expect((await daykey('-h')).stdout).toBe(stdout);
    expect((await daykey('help')).stdout).toBe(stdout);
  });

  test.each(LEAVES)('of %s has its usage, and one line on each option', async (leaf) => {
    const { code, stdout, stderr } = await daykey(...leaf.split(' '), '--help');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(`Usage: daykey ${leaf} [options]`);
    const options = stdout.split('\n').filter((line) => line.startsWith('  -'));
    expect(options.length).toBeGreaterThan(leaf === 'init' ? 0 : 2);
    expect(options.filter((line) => !/^ {2}\S.* {2,}[a-z]/.test(line))).toEqual([]);
    expect((await daykey('help', ...leaf.split(' '))).code).toBe(0);
  });

  test('fits the terminal', async () => {
    const { stdout } = await daykey('token', 'issue', '--help');
    expect(Math.max(...stdout.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(120);
  });

  test.each([[[]], [['token']], [['receipts']]])(
    'is shown on stderr when no command is named: daykey %s',
    async (args) => {
      const { code, stdout, stderr } = await daykey(...args);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toContain('Commands:');
    },
  );
});

test('--version is the version in package.json', async () => {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
  for (const flag of ['--version', '-V']) {
    expect(await daykey(flag)).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  }
});

describe('a wrong call says on stderr what is wrong and where to look, and opens no vault:', () => {
  test.each<[says: string, look: string, args: string[]]>([
    ["unknown command 'toString'", 'daykey', ['toString']],
    ["unknown command 'tokn'\n(Did you mean token?)", 'daykey', ['tokn']],
    ["unknown command 'lst'\n(Did you mean list?)", 'daykey token', ['token', 'lst']],
    ["unknown option '--until'", 'daykey audit', ['audit', '--app', 'shop', '--until', '1h']],
    ["unknown option '--snce'\n(Did you mean --since?)", 'daykey audit', ['audit', '--app', 'shop', '--snce', '1h']],
    ["required option '--app <name>' not specified", 'daykey audit', ['audit']],
    ["required option '--entry <file>' not specified", 'daykey explain', ['explain', '--app', 'shop']],
    ["missing required argument 'id'", 'daykey token revoke', ['token', 'revoke', '--app', 'shop']],
    [
      "too many arguments for 'list'. Expected 0 arguments but got 1.",
      'daykey token list',
      ['token', 'list', '--app', 'shop', 'desk'],
    ],
    ["option '--app <name>' argument missing", 'daykey audit', ['audit', '--app']],
    [
      "option '--vault <file>' cannot be used with option '--stack <name>'",
      'daykey audit',
      ['audit', '--app', 'shop', '--stack', 'Other', '--vault', '.local/vault.json'],
    ],
  ])('%s', async (says, look, args) => {
    expect(await daykey(...args)).toEqual({ code: 1, stdout: '', stderr: `daykey: ${says}\nTry: ${look} --help\n` });
  });
});

test('the stack is Daykey unless another one is named', async () => {
  expect((await daykey('audit', '--app', 'shop')).stderr).toBe('daykey: a command opened stack Daykey\n');
  expect((await daykey('audit', '--app', 'shop', '--stack', 'Other')).stderr).toContain('stack Other');
});

test('a bug shows its stack, so that it can be reported', async () => {
  const broken = atTerminal({ openVault: () => Promise.reject(new TypeError('a fault')) });
  const { code, stderr } = await broken('audit', '--app', 'shop');
  expect(code).toBe(1);
  expect(stderr).toMatch(/^daykey: TypeError: a fault\n {4}at /);
});
