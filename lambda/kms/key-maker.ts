// Makes, finds and destroys app KEKs in KMS.

import { setTimeout as sleep } from 'node:timers/promises';
import {
  CreateKeyCommand,
  type CreateKeyCommandInput,
  DescribeKeyCommand,
  type KeyMetadata,
  type KMSClient,
  ScheduleKeyDeletionCommand,
  type Tag,
} from '@aws-sdk/client-kms';
import { isDaykeyError } from '../../vault/domain/errors.ts';
import { holderName, type KeyHolder } from '../../vault/domain/kek-life/holder.ts';
import { type KeyPolicySettings, keyPolicy } from '../../vault/domain/kek-life/key-policy.ts';
import { DELETION_WINDOW_DAYS } from '../../vault/domain/settings.ts';
import { secondsOf } from '../../vault/ports/clock.ts';
import type { KeyMaker, MadeKey } from '../../vault/ports/key-maker.ts';
import { errorName, KMS_REFUSALS, ownWords, translating, unavailable } from '../aws/errors.ts';
import { VAULT_TAG } from '../config.ts';
import type { FindTaggedKeys, TaggedKey } from './tagged-keys.ts';

/** Tags of every key that Daykey makes at run time. */
export const KEY_TAGS = {
  stack: VAULT_TAG,
  /** On keys of an app's own. */
  app: 'daykey:app',
  /** On keys of a pool: its number. */
  pool: 'daykey:pool',
  slot: 'daykey:slot',
  /** T2 in seconds since 1970, in plain digits. */
  decryptUntil: 'daykey:decrypt-until',
} as const;

const GONE = { NotFoundException: 'not-found' } as const;
const PENDING = { KMSInvalidStateException: 'conflict' } as const;
/** Waits between looks at a key whose new state KMS may show late, in milliseconds. */
const WAITS_MS = [250, 500, 1000, 2000, 4000];

export interface KmsKeyMakerOptions extends KeyPolicySettings {
  /** Name of the stack: keys of other stacks are neither listed nor destroyed. */
  readonly stack: string;
  /** How long KMS waits before it deletes a key, in days: 7 to 30. */
  readonly deletionWindowDays: number;
  /** Further tags of every key. */
  readonly keyTags: Readonly<Record<string, string>>;
}

export interface KmsKeyMakerParts {
  readonly findTaggedKeys: FindTaggedKeys;
  /** Whether KMS judges encryption contexts. Asked for each key. @default it does */
  readonly judgesContexts?: (() => Promise<boolean>) | undefined;
  /** @default setTimeout */
  readonly wait?: (ms: number) => Promise<unknown>;
}

/**
 * A {@link KeyMaker} on KMS. The role's policy grants `kms:CreateKey`, `kms:TagResource` and `tag:GetResources`, the keys'
 * policies the rest.
 */
export function kmsKeyMaker(
  kms: KMSClient,
  { stack, deletionWindowDays, keyTags, ...policy }: KmsKeyMakerOptions,
  { findTaggedKeys, judgesContexts = async () => true, wait = sleep }: KmsKeyMakerParts,
): KeyMaker {
  /** `undefined` for a key that does not exist. */
  async function describeKey(arn: string): Promise<KeyMetadata | undefined> {
    try {
      const describe = new DescribeKeyCommand({ KeyId: arn });
      const expected = { ...KMS_REFUSALS, ...GONE };
      return (await translating('look at an app KEK', expected, () => kms.send(describe), ownWords)).KeyMetadata;
    } catch (error) {
      if (isDaykeyError(error, 'not-found')) return undefined;
      throw error;
    }
  }

  return {
    async create(holder, dates) {
      const ignoresContext = !(await judgesContexts());
      const arn = await createKey(kms, 'make an app KEK', {
        Description: `Daykey ${stack}: app KEK of ${holderName(holder)}, slot ${dates.slot}`,
        Policy: JSON.stringify(keyPolicy({ ...policy, holder, dates, ignoresContext })),
        Tags: tagsOfKey(stack, holder, dates.slot, dates.decryptUntilS, keyTags),
      });
      return { arn, ...(ignoresContext && { ignoresContext }) };
    },

    async isHealthy(arn) {
      return (await describeKey(arn))?.KeyState === 'Enabled';
    },

    async isGone(arn) {
      return (await describeKey(arn)) === undefined;
    },

    async destroy(arn) {
      let scheduled: Date | undefined;
      try {
        scheduled = await scheduleDeletionSomehow(kms, arn, deletionWindowDays);
      } catch (error) {
        if (isDaykeyError(error, 'not-found')) return undefined;
        if (!isDaykeyError(error, 'conflict')) throw error;
      }
      for (const waitMs of [...WAITS_MS, undefined]) {
        const key = await describeKey(arn);
        // KMS may show the new state late. Its answer to the call that scheduled the deletion is never late.
        const goneAt = scheduled ?? (key?.KeyState === 'PendingDeletion' ? key.DeletionDate : undefined);
        if (key?.CreationDate && goneAt) {
          return { arn, createdAtS: secondsOf(key.CreationDate.getTime()), goneAtS: secondsOf(goneAt.getTime()) };
        }
        if (waitMs !== undefined) await wait(waitMs);
      }
      throw unavailable('see an app KEK pending deletion', 'KMS still shows its old state');
    },

    async *list(known) {
      for await (const key of findTaggedKeys({ [KEY_TAGS.stack]: stack })) {
        const made = known.has(key.arn) ? undefined : madeKey(key);
        if (made === undefined) continue;
        const { KeyState: state = 'PendingDeletion' } = (await describeKey(key.arn)) ?? {};
        if (state !== 'PendingDeletion') yield made;
      }
    },
  };
}

