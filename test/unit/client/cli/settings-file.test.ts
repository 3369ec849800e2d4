// A settings file gives the settings of every app, or one error with everything that is wrong in its values.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadSettings } from '../../../../client/cli/settings-file.ts';
import { rejection } from '../../../support/operator.ts';

const APPS = '{ "shop": { "integrations": { "web": { "kind": "messaging" } }, "defaultTtl": "2h" } }';
const VALID = `export default { apps: ${APPS} };`;
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

test.each([
  ['a module', 'daykey.settings.mjs', VALID],
  ['JSON', 'settings.json', `{ "apps": ${APPS} }`],
])('%s gives its settings as written, and with every default filled in', async (_, name, text) => {
  const { props, settings, note } = await loadSettings(aFile(text, name));
  expect(props).toEqual({ apps: JSON.parse(APPS) });
  expect(settings.apps.shop).toMatchObject({
    defaultTtl: 7200,
    integrations: { web: { kind: 'messaging', processSensitive: false, roleArns: [] } },
  });
  expect(note).toBeUndefined();
});

test('a changed file is read again when asked for another version', async () => {
  const file = aFile(VALID);
  await loadSettings(file);
  aFile(VALID.replace('2h', '3h'));
  expect((await loadSettings(file, { version: 1 })).settings.apps.shop).toMatchObject({ defaultTtl: 10_800 });
});

test('without TypeScript the values are checked all the same, and a note says that the types are not', async () => {
  const unchecked = { typescriptFrom: [join(folder, 'package.json')] };
  const file = aFile(`const days: number = '30';\n${VALID}`, 'daykey.settings.ts');
  expect((await loadSettings(file, unchecked)).note).toMatch(
    /daykey\.settings\.ts are not checked, since typescript is not installed; all values are$/,
  );
  const wrong = aFile(VALID.replace('messaging', 'mesaging'), 'wrong.settings.ts');
  expect((await rejection(loadSettings(wrong, unchecked))).message).toContain('did you mean messaging?');
});

describe('what is wrong is said of', () => {
  test('settings that are not valid, every problem on its own line', async () => {
    const file = aFile(
      "export default { apps: { shop: { integrations: { web: { kind: 'mesaging' } } } }, lockKeyPolcy: true };",
    );
    expect((await rejection(loadSettings(file))).message.split('\n')).toEqual([
      "the vault's settings are not valid:",
      expect.stringContaining('apps.shop.integrations.web.kind'),
      expect.stringContaining('lockKeyPolcy: is not a known name: did you mean lockKeyPolicy?'),
    ]);
  });

  test.each([
    ['a file without a default export', 'export const settings = {};', 'a.mjs', 'has no default export: write export'],
    ['a file that does not parse', 'export default {', 'a.mjs', 'cannot be loaded: '],
    ['a file that throws', "throw new Error('in the file');", 'a.mjs', 'cannot be loaded: in the file'],
    ['an import that is not there', "import './gone.mjs';", 'importing.mjs', 'cannot be loaded: '],
    ['JSON that does not parse', '{', 'settings.json', 'cannot be loaded: '],
    [
      'a file of another kind',
      '# Notes',
      'notes.txt',
      'is no settings file: name a TypeScript, JavaScript or JSON file',
    ],
  ])('%s, in one line', async (_, text, name, says) => {
    const file = aFile(text, name);
    const { name: kind, message } = await rejection(loadSettings(file));
    const [header, problem = '', ...more] = message.split('\n');
    expect([kind, header, more]).toEqual(['SettingsError', "the vault's settings are not valid:", []]);
    expect(problem).toContain(`${relative(process.cwd(), file)} ${says}`);
  });

  test('a file that is not there', async () => {
    const { message } = await rejection(loadSettings(join(folder, 'gone.ts')));
    expect(message).toMatch(/gone\.ts does not exist: check the path of the settings file$/);
  });
});
