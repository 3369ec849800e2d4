// examples/python against the testing kit: its Lambda, its filters, its errors, and its header for AWS roles.

import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Decrypted } from '../../client/sdk/index.ts';
import { revealing, testingVault } from '../../client/testing/index.ts';
import { judged } from './judge.ts';

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');
const FILES = {
  'daykey.py': read('../../examples/python/daykey.py'),
  'handler.py': read('../../examples/python/handler.py'),
  'python-example.py': read('python-example.py'),
  'accepted.json': read('../vectors/aws-identity/accepted.json'),
  'README.md': read('../../examples/python/README.md'),
  'mail.html': 'For {{ user.email | decrypt }}',
};
const PROPS = {
  apps: { shop: { integrations: { bot: { kind: 'component' }, reports: { kind: 'other' } } } },
} as const;

interface Report {
  readonly headers: readonly { header: string; reused: boolean; renewed: boolean }[];
  readonly handler: { readonly mail: { readonly $sensitive: string } };
  readonly many: boolean;
  readonly readme: readonly unknown[];
  readonly filters: Readonly<Record<string, unknown>>;
  readonly problems: Readonly<Record<string, unknown>>;
}

/** What the mail and the new ref of a template open to, before and after the end of what they were made from. */
type Opened = Record<'mail' | 'note', Decrypted>;

let report: Report;
let opened: Opened;
let later: Opened;
/** Requests that followed a redirect. */
let stolen = 0;
const closing: (() => unknown)[] = [];

beforeAll(async () => {
  const vault = await testingVault(PROPS);
  const { url, close } = await vault.listen();
  const proxy = await proxyOf(url);
  closing.push(close, proxy.close);
  const tokenOf = async (integration: string) => (await vault.identity('shop', integration)()).replace('Bearer ', '');
  const args = ['python-example.py', proxy.url, await tokenOf('bot'), await tokenOf('reports'), 'shop', 'report.json'];
  const verdict = await judged('python', args, FILES, { reportFile: 'report.json' });
  if (verdict.exitCode !== 0) throw new Error(`the example fails:\n${verdict.stderr}`);
  report = verdict.report as Report;
  const { mail, note } = { mail: report.handler.mail, note: report.filters['new ref'] as Report['handler']['mail'] };
  const refs = { mail: mail.$sensitive, note: note.$sensitive };
  opened = await vault.as('shop', 'bot').decrypt(refs);
  await vault.advance('10m');
  later = await vault.as('shop', 'bot').decrypt(refs);
});
afterAll(() => Promise.all(closing.map((close) => close())));

test('the Lambda renders refs, and returns a ref of the mail that ends with what it shows', () => {
  const text = '<p>Dear Maya &lt;b&gt;,</p>\n<p>your parcel for maya@example.org arrives on Friday.</p>';
  expect(opened.mail).toEqual({ status: 'ok', value: revealing(text) });
  expect(later.mail.status).toBe('redacted');
});

describe('in templates', () => {
  test('only the filter decrypt shows a value, and gives the end of its life', () => {
    const { all, escaped, plain } = report.filters;
    expect(all).toEqual(['★★★★★ maya@example.org ★★★★★y', expect.stringMatching(/^\d{4}-.*Z$/)]);
    expect([escaped, plain]).toEqual(['Maya &lt;b&gt;', ['1', null]]);
  });

  test('there are stars for an unknown ref, and for a caller that may not decrypt', () => {
    expect(report.filters['without a right']).toEqual(['★★★★★ ★★★★★ ★★★★★y', null]);
    expect(report.filters.unknown).toEqual(['★★★★★', null]);
  });

  test('encrypt prints a ref as JSON, and a new one ends with what the template has opened', () => {
    expect(report.filters.ref).toBe(true);
    expect(opened.note).toEqual({ status: 'ok', value: revealing('z') });
    // It asked for an hour, and what was opened had ten minutes.
    expect(later.note.status).toBe('redacted');
  });

  test('an environment without autoescape is refused', () => {
    expect(report.filters['without autoescape']).toContain('autoescape is off');
  });
});

test('the block of the README works, except for the line that needs AWS', () => {
  expect(report.readme).toEqual([1, 'maya@example.org', 'For maya@example.org']);
});

test('more than 64 values take several requests', () => {
  expect(report.many).toBe(true);
});

test('refusals are problems with the code of the vault, or with none of what a stranger says', () => {
  expect(report.problems).toMatchObject({
    'no identity': { status: 401, code: 'unauthenticated' },
    'not allowed': { status: 403, code: 'forbidden' },
    'not valid': { status: 400, code: 'invalid-request' },
    'no vault': { status: 302, code: 'refused', text: 'refused: an answer of status 302 that no vault gives' },
    'no TLS': 'url must use https',
    down: { status: 503, code: 'unavailable' },
    'down once': ['email', 'name'],
    'throttled once': ['email', 'name'],
    unreachable: { status: null, code: 'unreachable' },
    'a number that JSON lacks': expect.stringContaining('JSON compliant'),
  });
  expect(stolen).toBe(0);
});

test.each([
  ['firewall', { status: 403, code: 'refused' }],
  ['liar', { status: 403, code: 'refused' }],
  ['teapot', { status: 418, code: 'refused' }],
  ['page', { status: 200, code: 'unintelligible' }],
])('what a %s answers is no refusal of the vault, so that a template prints no stars for it', (name, problem) => {
  expect(report.problems[name]).toMatchObject(problem);
});

test('the header of a role is that of each vector, kept for five minutes', () => {
  const { cases } = JSON.parse(FILES['accepted.json']) as { cases: { header: string }[] };
  expect(report.headers).toEqual(cases.map(({ header }) => ({ header, reused: true, renewed: true })));
});

/** What others than the vault answer, by the path in front: the status and the body. */
const STRANGERS: Readonly<Record<string, readonly [status: number, body: string]>> = {
  firewall: [403, '{"code":"forbidden","detail":"no"}'],
  liar: [403, '{"type":"about:blank","status":401,"code":"forbidden","detail":"no"}'],
  teapot: [418, '["forbidden"]'],
  page: [200, '<html>'],
};

/** A vault with paths that redirect, that are unavailable, and behind which others answer. */
async function proxyOf(to: string) {
  let isDown = true;
  let isThrottled = true;
  const server = createServer(async (incoming, outgoing) => {
    const path = incoming.url ?? '';
    if (path === '/stolen') stolen += 1;
    const [status, said] = STRANGERS[path.split('/')[1] ?? ''] ?? [];
    if (status !== undefined) outgoing.writeHead(status).end(said);
    else if (path.startsWith('/throttled-once/') && isThrottled) {
      isThrottled = false;
      outgoing.writeHead(429, { 'retry-after': 'Thu, 26 Nov 2026 00:00:00 GMT' }).end('slow down');
    } else if (path.startsWith('/forward')) outgoing.writeHead(302, { location: '/stolen' }).end('secret');
    else if (path.startsWith('/down/') || (path.startsWith('/down-once/') && isDown)) {
      isDown = path.startsWith('/down/');
      const body = { status: 503, code: 'unavailable', detail: 'try again' };
      outgoing.writeHead(503, { 'retry-after': '0' }).end(JSON.stringify(body));
    } else {
      const chunks: Buffer[] = [];
      for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
      const { authorization = '', 'content-type': type = '' } = incoming.headers;
      const headers = { authorization, 'content-type': type };
      const target = `${to}${path.replace(/^\/(down|throttled)-once/, '')}`;
      const answer = await fetch(target, { method: 'POST', headers, body: Buffer.concat(chunks) });
      outgoing.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, close: () => server.close() };
}
