import { beforeEach, expect, test } from 'vitest';
import { MAX_SHOWN_BLOB_BYTES } from '../../../../../vault/domain/console/reveal-rules.ts';
import { CLAIM_CHARACTERS, MAX_CLAIM_VALUES } from '../../../../../vault/domain/console/viewers.ts';
import { memoryApprovals } from '../../../../../vault/memory/approvals.ts';
import { memoryRevealLimit } from '../../../../../vault/memory/console.ts';
import { answerConsole, type DecryptSideDeps } from '../../../../../vault/operations/console/decrypt-side.ts';
import { MAX_NAME_LENGTH } from '../../../../../wire/limits.ts';
import type { SealBlobResponse } from '../../../../../wire/seal-blob.ts';
import { type MemoryVault, memoryVault } from '../../../../support/memory-vault.ts';

const SEES = { request: 'sees', app: 'shop', values: ['support'] };

let vault: MemoryVault;
let deps: DecryptSideDeps;
beforeEach(async () => {
  const console = { viewers: ['support'], showPlain: false, requireApproval: false };
  vault = await memoryVault({ settings: { console } });
  const { request, viewers } = vault;
  deps = { ...request, viewers, revealLimit: memoryRevealLimit(), approvals: memoryApprovals() };
});

test('an invocation itself says which values its person has, and the settings say what they see', async () => {
  expect(await answerConsole(deps, SEES, 'r')).toEqual({ status: 200, body: true });
  expect(await answerConsole(deps, { ...SEES, values: ['others'] }, 'r')).toEqual({ status: 200, body: false });
});

test.each([
  ['no request', undefined],
  ['another request', { ...SEES, request: 'settings' }],
  ['a long name of an app', { ...SEES, app: 'x'.repeat(MAX_NAME_LENGTH + 1) }],
  ['an app that is a list', { ...SEES, app: ['shop'] }],
  ['values that are a text', { ...SEES, values: 'support' }],
  ['an empty value', { ...SEES, values: ['support', ''] }],
  ['half a surrogate pair as a value', { ...SEES, values: ['\ud800'] }],
  ['a long value', { ...SEES, values: ['x'.repeat(CLAIM_CHARACTERS + 1)] }],
  ['too many values', { ...SEES, values: Array.from({ length: MAX_CLAIM_VALUES + 1 }, String) }],
  ['an unknown member', { ...SEES, admin: true }],
])('%s is refused, and the log says only that the Console asked', async (_, event) => {
  expect((await answerConsole(deps, event, 'r')).status).toBe(400);
  expect(vault.telemetry.requests.at(-1)).toEqual({
    operation: 'console',
    status: 400,
    requestId: 'r',
    durationMs: 0,
    code: 'invalid-request',
  });
});

const PERSON = { subject: 'person-1', name: 'Ada' };
const REVEAL = {
  request: 'reveal',
  app: 'shop',
  values: ['support'],
  person: PERSON,
  reason: 'A customer asks for it',
};

test.each([
  ['a person without a name', { ...REVEAL, ref: 'x', person: { subject: 'person-1' } }],
  ['an empty name', { ...REVEAL, ref: 'x', person: { ...PERSON, name: '' } }],
  ['a long subject', { ...REVEAL, ref: 'x', person: { ...PERSON, subject: 'x'.repeat(257) } }],
  ['no reason', { ...REVEAL, ref: 'x', reason: undefined }],
  ['no ref', REVEAL],
  ['an empty thread', { ...SEES, request: 'thread', thread: '' }],
  ['a long beginning', { request: 'apps', values: [], beginning: 'x'.repeat(MAX_NAME_LENGTH + 1) }],
])('a request with %s is refused', async (_, event) => {
  expect(await answerConsole(deps, event, 'r')).toMatchObject({ status: 400, body: { code: 'invalid-request' } });
});

test('a reveal gives the value and its end, and its log line names the app', async () => {
  const { refs } = await vault.encrypt('web', { email: 'maya@example.org' }, { ttlSeconds: 600 });
  const expiresAt = new Date(vault.clock() + 600_000).toISOString().replace('.000', '');
  expect(await answerConsole(deps, { ...REVEAL, ref: refs.email, ticket: 'INC-1' }, 'r')).toEqual({
    status: 200,
    body: { status: 'ok', value: 'maya@example.org', expiresAt },
  });
  expect(vault.telemetry.requests.at(-1)).toEqual({
    operation: 'console reveal',
    status: 200,
    requestId: 'r',
    durationMs: 0,
    app: 'shop',
  });
});

test('a reveal of what is no ref gives no reason', async () => {
  expect(await answerConsole(deps, { ...REVEAL, ref: 'no ref' }, 'r')).toEqual({
    status: 200,
    body: { status: 'redacted' },
  });
});

test('a blob gives what opens it, and one that is too large only its size', async () => {
  const sealed = async (bytes: number) => (await vault.call('web', 'seal-blob', { bytes })).body as SealBlobResponse;
  const { ref, key, context, expiresAt } = await sealed(5);
  expect((await answerConsole(deps, { ...REVEAL, ref }, 'r')).body).toEqual({
    status: 'blob',
    blob: { key, context, bytes: 5, url: expect.stringMatching(/^http/) },
    expiresAt,
  });
  const large = await sealed(MAX_SHOWN_BLOB_BYTES + 1);
  expect((await answerConsole(deps, { ...REVEAL, ref: large.ref }, 'r')).body).toEqual({
    status: 'too-large',
    bytes: MAX_SHOWN_BLOB_BYTES + 1,
  });
});

test('threads, keys and apps are answered from the settings and the ring of the app', async () => {
  const ask = async (event: object) => (await answerConsole(deps, { values: ['support'], ...event }, 'r')).body;
  expect(await ask({ request: 'thread', app: 'shop', thread: 't-1' })).toEqual([expect.any(String)]);
  const [slot] = (await vault.ring()).slots;
  const instant = (atS = 0) => new Date(atS * 1000).toISOString().replace('.000', '');
  expect(await ask({ request: 'keys', app: 'shop' })).toEqual([
    {
      from: instant(slot?.slot),
      until: instant(slot?.endsAtS),
      endsAt: instant(slot?.decryptUntilS),
      state: 'ready',
      pool: 'own',
    },
  ]);
  expect(await ask({ request: 'apps', beginning: 'sh' })).toEqual({ apps: ['shop'], hasMore: false });
  expect(await ask({ request: 'apps', beginning: 'x' })).toEqual({ apps: [], hasMore: false });
});

test('an app that the person does not see is refused, and an outage is counted with its cause', async () => {
  expect(await answerConsole(deps, { ...REVEAL, values: ['others'], ref: 'x' }, 'r')).toMatchObject({ status: 403 });
  expect(vault.telemetry.requests.at(-1)).toMatchObject({ app: 'shop', status: 403, code: 'forbidden' });
  expect(vault.telemetry.total('Unavailable')).toBe(0);
  const rings = { ...deps.rings, recheck: () => Promise.reject(new Error('no table')) };
  expect(await answerConsole({ ...deps, rings }, SEES, 'r')).toMatchObject({ status: 503 });
  expect(vault.telemetry.total('Unavailable')).toBe(1);
  expect(vault.telemetry.requests.at(-1)).toMatchObject({ status: 503, cause: [expect.stringMatching(/^Error at /)] });
});
