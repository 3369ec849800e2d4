import { beforeEach, describe, expect, test } from 'vitest';
import { approvalId } from '../../../../../vault/domain/console/approval.ts';
import { MAX_THREAD_TAGS } from '../../../../../vault/domain/console/log-row.ts';
import { MAX_SHOWN_BLOB_BYTES, REVEALS_PER_MINUTE } from '../../../../../vault/domain/console/reveal-rules.ts';
import { fieldName, parseRef } from '../../../../../vault/domain/envelope/ref.ts';
import { memoryApprovals } from '../../../../../vault/memory/approvals.ts';
import { memoryRevealLimit } from '../../../../../vault/memory/console.ts';
import type { AuditIntent } from '../../../../../vault/ports/audit-log.ts';
import { type RevealDeps, serveReveal, threadTags } from '../../../../../vault/usecases/console/serve-reveal.ts';
import { type MemoryVault, memoryVault } from '../../../../support/memory-vault.ts';

const VALUES = ['others', 'support'];
const SIGHT = { app: 'shop', values: VALUES };
const ASKED = { person: { subject: 'person-17', name: 'ada@example.org' }, reason: 'A customer asks', ticket: 'INC-1' };

let vault: MemoryVault;
let deps: RevealDeps;
let ref: string;
beforeEach(async () => {
  vault = await memoryVault({
    settings: { console: { viewers: ['support'], showPlain: false, requireApproval: false } },
  });
  deps = { ...vault.request, revealLimit: memoryRevealLimit(), approvals: memoryApprovals() };
  const { refs } = await vault.encrypt('web', { email: 'maya@example.org' }, { ttlSeconds: 600 });
  ref = refs.email ?? '';
});

async function audited(): Promise<AuditIntent[]> {
  const intents: AuditIntent[] = [];
  for await (const intent of vault.auditTrail.intents('shop', 0, Number.MAX_SAFE_INTEGER)) intents.push(intent);
  return intents;
}

function fieldOf(text: string): string {
  const parsed = parseRef(text);
  return parsed ? fieldName(parsed) : '';
}

test('opens a value, with one audit row that names the person, the reason and the field', async () => {
  const opened = await serveReveal(deps, { app: 'shop', values: VALUES, ref, ...ASKED }, 'a-request');
  expect(opened).toMatchObject({ status: 'ok', json: '"maya@example.org"' });
  expect(await audited()).toEqual([
    expect.objectContaining({
      integration: 'console',
      credential: 'person/person-17',
      operation: 'reveal',
      requestId: 'a-request',
      refs: [fieldOf(ref)],
      count: 1,
      reveal: ASKED,
    }),
  ]);
});

test('a second reveal is a second audit row', async () => {
  await serveReveal(deps, { app: 'shop', values: VALUES, ref, ...ASKED }, 'one');
  await serveReveal(deps, { app: 'shop', values: VALUES, ref, ...ASKED }, 'two');
  expect(await audited()).toHaveLength(2);
});

test('the audit row is there before the store and KMS are asked, and without it nothing opens', async () => {
  const order: string[] = [];
  const find = vault.ports.bundles.find.bind(vault.ports.bundles);
  const watched = {
    ...deps,
    audit: {
      record: async (intent: AuditIntent) => {
        order.push('audit');
        await vault.auditTrail.record(intent);
      },
    },
    bundles: {
      ...deps.bundles,
      find: async (...keys: Parameters<typeof find>) => {
        order.push('read');
        return await find(...keys);
      },
    },
  };
  await serveReveal(watched, { app: 'shop', values: VALUES, ref, ...ASKED }, 'a-request');
  expect(order).toEqual(['audit', 'read']);

  const broken = { ...watched, audit: { record: () => Promise.reject(new Error('no audit table')) } };
  await expect(serveReveal(broken, { app: 'shop', values: VALUES, ref, ...ASKED }, 'a-request')).rejects.toThrow(
    'no audit table',
  );
  expect(order).toEqual(['audit', 'read']);
});

