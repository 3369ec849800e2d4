// Erasure on the deployed vault, while others write about the same subject.

import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { ask, integrationNamed, opened, sealed, unique } from '../support/vault.ts';

const REDACTED = { status: 'redacted', value: '★★★★★' };

interface Issued {
  readonly token: string;
  readonly answeredAtMs: number;
}

test('after the answer no ref opens that was issued before it was asked for, even while others write', async () => {
  const subject = unique('maya');
  const issued: Issued[] = [];
  const bystander = await sealed({ value: 'not hers' }, { subject: unique('noor') });
  let isOver = false;
  const writer = async () => {
    while (!isOver) {
      const { refs } = await sealed({ value: 'hers' }, { subject });
      issued.push({ token: refs.value ?? '', answeredAtMs: Date.now() });
    }
  };
  const writers = [writer(), writer(), writer()];
  for (let round = 0; round < 3; round += 1) {
    const enough = issued.length + 4;
    while (issued.length < enough) await sleep(20);
    const askedAtMs = Date.now();
    const { status, body } = await ask('desk', 'erase', { subject });
    expect({ status, body }).toEqual({ status: 200, body: { erased: expect.any(Number) } });
    const before = issued.filter(({ answeredAtMs }) => answeredAtMs < askedAtMs);
    expect(before.length).toBeGreaterThan(3);
    for (let start = 0; start < before.length; start += 64) {
      const some = before.slice(start, start + 64).map(({ token }, index) => [`ref ${index}`, token]);
      for (const field of Object.values(await opened(Object.fromEntries(some)))) expect(field).toEqual(REDACTED);
    }
  }
  isOver = true;
  await Promise.all(writers);
  expect(await opened(bystander.refs)).toMatchObject({ value: { status: 'ok', value: 'not hers' } });
});

test('an erased ref is redacted at once, and its neighbours are not', async () => {
  const { refs } = await sealed({ a: 'erased', b: 'kept' });
  const { body } = await ask('bot', 'erase', { refs: { only: refs.a } });
  expect(body).toEqual({ erased: 1 });
  expect(await opened(refs)).toMatchObject({ a: REDACTED, b: { status: 'ok', value: 'kept' } });
});

test('another app’s integration erases nothing', async () => {
  const subject = unique('maya');
  const { refs } = await sealed({ a: 'kept' }, { subject });
  const { app } = integrationNamed('clinic-desk');
  expect((await ask('clinic-desk', 'erase', { subject }, { app })).body).toEqual({ erased: 0 });
  expect((await ask('clinic-desk', 'erase', { refs }, { app })).body).toEqual({ erased: 0 });
  expect(await opened(refs)).toMatchObject({ a: { status: 'ok', value: 'kept' } });
});
