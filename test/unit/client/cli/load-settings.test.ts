// A settings file gives the settings of every app, or one error with everything that is wrong.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadSettings } from '../../../../client/cli/load-settings.ts';
import { rejection } from '../../../support/operator.ts';

const VALID = "export default { apps: { shop: { integrations: { web: { kind: 'messaging' } }, defaultTtl: '2h' } } };";
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'daykey-settings-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function aFile(text: string, name = 'daykey.settings.mjs'): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

test('gives the default export, and the apps with every default filled in', async () => {
  const { props, apps } = await loadSettings(aFile(VALID));
  expect(props.apps.shop?.defaultTtl).toBe('2h');
  expect(apps).toMatchObject([{ app: 'shop', defaultTtlS: 7200, life: { cycleS: 86_400 }, retired: false }]);
});

test('reads JSON too, as the CDK app does', async () => {
  const json = JSON.stringify({ apps: { shop: { integrations: {} } } });
  expect((await loadSettings(aFile(json, 'settings.json'))).apps).toMatchObject([{ app: 'shop' }]);
});

test('reads a changed file again when asked for another version', async () => {
  const file = aFile(VALID);
  await loadSettings(file);
  aFile(VALID.replace('2h', '3h'));
  expect((await loadSettings(file, 1)).apps).toMatchObject([{ defaultTtlS: 10_800 }]);
});

describe('says what is wrong with', () => {
  test('settings that are not valid, every problem on its own line', async () => {
    const file = aFile(
      "export default { apps: { shop: { integrations: { web: { kind: 'mesaging' } } } }, lockKeyPolcy: true };",
    );
    const lines = (await rejection(loadSettings(file))).message.split('\n');
    expect(lines).toEqual([
      `${file}: the vault's settings are not valid:`,
      expect.stringContaining('apps.shop.integrations.web.kind'),
      expect.stringContaining('lockKeyPolcy: is not a known name: did you mean lockKeyPolicy?'),
    ]);
  });

  test.each([
    ['a file without a default export', 'export const settings = {};', 'a.mjs', 'has no default export: write the'],
    ['a file that does not parse', 'export default {', 'a.mjs', 'cannot be loaded: '],
    ['a file that throws', "throw new Error('in the file');", 'a.mjs', 'cannot be loaded: in the file'],
    ['JSON that does not parse', '{', 'settings.json', 'cannot be loaded: '],
    ['a file of another kind', '# Notes', 'notes.txt', 'is no settings file: those are TypeScript, JavaScript or JSON'],
  ])('%s', async (_, text, name, says) => {
    const { name: kind, message } = await rejection(loadSettings(aFile(text, name)));
    expect({ kind, message }).toEqual({ kind: 'CommandError', message: expect.stringContaining(says) });
  });

  test('a file that is not there', async () => {
    const { message } = await rejection(loadSettings(join(folder, 'gone.ts')));
    expect(message).toMatch(/gone\.ts cannot be read: there is no such file$/);
  });
});