test('an app that the Console does not show is refused, without a row and without a read', async () => {
  const other = await memoryVault();
  const { refs } = await other.encrypt('web', { email: 'maya@example.org' });
  const asked = { app: 'shop', values: VALUES, ref: refs.email ?? '', ...ASKED };
  const refused = serveReveal({ ...deps, ...other.request }, asked, 'a-request');
  await expect(refused).rejects.toMatchObject({ code: 'forbidden' });
  await expect(serveReveal(deps, { ...asked, app: 'none' }, 'a-request')).rejects.toMatchObject({ code: 'forbidden' });
});

test('people reveal 60 values a minute together, and more in the next one', async () => {
  // A quarter of a minute into the next one.
  vault.advance(75 - (vault.nowS() % 60));
  for (let count = 0; count < REVEALS_PER_MINUTE; count += 1) {
    await serveReveal(deps, { app: 'shop', values: VALUES, ref, ...ASKED }, `request-${count}`);
  }
  const refused = await serveReveal(deps, { app: 'shop', values: VALUES, ref, ...ASKED }, 'one more').catch(
    (error: unknown) => error,
  );
  expect(refused).toMatchObject({
    code: 'unavailable',
    message: 'people reveal at most 60 values a minute: try again in the next one',
    retryAfterSeconds: 45,
  });
  expect(await audited()).toHaveLength(REVEALS_PER_MINUTE);
  vault.advance(45);
  expect(await serveReveal(deps, { app: 'shop', values: VALUES, ref, ...ASKED }, 'later')).toMatchObject({
    status: 'ok',
  });
});

test('an expired value and a text that is no ref give nothing', async () => {
  expect(await serveReveal(deps, { app: 'shop', values: VALUES, ref: 'no ref', ...ASKED }, 'a')).toMatchObject({
    status: 'redacted',
    reason: 'malformed',
  });
  vault.advance(600);
  expect(await serveReveal(deps, { app: 'shop', values: VALUES, ref, ...ASKED }, 'b')).toMatchObject({
    status: 'redacted',
    reason: 'expired',
  });
});

test('the tags of a thread are those that its rows have, found without KMS', async () => {
  const entry = { type: 'text.say', thread: { id: 't-1' }, data: { text: 'hello' } };
  await vault.call('web', 'incoming', { entry });
  const [row] = await vault.entryLog.page({ app: 'shop', before: '9', fromMs: 0, limit: 1 });
  const before = { ...vault.kms.calls };
  expect(await threadTags(deps, SIGHT, 't-1')).toEqual([row?.face.threadTag]);
  expect(vault.kms.calls).toEqual(before);
});

test('the tags of a thread are those of the newest slots, where more are in use than the log takes', async () => {
  const ring = await vault.request.rings.get('shop');
  const [slot] = ring?.slots ?? [];
  if (ring === undefined || slot === undefined) throw new Error('the app has a slot');
  const salts = Array.from({ length: MAX_THREAD_TAGS + 2 }, (_, number) => Buffer.alloc(32, number));
  const slots = salts.map((salt, number) => ({ ...slot, slot: slot.slot - number, salt }));
  const tagsWith = (used: typeof slots) =>
    threadTags({ rings: { ...deps.rings, get: async () => ({ ...ring, slots: used }) } }, SIGHT, 't-1');
  const newest = await tagsWith(slots.slice(0, MAX_THREAD_TAGS));
  expect(new Set(newest).size).toBe(MAX_THREAD_TAGS);
  expect(await tagsWith(slots)).toEqual(newest);
  const [first, ...others] = slots;
  if (first === undefined) throw new Error('there are slots');
  const destroyed = { ...first, state: 'destroyed' as const };
  expect(await tagsWith([destroyed, ...others])).toEqual(await tagsWith(others));
});

