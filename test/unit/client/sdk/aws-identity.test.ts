// The client's header: signed as AWS's own signer would, reused for five minutes, never beyond its credentials.

import { createHash, createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { type AwsIdentityOptions, awsIdentity, type RoleCredentials } from '../../../../client/sdk/aws-identity.ts';
import { parseAwsIdentity } from '../../../../wire/aws-identity.ts';

const NOW_MS = Date.UTC(2026, 10, 23, 7);
const CREDENTIALS: RoleCredentials = {
  accessKeyId: 'ASIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  sessionToken: 'FwoGZXIvYXdzEXAMPLE',
};
const AUDIENCE = 'daykey:111122223333:eu-central-1:Vault';

/** An identity whose clock and credentials a test may change. */
function aClient(options: Partial<AwsIdentityOptions> = {}) {
  const state = { nowMs: NOW_MS, asked: 0, credentials: CREDENTIALS };
  const identity = awsIdentity({
    audience: AUDIENCE,
    region: 'eu-central-1',
    clock: () => state.nowMs,
    credentials: async () => {
      state.asked += 1;
      return state.credentials;
    },
    ...options,
  });
  return { state, identity };
}

/** A second SigV4, written from its specification (AWS General Reference) and independent of ours. */
function signatureByHand(host: string, region: string): string {
  const hash = (text: string) => createHash('sha256').update(text).digest('hex');
  const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();
  const canonical = [
    'POST',
    '/',
    '',
    'content-type:application/x-www-form-urlencoded; charset=utf-8',
    `host:${host}`,
    'x-amz-date:20261123T070000Z',
    `x-amz-security-token:${CREDENTIALS.sessionToken}`,
    `x-daykey-audience:${AUDIENCE}`,
    '',
    'content-type;host;x-amz-date;x-amz-security-token;x-daykey-audience',
    hash('Action=GetCallerIdentity&Version=2011-06-15'),
  ].join('\n');
  const scope = `20261123/${region}/sts/aws4_request`;
  const toSign = ['AWS4-HMAC-SHA256', '20261123T070000Z', scope, hash(canonical)].join('\n');
  const key = scope.split('/').reduce<string | Buffer>(hmac, `AWS4${CREDENTIALS.secretAccessKey}`);
  return hmac(key, toSign).toString('hex');
}

describe('the header', () => {
  test.each([
    ['eu-central-1', undefined, 'sts.eu-central-1.amazonaws.com'],
    ['cn-north-1', undefined, 'sts.cn-north-1.amazonaws.com.cn'],
    ['eusc-de-east-1', 'amazonaws.eu', 'sts.eusc-de-east-1.amazonaws.eu'],
  ])('for %s has the signature that SigV4 prescribes, for %j', async (region, dnsSuffix, host) => {
    const { identity } = aClient({ region, ...(dnsSuffix === undefined ? {} : { dnsSuffix }) });
    expect(parseAwsIdentity(await identity())).toEqual({
      v: 1,
      accessKeyId: CREDENTIALS.accessKeyId,
      sessionToken: CREDENTIALS.sessionToken,
      date: '20261123T070000Z',
      signature: signatureByHand(host, region),
    });
  });

  test('holds no secret key', async () => {
    const { identity } = aClient();
    const text = Buffer.from((await identity()).slice('Daykey-Aws '.length), 'base64url').toString('utf8');
    expect(text).not.toContain(CREDENTIALS.secretAccessKey);
  });

  test('is the same for five minutes, and a new one from then on', async () => {
    const { state, identity } = aClient();
    const first = await identity();
    state.nowMs += 5 * 60_000 - 1;
    expect(await identity()).toBe(first);
    expect(state.asked).toBe(1);
    state.nowMs += 1;
    expect(await identity()).not.toBe(first);
    expect(state.asked).toBe(2);
  });

  test('is not used once its credentials have expired', async () => {
    const { state, identity } = aClient();
    state.credentials = { ...CREDENTIALS, expiration: new Date(NOW_MS + 60_000) };
    const first = await identity();
    state.nowMs += 59_999;
    expect(await identity()).toBe(first);
    state.nowMs += 1;
    state.credentials = { ...CREDENTIALS, accessKeyId: 'ASIAIOSFODNN7ANOTHER' };
    expect(parseAwsIdentity(await identity())?.accessKeyId).toBe('ASIAIOSFODNN7ANOTHER');
  });

  test('is signed once for all who ask at the same time', async () => {
    const { state, identity } = aClient();
    for (let round = 1; round <= 2; round += 1) {
      expect(new Set(await Promise.all([identity(), identity(), identity()])).size).toBe(1);
      expect(state.asked).toBe(round);
      state.nowMs += 5 * 60_000;
    }
  });

  test('takes credentials as they are, too', async () => {
    const { identity } = aClient({ credentials: CREDENTIALS });
    expect(await identity()).toMatch(/^Daykey-Aws /);
  });
});

test('credentials of a user are refused with what to do, and the next ones are taken', async () => {
  const { state, identity } = aClient();
  const { sessionToken: _, ...ofUser } = CREDENTIALS;
  state.credentials = ofUser;
  await expect(identity()).rejects.toThrow('assume one');
  state.credentials = CREDENTIALS;
  expect(await identity()).toMatch(/^Daykey-Aws /);
});
