// The canary: the encrypt and decrypt functions try a new key for the rotator, which can do neither.

import { createHash, randomBytes } from 'node:crypto';
import type { WrapContext } from '../../domain/envelope/bundle.ts';
import { DaykeyError } from '../../domain/errors.ts';
import type { UsableSlot } from '../../domain/kek-life/ring.ts';
import type { AppKek } from '../../ports/app-kek.ts';
import type { KeyRing } from '../../ports/key-ring.ts';

/** What the rotator sends to the encrypt function, and then to the decrypt function. */
export interface CanaryEvent {
  readonly app: string;
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

export interface CanaryDeps {
  keyRing: KeyRing;
  appKek: AppKek;
}

/** The encrypt function's half: wraps a random value under the slot's key. */
export async function canaryWrap(deps: CanaryDeps, { app, slot }: CanaryEvent): Promise<CanaryResult> {
  const value = randomBytes(32);
  const wrapped = await deps.appKek.wrap(await findSlot(deps, app, slot), canaryContext(app, slot), value);
  return { digest: digest(value), wrapped: wrapped.toString('base64') };
}

/** The decrypt function's half: unwraps the value and answers its digest. */
export async function canaryUnwrap(deps: CanaryDeps, { app, slot, wrapped }: CanaryEvent): Promise<CanaryResult> {
  const blob = Buffer.from(wrapped ?? '', 'base64');
  return { digest: digest(await deps.appKek.unwrap(await findSlot(deps, app, slot), canaryContext(app, slot), blob)) };
}

/** The slot in any state. Its key comes from the ring, never from the event. */
async function findSlot(deps: CanaryDeps, app: string, slot: number): Promise<UsableSlot> {
  const row = (await deps.keyRing.read(app))?.slots.find((candidate) => candidate.slot === slot);
  if (row?.keyArn === undefined || row.tagSalt === undefined) {
    throw new DaykeyError('not-found', 'the ring has no key for this slot');
  }
  return { ...row, keyArn: row.keyArn, tagSalt: row.tagSalt };
}

/** No bundle has this ID, so the wrap of a bundle never unwraps as a canary's. */
function canaryContext(app: string, slot: number): WrapContext {
  return { v: '1', app, slot: String(slot), b: 'canary' };
}

function digest(value: Buffer): string {
  return createHash('sha256').update(value).digest('hex');
}
