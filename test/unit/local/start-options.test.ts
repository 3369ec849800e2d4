// The options of `npm start`: what they are, and that a wrong one is said in one line.

import type { CommanderError } from 'commander';
import { describe, expect, test } from 'vitest';
import { startCommand } from '../../../local/start-options.ts';

function parsed(...args: string[]) {
  let printed = '';
  const write = (text: string) => {
    printed += text;
  };
  const command = startCommand().exitOverride();
  command.configureOutput({ writeOut: write, writeErr: write });
  try {
    return { options: command.parse(args, { from: 'user' }).opts(), printed, code: undefined };
  } catch (error) {
    return { options: undefined, printed, code: (error as CommanderError).exitCode };
  }
}

test('are none unless given', () => {
  expect(parsed().options).toEqual({});
});

test('name the settings, the folder, and whether to end after the example', () => {
  const { options } = parsed('--settings', 'daykey.settings.ts', '--folder', 'elsewhere', '--exit');
  expect(options).toEqual({ settings: 'daykey.settings.ts', folder: 'elsewhere', exit: true });
});

test('are explained by --help', () => {
  const { code, printed } = parsed('--help');
  expect(code).toBe(0);
  for (const word of ['--settings', '--folder', '--exit', 'AWS_ENDPOINT_URL', 'Ctrl-C'])
    expect(printed).toContain(word);
});

describe('a wrong one is an error of one line that says what to do:', () => {
  test.each([
    [['--bogus'], "unknown option '--bogus'"],
    [['--setings', 'a.ts'], "unknown option '--setings' (Did you mean --settings?)"],
    [['--folder'], "option '--folder <path>' argument missing"],
    [['daykey.settings.ts'], 'too many arguments. Expected 0 arguments but got 1'],
  ])('%s', (args, says) => {
    expect(parsed(...args)).toEqual({
      options: undefined,
      printed: `npm start: ${says}. Try: npm start -- --help\n`,
      code: 1,
    });
  });
});
