// `daykey explain`: the vault's own answer about an entry, by the vault's own checks, without a value in it.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { atTerminal, aVault, jsonLines, type Ran } from '../../../support/operator.ts';

const VALUE = 'value-canary';
let vault: ReturnType<typeof aVault>;

beforeEach(async () => {
  vault = aVault();
  const parcel = { kind: 'event', doc: 'A parcel was found.', sensitive: ['data.place'] } as const;
  await vault.setUp({ sensitiveData: { entryTypes: { 'parcel.found': parcel } } });
});

/** Explains an entry that comes on stdin. */
function explain(entry: unknown, ...args: string[]): Promise<Ran> {
  const stdin = typeof entry === 'string' ? entry : JSON.stringify(entry);
  return atTerminal({ ...vault, stdin })('explain', '--app', 'shop', '--entry', '-', ...args);
}

test('shows in a table what would be sealed and why, never a value nor what steers a terminal', async () => {
  const data = { text: VALUE, buttons: [{ text: VALUE, '\u001b[2J': VALUE }] };
  const { code, stdout, stderr } = await explain({ type: 'buttons.ask', data }, '--mode', 'agent');
  expect(code).toBe(0);
  const [head, ...rows] = stdout.trimEnd().split('\n');
  expect(head).toMatch(/^POINTER +BECOMES +WHY$/);
  expect(rows.map((row) => row.split(/ {2,}/).slice(0, 2))).toEqual(
    expect.arrayContaining([
      ['/data/text', 'sealed'],
      ['/data/buttons/0/text', 'sealed'],
      ['/data/buttons/0/\\u001b[2J', expect.stringMatching(/^(sealed|readable)$/)],
    ]),
  );
  expect(stderr).toMatch(/^daykey: the entry is sensitive, by the rule event: .+\n$/);
  expect(stdout + stderr).not.toContain(VALUE);
  expect(stdout + stderr).not.toContain('\u001b');
});

test("goes by the app's own settings and entry types", async () => {
  const entry = { type: 'parcel.found', data: { place: VALUE } };
  const [own] = jsonLines(await explain(entry, '--mode', 'agent', '--json'));
  expect(own).toMatchObject({ rule: 'event', parts: [{ pointer: '/data/place', sealed: true }] });
  await vault.setUp({ sensitiveData: { enabled: false } });
  expect(jsonLines(await explain(entry, '--json'))).toMatchObject([{ sensitive: false, rule: 'disabled' }]);
});

test.each([
  ['the mode of the thread', { type: 'text.say', data: { text: VALUE } }, ['--mode', 'bot'], false],
  ['the component', { type: 'component.response', data: { result: VALUE } }, ['--component-sensitive', 'false'], false],
  ['the component', { type: 'component.response', data: { result: VALUE } }, ['--component-sensitive', 'true'], true],
  ['the cause', { type: 'trigger.response', data: { result: VALUE } }, ['--cause-sensitive', 'false'], false],
  ['the cause', { type: 'trigger.response', data: { result: VALUE } }, ['--cause-sensitive', 'true'], true],
  ['nothing of the context', { type: 'trigger.response', data: { result: VALUE } }, [], true],
])('with --json prints the answer of POST /explain, given %s', async (_, entry, args, sensitive) => {
  const ran = await explain(entry, ...args, '--json');
  expect(jsonLines(ran)).toMatchObject([{ sensitive, why: expect.any(String), parts: [{ sealed: sensitive }] }]);
  expect(ran.stdout).not.toContain(VALUE);
});

