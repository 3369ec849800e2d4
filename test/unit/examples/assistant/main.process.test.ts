// The talk with the bot as a command.

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const MAIN = join(import.meta.dirname, '../../../../examples/assistant/main.ts');

test('the command shows placeholders to the model, values to the person, and stars a day later', () => {
  const [before = '', after = ''] = execFileSync(process.execPath, [MAIN], { encoding: 'utf8' }).split(
    '24 hours later\n',
  );
  expect(before).toMatch(/^model sees {6}I am \[EMAIL_\w{8}\], my number is \[PHONE_NUMBER_\w{8}\]\.$/m);
  expect(before).toMatch(/^person sees {5}Good news: parcel 17 for maya@example\.org arrives today\.$/m);
  expect(after).toContain('model: Good news: parcel 17 for ★★★★★ arrives today.');
  expect(after).not.toContain('maya');
});
