import { beforeEach, expect, test } from 'vitest';
import { CLAIM_CHARACTERS, MAX_CLAIM_VALUES } from '../../../../../vault/domain/console/viewers.ts';
import { memoryApprovals } from '../../../../../vault/memory/approvals.ts';
import { memoryRevealLimit } from '../../../../../vault/memory/console.ts';
import { answerConsole, type DecryptSideDeps } from '../../../../../vault/operations/console/decrypt-side.ts';
import { MAX_NAME_LENGTH } from '../../../../../wire/limits.ts';
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