/** The tags of a key. The stack's tag finds it, the others say what it is for. */
export function tagsOfKey(
  stack: string,
  holder: KeyHolder,
  slot: number,
  decryptUntilS: number,
  more: Readonly<Record<string, string>> = {},
): Tag[] {
  return [
    ...Object.entries(more).map(([TagKey, TagValue]) => ({ TagKey, TagValue })),
    { TagKey: KEY_TAGS.stack, TagValue: stack },
    'pool' in holder
      ? { TagKey: KEY_TAGS.pool, TagValue: String(holder.pool) }
      : { TagKey: KEY_TAGS.app, TagValue: holder.app },
    { TagKey: KEY_TAGS.slot, TagValue: String(slot) },
    { TagKey: KEY_TAGS.decryptUntil, TagValue: String(decryptUntilS) },
  ];
}

/** Makes a key and returns its ARN. A lost answer leaves an orphaned key, which the janitor destroys: CreateKey has no idempotency token. */
export async function createKey(kms: KMSClient, what: string, request: CreateKeyCommandInput): Promise<string> {
  // We cannot change the policy afterwards, and that is the point.
  const create = new CreateKeyCommand({ BypassPolicyLockoutSafetyCheck: true, ...request });
  const { KeyMetadata } = await translating(what, KMS_REFUSALS, () => kms.send(create), ownWords);
  if (KeyMetadata?.Arn === undefined) throw new Error('KMS made a key without an ARN');
  return KeyMetadata.Arn;
}

/** Schedules the deletion of a key. @throws DaykeyError `not-found`, `conflict` when it is scheduled already, and others. */
export async function scheduleDeletion(kms: KMSClient, arn: string, days: number): Promise<Date | undefined> {
  const request = new ScheduleKeyDeletionCommand({ KeyId: arn, PendingWindowInDays: days });
  const expected = { ...KMS_REFUSALS, ...GONE, ...PENDING };
  return (await translating('destroy an app KEK', expected, () => kms.send(request), ownWords)).DeletionDate;
}

/** The same with the longest window, where a policy refuses a shorter one: the key ends anyway. */
async function scheduleDeletionSomehow(kms: KMSClient, arn: string, days: number): Promise<Date | undefined> {
  try {
    return await scheduleDeletion(kms, arn, days);
  } catch (error) {
    const isDenied = isDaykeyError(error, 'app-kek-refused') && errorName(error.cause) === 'AccessDeniedException';
    if (!isDenied || days === DELETION_WINDOW_DAYS.most) throw error;
    // If this is refused too, the first refusal names the rule that someone has to change.
    return await scheduleDeletion(kms, arn, DELETION_WINDOW_DAYS.most).catch(() => Promise.reject(error));
  }
}

/** What the tags say; `undefined` for a key of the stack that Daykey did not make at run time. */
function madeKey({ arn, tags }: TaggedKey): MadeKey | undefined {
  const holder = holderIn(tags);
  const slot = Number(tags.get(KEY_TAGS.slot));
  const decryptUntilS = Number(tags.get(KEY_TAGS.decryptUntil));
  if (holder === undefined || !Number.isSafeInteger(slot) || !Number.isSafeInteger(decryptUntilS)) return undefined;
  return { arn, holder, slot, decryptUntilS };
}

function holderIn(tags: TaggedKey['tags']): KeyHolder | undefined {
  const [app, pool] = [tags.get(KEY_TAGS.app), Number(tags.get(KEY_TAGS.pool))];
  if (app !== undefined) return { app };
  return Number.isSafeInteger(pool) ? { pool } : undefined;
}
