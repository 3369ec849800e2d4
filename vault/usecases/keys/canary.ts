// The canary: the encrypt and decrypt functions try a new key for the rotator, which can do neither.

import { createHash, randomBytes } from 'node:crypto';
import { type WrapContext, wrapContext } from '../../domain/envelope/context.ts';
import { DaykeyError, isDaykeyError } from '../../domain/errors.ts';
import type { KeyHolder } from '../../domain/kek-life/holder.ts';
import type { UsableSlot } from '../../domain/kek-life/ring.ts';
import type { AppKek } from '../../ports/app-kek.ts';
import type { KeySlots } from '../../ports/key-ring.ts';

/** What the rotator sends to the encrypt function, and then to the decrypt function. */
export interface CanaryEvent {
  readonly holder: KeyHolder;
  readonly slot: number;
  /** Base64 of what the encrypt function wrapped. Only for the decrypt function. */
  readonly wrapped?: string;
}

/** What a function answers. The value itself stays inside. */
export interface CanaryResult {
  /** SHA-256 of the random value, in hex. */
  readonly digest: string;
  /** Only from the encrypt function. */
  readonly wrapped?: string;
}

/** Stands for the app where a pool's key is tried: no app can have this name. */
const NO_APP = '-';

export interface CanaryDeps {
  keyRing: KeySlots;
  appKek: AppKek;
}

/** The encrypt function's half: wraps a random value under the slot's key. */
export async function canaryWrap(
  { keyRing, appKek }: CanaryDeps,
  { holder, slot }: CanaryEvent,
): Promise<CanaryResult> {
  const row = await slotIn(keyRing, holder, slot);
  const value = randomBytes(32);
  const wrapped = await appKek.wrap(row, lastContext(row), value);
  await assertBucketsHold(row, (context) => appKek.wrap(row, context, value));
  return { digest: digest(value), wrapped: wrapped.toString('base64') };
}

/** The decrypt function's half: unwraps it and says what it saw. */
export async function canaryUnwrap({ keyRing, appKek }: CanaryDeps, event: CanaryEvent): Promise<CanaryResult> {
  const row = await slotIn(keyRing, event.holder, event.slot);
  const wrapped = Buffer.from(event.wrapped ?? '', 'base64');
  const value = await appKek.unwrap(row, lastContext(row), wrapped);
  await assertBucketsHold(row, (context) => appKek.unwrap(row, context, wrapped));
  return { digest: digest(value) };
}

/** The key comes from the ring, whatever the state of the slot; never from the event. */
async function slotIn(keyRing: KeySlots, holder: KeyHolder, slot: number): Promise<UsableSlot> {
  const row = (await keyRing.slotsOf(holder)).find((candidate) => candidate.slot === slot);
  if (row?.keyArn === undefined || row.salt === undefined) {
    throw new DaykeyError('not-found', 'the ring has no key for this slot');
  }
  return { ...row, keyArn: row.keyArn, salt: row.salt };
}

/**
 * Proves that the key's policy is in force: KMS refuses a bucket that the slot does not have. Asked once the key has worked,
 * because KMS also refuses a key that it does not show yet.
 */
async function assertBucketsHold(row: UsableSlot, use: (context: WrapContext) => Promise<unknown>): Promise<void> {
  if (row.ignoresContext) return;
  const outcome = await use(contextIn(row, row.bucketCount)).then(
    () => 'accepted',
    (error: unknown) => (isDaykeyError(error, 'app-kek-refused') ? 'refused' : Promise.reject(error)),
  );
  if (outcome === 'accepted')
    throw new Error('KMS accepts a bucket that this key does not have: no policy is in force');
}

/** The last bucket: KMS refuses it last, so the key can be tried at any time of its life. */
function lastContext(row: UsableSlot): WrapContext {
  return contextIn(row, row.bucketCount - 1);
}

function contextIn(row: UsableSlot, bucket: number): WrapContext {
  const app = 'pool' in row.holder ? NO_APP : row.holder.app;
  // No bundle has this ID, so a canary's wrap is never mistaken for a bundle's.
  return wrapContext(app, row, 'canary', bucket);
}

function digest(value: Buffer): string {
  return createHash('sha256').update(value).digest('hex');
}
