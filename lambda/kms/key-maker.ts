// Makes, finds and destroys app KEKs in KMS.

import {
  CreateKeyCommand,
  DescribeKeyCommand,
  type KeyMetadata,
  type KMSClient,
  paginateListKeys,
  paginateListResourceTags,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms';
import { isDaykeyError } from '../../vault/domain/errors.ts';
import { type KeyPolicySettings, keyPolicy } from '../../vault/domain/kek-life/key-policy.ts';
import type { KeyMaker, MadeKey } from '../../vault/ports/key-maker.ts';
import { KMS_REFUSALS, translating, unavailable } from '../aws/errors.ts';

/** Tags of every app KEK. */
export const KEY_TAGS = {
  stack: 'daykey:stack',
  app: 'daykey:app',
  slot: 'daykey:slot',
  /** T2 in seconds since 1970, in plain digits. */
  decryptUntil: 'daykey:decrypt-until',
} as const;

/** The shortest wait before KMS deletes a key, in days (AWS KMS API reference, ScheduleKeyDeletion). */
export const DELETION_WINDOW_DAYS = 7;

const KEYS_AT_ONCE = 10;
const GONE = { NotFoundException: 'not-found' } as const;
const PENDING = { KMSInvalidStateException: 'conflict' } as const;

export interface KmsKeyMakerOptions extends KeyPolicySettings {
  /** Name of the stack: keys of other stacks are never seen, let alone destroyed. */
  readonly stack: string;
}

/** Whether KMS judges encryption contexts. Asked for each key. */
export type JudgesContexts = () => Promise<boolean>;

/**
 * A {@link KeyMaker} on KMS. The role's policy grants `kms:CreateKey`, `kms:TagResource` and `kms:ListKeys`, the keys'
 * policies the rest.
 */
export function kmsKeyMaker(
  kms: KMSClient,
  { stack, ...policy }: KmsKeyMakerOptions,
  judgesContexts: JudgesContexts = async () => true,
): KeyMaker {
  /** `undefined` for a key that does not exist. */
  async function describeKey(arn: string): Promise<KeyMetadata | undefined> {
    try {
      const describe = new DescribeKeyCommand({ KeyId: arn });
      const expected = { ...KMS_REFUSALS, ...GONE };
      return (await translating('look at an app KEK', expected, () => kms.send(describe))).KeyMetadata;
    } catch (error) {
      if (isDaykeyError(error, 'not-found')) return undefined;
      throw error;
    }
  }

  /** The key, if it belongs to this stack and is not pending deletion. */
  async function readMadeKey(arn: string): Promise<MadeKey | undefined> {
    const tags = await readTags(kms, arn);
    const app = tags.get(KEY_TAGS.app);
    const slot = Number(tags.get(KEY_TAGS.slot));
    const decryptUntilS = Number(tags.get(KEY_TAGS.decryptUntil));
    if (tags.get(KEY_TAGS.stack) !== stack || app === undefined) return undefined;
    if (!Number.isSafeInteger(slot) || !Number.isSafeInteger(decryptUntilS)) return undefined;
    const state = (await describeKey(arn))?.KeyState;
    return state === undefined || state === 'PendingDeletion' ? undefined : { arn, app, slot, decryptUntilS };
  }

  return {
    async create(app, dates) {
      const ignoresContext = !(await judgesContexts());
      // CreateKey has no idempotency token: a lost answer leaves an orphaned key, which the janitor destroys.
      const request = new CreateKeyCommand({
        Description: `Daykey ${stack}: app KEK of ${app}, slot ${dates.slot}`,
        Policy: JSON.stringify(keyPolicy({ ...policy, app, dates, ignoresContext })),
        // We cannot change the policy afterwards, and that is the point.
        BypassPolicyLockoutSafetyCheck: true,
        Tags: [
          { TagKey: KEY_TAGS.stack, TagValue: stack },
          { TagKey: KEY_TAGS.app, TagValue: app },
          { TagKey: KEY_TAGS.slot, TagValue: String(dates.slot) },
          { TagKey: KEY_TAGS.decryptUntil, TagValue: String(dates.decryptUntilS) },
        ],
      });
      const { KeyMetadata } = await translating('make an app KEK', KMS_REFUSALS, () => kms.send(request));
      if (KeyMetadata?.Arn === undefined) throw new Error('KMS made a key without an ARN');
      return { arn: KeyMetadata.Arn, ...(ignoresContext && { ignoresContext }) };
    },

    async isHealthy(arn) {
      return (await describeKey(arn))?.KeyState === 'Enabled';
    },

    async destroy(arn) {
      const schedule = new ScheduleKeyDeletionCommand({ KeyId: arn, PendingWindowInDays: DELETION_WINDOW_DAYS });
      const expected = { ...KMS_REFUSALS, ...GONE, ...PENDING };
      try {
        await translating('destroy an app KEK', expected, () => kms.send(schedule));
      } catch (error) {
        if (isDaykeyError(error, 'not-found')) return undefined;
        if (!isDaykeyError(error, 'conflict')) throw error;
      }
      const key = await describeKey(arn);
      // KMS may not show the new state yet. The next run asks again, so no receipt is lost.
      if (key?.KeyState !== 'PendingDeletion' || !key.CreationDate || !key.DeletionDate) {
        throw unavailable('see an app KEK pending deletion', key?.KeyState ?? 'NotFound');
      }
      return { arn, createdAtS: epochSeconds(key.CreationDate), goneAtS: epochSeconds(key.DeletionDate) };
    },

    // One call for 1,000 keys of the account, and one for each key that is not known: orphaned keys, and keys of others.
    async *list(known) {
      const pages = paginateListKeys({ client: kms, pageSize: 1000 }, {})[Symbol.asyncIterator]();
      for (;;) {
        const page = await translating('list keys', {}, () => pages.next());
        if (page.done) return;
        const arns = (page.value.Keys ?? [])
          .map((key) => key.KeyArn)
          .filter((arn): arn is string => arn !== undefined && !known.has(arn));
        for (let start = 0; start < arns.length; start += KEYS_AT_ONCE) {
          const made = await Promise.all(arns.slice(start, start + KEYS_AT_ONCE).map(readMadeKey));
          yield* made.filter((key) => key !== undefined);
        }
      }
    },
  };
}

/** The tags of a key; none for a key that is gone or that we may not look at. */
async function readTags(kms: KMSClient, arn: string): Promise<Map<string, string>> {
  const tags = new Map<string, string>();
  try {
    await translating('read the tags of a key', KMS_REFUSALS, async () => {
      for await (const { Tags = [] } of paginateListResourceTags({ client: kms }, { KeyId: arn })) {
        for (const { TagKey, TagValue } of Tags) if (TagKey && TagValue) tags.set(TagKey, TagValue);
      }
    });
  } catch (error) {
    if (!isDaykeyError(error, 'app-kek-refused')) throw error;
  }
  return tags;
}

function epochSeconds(date: Date): number {
  return Math.floor(date.getTime() / 1000);
}
