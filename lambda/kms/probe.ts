// Tries out a KMS with one key that is destroyed at once: may this vault make and delete keys, and are contexts judged?

import { setTimeout as sleep } from 'node:timers/promises';
import { EncryptCommand, type KMSClient } from '@aws-sdk/client-kms';
import { DaykeyError, isDaykeyError } from '../../vault/domain/errors.ts';
import { probePolicy } from '../../vault/domain/kek-life/key-policy.ts';
import { DELETION_WINDOW_DAYS } from '../../vault/domain/settings.ts';
import { type Clock, secondsOf } from '../../vault/ports/clock.ts';
import { KMS_REFUSALS, translating, unavailable } from '../aws/errors.ts';
import { createKey, type KmsKeyMakerOptions, scheduleDeletion, tagsOfKey } from './key-maker.ts';

/** No app can have this name, so the key is never mistaken for an app KEK. */
const NO_APP = { app: '-' };
/** Waits for a new key that KMS does not find yet, in milliseconds. Together half of the function's minute. */
const WAITS_MS = [500, 1000, 2000, 4000, 8000, 15_000];

export interface ProbeParts {
  readonly clock: Clock;
  /** @default setTimeout */
  readonly wait?: (ms: number) => Promise<unknown>;
}

/**
 * Makes a key and schedules its deletion, as the vault will do each day. A key that is left behind is found by its tags and
 * destroyed by the janitor.
 *
 * @throws DaykeyError `app-kek-refused` with KMS's own words and what to do; `unavailable` when a second try may pass.
 */
export async function probeKeys(kms: KMSClient, options: KmsKeyMakerOptions, parts: ProbeParts): Promise<void> {
  await withProbeKey(kms, options, parts, async () => undefined);
}

/**
 * Whether key policies can hold an encryption context to its values: AWS's can, those of some emulators cannot. Tries a key
 * that its maker may use in one context only, in that one and in another.
 *
 * @throws as {@link probeKeys} does.
 */
export async function judgesContexts(kms: KMSClient, options: KmsKeyMakerOptions, parts: ProbeParts): Promise<boolean> {
  return await withProbeKey(kms, options, parts, async (KeyId) => {
    const accepts = async (x: string) => {
      const encrypt = new EncryptCommand({ KeyId, Plaintext: Buffer.of(0), EncryptionContext: { x } });
      try {
        await translating('try a probe key', KMS_REFUSALS, () => kms.send(encrypt));
        return true;
      } catch (error) {
        if (isDaykeyError(error, 'app-kek-refused')) return false;
        throw error;
      }
    };
    return (await accepts('0')) && !(await accepts('1'));
  });
}

async function withProbeKey<Answer>(
  kms: KMSClient,
  { stack, deletionWindowDays, keyTags, ...policy }: KmsKeyMakerOptions,
  { clock, wait = sleep }: ProbeParts,
  use: (arn: string) => Promise<Answer>,
): Promise<Answer> {
  const nowS = secondsOf(clock());
  const arn = await createKey(kms, 'make a probe key', {
    Description: `Daykey ${stack}: tries out KMS`,
    Policy: JSON.stringify(probePolicy(policy)),
    Tags: tagsOfKey(stack, NO_APP, nowS, nowS, keyTags),
  }).catch((error: unknown) => {
    throw advised(error, 'Let the rotate function make keys with the lockout check bypassed');
  });
  try {
    return await use(arn);
  } finally {
    await endProbeKey(kms, arn, deletionWindowDays, wait);
  }
}

async function endProbeKey(
  kms: KMSClient,
  arn: string,
  days: number,
  wait: (ms: number) => Promise<unknown>,
): Promise<void> {
  for (const waitMs of [...WAITS_MS, undefined]) {
    try {
      await scheduleDeletion(kms, arn, days);
      return;
    } catch (error) {
      // Its answer was lost, and a retry of the SDK found the deletion scheduled.
      if (isDaykeyError(error, 'conflict')) return;
      if (!isDaykeyError(error, 'not-found')) {
        await scheduleDeletion(kms, arn, DELETION_WINDOW_DAYS.most).catch(() => undefined);
        throw advised(
          error,
          `Set deletionWindowDays (now ${days}) to what your policies allow, or let the rotate function delete keys`,
        );
      }
    }
    if (waitMs !== undefined) await wait(waitMs);
  }
  throw unavailable('destroy a probe key', `KMS does not find ${arn} yet`);
}

/** The same refusal, with what to do about it. */
function advised(error: unknown, advice: string): unknown {
  if (!isDaykeyError(error, 'app-kek-refused')) return error;
  return new DaykeyError('app-kek-refused', `${error.message} ${advice}: see docs/operations.md, "Policies".`, {
    cause: error,
  });
}