describe('a blob', () => {
  const sealBlob = async (bytes: number) => {
    const { body } = await vault.call('web', 'seal-blob', { bytes, ttlSeconds: 600 });
    return (body as { ref: string }).ref;
  };

  test('gives what opens it, and a URL for a minute, with the same audit row as a value', async () => {
    const opened = await serveReveal(
      deps,
      { app: 'shop', values: VALUES, ref: await sealBlob(100), ...ASKED },
      'a-request',
    );
    expect(opened).toMatchObject({
      status: 'blob',
      blob: { bytes: 100 },
      url: expect.stringMatching(/^http:/),
      urlUntilS: vault.nowS() + 60,
    });
    expect(await audited()).toMatchObject([{ operation: 'reveal', reveal: ASKED }]);
  });

  test('that is larger than the page shows gives its size, and no key and no URL', async () => {
    const shown = await serveReveal(
      deps,
      { app: 'shop', values: VALUES, ref: await sealBlob(MAX_SHOWN_BLOB_BYTES), ...ASKED },
      'one',
    );
    expect(shown.status).toBe('blob');
    const bytes = MAX_SHOWN_BLOB_BYTES + 1;
    const tooLarge = await serveReveal(
      deps,
      { app: 'shop', values: VALUES, ref: await sealBlob(bytes), ...ASKED },
      'two',
    );
    expect(tooLarge).toEqual({ status: 'too-large', bytes });
  });
});

describe('where the app asks for a second person', () => {
  const BOB = { subject: 'person-18', name: 'bob@example.org' };
  const reveal = () =>
    serveReveal(deps, { app: 'shop', values: VALUES, ref, ...ASKED, reason: 'Another one now' }, 'a-request');
  let id: string;
  beforeEach(async () => {
    vault = await memoryVault({
      settings: { console: { viewers: ['support'], showPlain: false, requireApproval: true } },
    });
    deps = { ...vault.request, revealLimit: memoryRevealLimit(), approvals: memoryApprovals() };
    const { refs } = await vault.encrypt('web', { email: 'maya@example.org' }, { ttlSeconds: 600 });
    ref = refs.email ?? '';
    id = approvalId(fieldOf(ref), ASKED.person.subject);
  });

  async function asked(of = id): Promise<void> {
    const place = { position: 'p', field: 0, pointer: '/data/email' };
    const times = { askedAtS: vault.nowS(), endsAtS: vault.nowS() + 60 };
    await (deps.approvals as ReturnType<typeof memoryApprovals>).ask({
      app: 'shop',
      id: of,
      ...ASKED,
      ...place,
      ...times,
    });
  }
  const approve = (of = id, by = BOB) =>
    (deps.approvals as ReturnType<typeof memoryApprovals>).approve(
      { app: 'shop', id: of, askedAtS: vault.nowS() },
      by,
      vault.nowS(),
    );

  test('nothing opens, and nothing is read, before someone else approves', async () => {
    const calls = { ...vault.kms.calls };
    deps = { ...deps, bundles: { ...deps.bundles, find: () => Promise.reject(new Error('the table was read')) } };
    expect(await reveal()).toEqual({ status: 'unapproved' });
    await asked();
    expect(await reveal()).toEqual({ status: 'unapproved' });
    await approve(id, ASKED.person);
    expect(await reveal()).toEqual({ status: 'unapproved' });
    expect([await audited(), vault.kms.calls]).toEqual([[], calls]);
  });

  test('an approval opens once, and the audit row has the approver and the reason that was approved', async () => {
    await asked();
    await approve();
    expect(await reveal()).toMatchObject({ status: 'ok' });
    expect(await reveal()).toEqual({ status: 'unapproved' });
    expect((await audited()).map((intent) => intent.reveal)).toEqual([{ ...ASKED, approver: BOB }]);
  });

  test('an approval of another value, or for another person, opens nothing', async () => {
    for (const of of [approvalId('AAAAAAAAAAAAAAAAAAAA:0', 'person-17'), id.replace(/#.*/, `#${'A'.repeat(43)}`)]) {
      await asked(of);
      await approve(of);
    }
    expect(await reveal()).toEqual({ status: 'unapproved' });
  });

  test('a store that would let people approve their own reveals does not', async () => {
    const take = async () => ({ approver: ASKED.person, reason: 'I say so' });
    deps = { ...deps, approvals: { take } };
    expect(await reveal()).toEqual({ status: 'unapproved' });
  });
});