describe('an entry that the vault would refuse is an error that says where, without a value:', () => {
  const deep = `${'['.repeat(70)}${']'.repeat(70)}`;
  test.each<[what: string, entry: unknown, says: string]>([
    ['no JSON', `{"type": ${VALUE}`, 'JSON'],
    ['a name twice', `{"type":"text.say","type":"${VALUE}","data":{}}`, 'twice'],
    ['no entry', { answer: VALUE }, 'type'],
    ['a list', [VALUE], 'entry'],
    [
      'a member that entries do not have',
      { type: 'text.say', data: {}, [`\u001b${VALUE.length}`]: VALUE },
      '\\u001b12',
    ],
    ['data that is no object', { type: 'text.say', data: VALUE }, 'data'],
    ['nesting too deep', `{"type":"text.say","data":{"a":${deep}}}`, '64'],
    ['what only looks like a ref', { type: 'text.say', data: { text: { $sensitive: 7, note: VALUE } } }, '/data/text'],
    ['a ref that is none', { type: 'text.say', data: { text: { $sensitive: VALUE } } }, '/data/text'],
  ])('%s', async (_, entry, says) => {
    const { code, stdout, stderr } = await explain(entry);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^daykey: the vault would refuse this entry: .+\n$/);
    expect(stderr).toContain(says);
    expect(stderr).not.toContain(VALUE);
    expect(stderr).not.toContain('\u001b');
  });

  test('more bytes than a request may have', async () => {
    const { code, stderr } = await explain({ type: 'text.say', data: { text: 'x'.repeat(2_900_000) } });
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('bytes') });
  });
});

describe('an app', () => {
  test.each([['nope'], ['gone']])('that the vault does not have is an error: %s', async (app) => {
    await vault.setUp({ app: 'gone', state: 'retired' });
    const daykey = atTerminal({ ...vault, stdin: '{"type":"text.say","data":{}}' });
    const { code, stdout, stderr } = await daykey('explain', '--app', app, '--entry', '-');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(`stack Daykey has no app ${app}`);
  });
});

describe('a file', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'daykey-explain-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test('is read where one is named', async () => {
    const file = join(folder, 'entry.json');
    writeFileSync(file, JSON.stringify({ type: 'text.say', data: { text: VALUE } }));
    const ran = await atTerminal(vault)('explain', '--app', 'shop', '--entry', file, '--json');
    expect(jsonLines(ran)).toMatchObject([{ parts: [{ pointer: '/data/text', sealed: true }] }]);
  });

  test('that is not there is an error', async () => {
    const { code, stderr } = await atTerminal(vault)('explain', '--app', 'shop', '--entry', join(folder, 'gone.json'));
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringContaining('gone.json cannot be read: there is no such file'),
    });
  });
});

describe('with --settings', () => {
  const daykey = atTerminal({ stdin: JSON.stringify({ type: 'text.say', data: { text: VALUE } }) });
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'daykey-explain-'));
    file = join(folder, 'daykey.settings.mjs');
    const apps = '{ shop: { integrations: {} }, quiet: { integrations: {}, sensitiveData: { enabled: false } } }';
    writeFileSync(file, `export default { apps: ${apps} };`);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test.each([
    ['shop', true],
    ['quiet', false],
  ])('an entry is explained by the settings of app %s in the file, without a vault', async (app, sensitive) => {
    const ran = await daykey('explain', '--app', app, '--entry', '-', '--settings', file, '--json');
    expect({ code: ran.code, answer: jsonLines(ran) }).toMatchObject({ code: 0, answer: [{ sensitive }] });
  });

  test('an app that the file does not have is an error that names those it has', async () => {
    const { code, stderr } = await daykey('explain', '--app', 'nope', '--entry', '-', '--settings', file);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `daykey: ${file} has no app nope, it has shop, quiet: check --app\n`,
    });
  });

  test('settings that are not valid explain nothing', async () => {
    writeFileSync(file, 'export default { apps: { shop: { integrations: {}, sensitivData: {} } } };');
    const { code, stdout, stderr } = await daykey('explain', '--app', 'shop', '--entry', '-', '--settings', file);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('did you mean sensitiveData?');
  });

  test('no vault can be named beside it', async () => {
    const args = ['explain', '--app', 'shop', '--entry', '-', '--settings', file];
    for (const more of [
      ['--stack', 'Other'],
      ['--vault', 'vault.json'],
    ]) {
      const { code, stderr } = await daykey(...args, ...more);
      expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('cannot be used with option') });
    }
  });
});

test('flags take true or false', async () => {
  const { code, stderr } = await explain({}, '--cause-sensitive', 'yes');
  expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('Allowed choices are true, false.') });
});
