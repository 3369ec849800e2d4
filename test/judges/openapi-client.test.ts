// openapi-python-client makes a client of docs/openapi.json without a warning, and its types fit what a vault answers.

import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { testingVault } from '../../client/testing/index.ts';
import { judged } from './judge.ts';

const SCRIPT = readFileSync(new URL('openapi-client.py', import.meta.url), 'utf8');
const DOCUMENT = readFileSync(new URL('../../docs/openapi.json', import.meta.url), 'utf8');
const PROPS = {
  apps: {
    shop: { integrations: { bot: { kind: 'component' }, web: { kind: 'messaging' }, reports: { kind: 'other' } } },
  },
} as const;

interface Case {
  readonly status: number;
  /** The class of what the client gave. */
  readonly type: string;
  readonly body: Readonly<Record<string, unknown>>;
  /** The class of each field. */
  readonly types?: Readonly<Record<string, string>>;
  /** Whether the code is the member of the enumeration that it should be. */
  readonly code?: boolean;
}

let cases: Readonly<Record<string, Case>>;
let close = async () => {};

beforeAll(async () => {
  const vault = await testingVault(PROPS);
  const listening = await vault.listen();
  close = listening.close;
  const tokenOf = async (integration: string) => (await vault.identity('shop', integration)()).replace('Bearer ', '');
  const args = ['openapi-client.py', listening.url, await tokenOf('web'), await tokenOf('reports'), 'report.json'];
  // Formatting the client afterwards is what would need ruff.
  const files = { 'openapi-client.py': SCRIPT, 'openapi.json': DOCUMENT, 'config.json': { post_hooks: [] } };
  const { exitCode, report, stdout, stderr } = await judged('python', args, files, { reportFile: 'report.json' });
  if (exitCode !== 0) throw new Error(`the client does not work:\n${stdout}${stderr}`);
  const { warnings, cases: found } = report as { warnings: string; cases: typeof cases };
  expect(warnings.trim()).toBe('Generating daykey_client');
  cases = found;
});
afterAll(() => close());

test.each([
  ['encrypt', 'EncryptResponse'],
  ['decrypt', 'DecryptResponse'],
  ['incoming', 'IncomingResponse'],
  ['outgoing', 'OutgoingResponse'],
  ['explain', 'ExplainResponse'],
  ['seal-blob', 'SealBlobResponse'],
  ['open-blob', 'OpenedBlob'],
  ['open-blob of a value', 'RefOfValue'],
  ['open-blob of nothing', 'RedactedField'],
  ['erase by subject', 'EraseResponse'],
  ['erase by refs', 'EraseResponse'],
])('%s gives an instance of %s', (name, type) => {
  expect(cases[name]).toMatchObject({ status: 200, type });
});

test('opened and redacted fields have different classes', () => {
  expect(cases.decrypt?.types).toEqual({ email: 'OpenedField', card: 'OpenedField', other: 'RedactedField' });
  expect(cases.decrypt?.body.values).toMatchObject({
    email: { value: 'maya@example.org' },
    card: { value: { number: 4711 } },
  });
});

test('an entry comes back as it was', () => {
  expect(cases.outgoing?.body.entry).toEqual({ type: 'text.say', data: { text: 'Call me' } });
});

test.each([400, 401, 403])('a %d is an instance of Problem with its code', (status) => {
  expect(cases[status]).toMatchObject({ status, type: 'Problem', code: true, body: { status, type: 'about:blank' } });
});
