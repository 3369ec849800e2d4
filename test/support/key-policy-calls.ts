// Calls to KMS, and which of them a key policy must allow: stated without a policy, for whatever judges one.

import fc from 'fast-check';
import { CONTEXT_KEYS, wrapContext } from '../../vault/domain/envelope/context.ts';
import { type KeyPolicy, type KeyPolicyInput, keyPolicy } from '../../vault/domain/kek-life/key-policy.ts';
import { DEFAULT_LIFE } from '../../vault/domain/kek-life/life.ts';
import { refusedFromS, type SlotDates, slotDates } from '../../vault/domain/kek-life/slot.ts';

export const ACCOUNT = '111122223333';
export const OTHER_ACCOUNT = '444455556666';

const ROLES = { encrypt: 'v-encrypt', decrypt: 'v-decrypt', rotate: 'v-rotate-kek', retire: 'v-configure-app' };

/** A role of the vault, someone with every KMS permission that an identity policy can give, or a role elsewhere. */
export type Who = keyof typeof ROLES | 'admin' | 'stranger';
export const EVERYONE: readonly Who[] = ['encrypt', 'decrypt', 'rotate', 'retire', 'admin', 'stranger'];

const USES = ['Encrypt', 'Decrypt'] as const;
export const ACTIONS = [
  ...USES,
  'ReEncryptFrom',
  'GenerateDataKey',
  'CreateGrant',
  'PutKeyPolicy',
  'ScheduleKeyDeletion',
  'CancelKeyDeletion',
  'DisableKey',
  'EnableKey',
  'DescribeKey',
] as const;
export type Action = (typeof ACTIONS)[number];

/** One call. Only Encrypt and Decrypt take an encryption context. */
export interface KmsCall {
  readonly who: Who;
  readonly action: Action;
  readonly atS: number;
  readonly context: Readonly<Record<string, string>>;
}

/** A slot with the default settings, and its policy. */
export const DATES = slotDates(Date.UTC(2026, 10, 23) / 1000, Date.UTC(2026, 10, 24) / 1000, DEFAULT_LIFE);

export function aKeyPolicy(changes: Partial<KeyPolicyInput> = {}): KeyPolicy {
  const roleArn = (role: string) => `arn:aws:iam::${ACCOUNT}:role/${role}`;
  return keyPolicy({
    partition: 'aws',
    accountId: ACCOUNT,
    holder: { app: 'shop' },
    dates: DATES,
    lock: false,
    roleArns: {
      encrypt: roleArn(ROLES.encrypt),
      decrypt: roleArn(ROLES.decrypt),
      rotate: roleArn(ROLES.rotate),
      retire: roleArn(ROLES.retire),
    },
    ...changes,
  });
}

/** The callers, as KMS sees them. The stranger's role has the name of the decrypt role, in another account. */
export function principalOf(who: Who): { account: string; arn: string; isAllowedByIdentity: boolean } {
  const account = who === 'stranger' ? OTHER_ACCOUNT : ACCOUNT;
  const role = who === 'stranger' ? ROLES.decrypt : who === 'admin' ? 'Admin' : ROLES[who];
  return {
    account,
    arn: `arn:aws:iam::${account}:role/${role}`,
    isAllowedByIdentity: who === 'admin' || who === 'stranger',
  };
}

export function takesContext({ action }: Pick<KmsCall, 'action'>): boolean {
  return USES.some((use) => use === action);
}

/** The context that the vault itself uses for this bucket of the slot. */
export function contextIn(bucket: number, { slot } = DATES): Readonly<Record<string, string>> {
  return wrapContext('shop', { holder: { app: 'shop' }, slot }, 'a-bundle', bucket);
}

/** What must be allowed, of everything that can be asked. */
export function mustAllow({ who, action, atS, context }: KmsCall, lock: boolean, dates: SlotDates = DATES): boolean {
  const isPastT2 = atS >= dates.decryptUntilS;
  const bucket = bucketIn(context, dates);
  switch (action) {
    case 'Encrypt':
      return who === 'encrypt' && bucket !== undefined && atS < dates.encryptUntilS;
    case 'Decrypt':
      return who === 'decrypt' && bucket !== undefined && atS < refusedFromS(dates, bucket);
    case 'ScheduleKeyDeletion':
      return who === 'retire' || who === 'admin' || (who === 'rotate' && isPastT2);
    case 'CancelKeyDeletion':
    case 'EnableKey':
      return who === 'admin' && !(lock && isPastT2);
    case 'PutKeyPolicy':
      return who === 'admin' && !lock;
    case 'DescribeKey':
      return who === 'rotate' || who === 'retire' || who === 'admin';
    default:
      return false;
  }
}

/** The bucket of a context that is exactly ours; `undefined` for every other context. */
function bucketIn(context: KmsCall['context'], dates: SlotDates): number | undefined {
  const bucket = Number(context.x);
  if (!Number.isInteger(bucket) || bucket < 0 || bucket >= dates.bucketCount) return undefined;
  const asText = (it: object) => JSON.stringify(Object.entries(it).sort());
  return asText({ ...contextIn(bucket, dates), b: context.b }) === asText(context) ? bucket : undefined;
}

/** Any call: at any instant, mostly near a date, and in any context, mostly near ours. */
export function aKmsCall(dates: SlotDates = DATES): fc.Arbitrary<KmsCall> {
  const { slot, encryptUntilS: t1, decryptUntilS: t2, bucketCount } = dates;
  const aBucket = fc.integer({ min: 0, max: bucketCount - 1 });
  const anInstant = fc.oneof(
    fc.constantFrom(t1 - 1, t1, t1 + 1, t2 - 1, t2, t2 + 1),
    aBucket.chain((bucket) => fc.integer({ min: -1, max: 1 }).map((by) => refusedFromS(dates, bucket) + by)),
    fc.integer({ min: slot, max: t2 }),
    fc.integer({ min: t1 - 10 ** 8, max: t2 + 10 ** 9 }),
  );
  const aText = fc.oneof(
    fc.constantFrom('shop', 'bank', '2', '1', String(slot), '', '*', String(bucketCount), '-1', '01', '1.0'),
    aBucket.map(String),
  );
  const anotherKey = fc.constantFrom('X', 'App', 'SLOT', 'B', 'V', 'thread', 'y');
  const aContext = fc.oneof<fc.WeightedArbitrary<KmsCall['context']>[]>(
    { weight: 3, arbitrary: aBucket.map((bucket) => contextIn(bucket, dates)) },
    {
      weight: 2,
      arbitrary: fc
        .tuple(aBucket, fc.oneof(fc.constantFrom(...CONTEXT_KEYS), anotherKey), aText)
        .map(([bucket, key, text]) => ({ ...contextIn(bucket, dates), [key]: text })),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(aBucket, fc.subarray<string>([...CONTEXT_KEYS]))
        .map(([bucket, keys]) =>
          Object.fromEntries(Object.entries(contextIn(bucket, dates)).filter(([key]) => keys.includes(key))),
        ),
    },
  );
  const calls = { atS: anInstant, context: aContext };
  return fc.oneof(
    fc.record({ who: fc.constantFrom(...EVERYONE), action: fc.constantFrom(...ACTIONS), ...calls }),
    fc.record({ who: fc.constantFrom<Who>('encrypt', 'decrypt'), action: fc.constantFrom(...USES), ...calls }),
  );
}
