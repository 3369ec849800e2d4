// The canary: the rotator can neither encrypt nor decrypt, so the functions that can try a fresh key for it.

import { createHash, randomBytes } from 'node:crypto';
import type { WrapContext } from '../../domain/envelope/bundle.ts';
import { DaykeyError } from '../../domain/errors.ts';
import type { UsableSlot } from '../../domain/kek-life/ring.ts';
import type { AppKek } from '../../ports/app-kek.ts';
import type { KeyRing } from '../../ports/key-ring.ts';

/** What the rotator asks, and what it carries from the encrypt to the decrypt function. */
export interface CanaryEvent {
  readonly app: string;
  readonly slot: number;
  /** Base64 of what the encrypt function wrapped. Only in the decrypt function's event. */
  readonly wrapped?: string;
}

/** SHA-256 of the random value, in hex: the value itself stays inside. */
export interface CanaryResult {
  readonly digest: string;
  readonly wrapped?: string;
}

export interface CanaryDeps {
  keyRing: KeyRing;
  appKek: AppKek;
}

/** The encrypt function's half: wraps a random value under the slot's key. */
export async function canaryWrap(deps: CanaryDeps, { app, slot }: CanaryEvent): Promise<CanaryResult> {
  const value = randomBytes(32);
  const wrapped = await deps.appKek.wrap(await slotOf(deps, app, slot), contextOf(app, slot), value);
  return { digest: digestOf(value), wrapped: wrapped.toString('base64') };
}

/** The decrypt function's half: unwraps it and says what it saw. */
export async function canaryUnwrap(deps: CanaryDeps, { app, slot, wrapped }: CanaryEvent): Promise<CanaryResult> {
  const blob = Buffer.from(wrapped ?? '', 'base64');
  return { digest: digestOf(await deps.appKek.unwrap(await slotOf(deps, app, slot), contextOf(app, slot), blob)) };
}

/** The key comes from the ring, whatever the state of the slot; never from the event. */
async function slotOf(deps: CanaryDeps, app: string, slot: number): Promise<UsableSlot> {
  const row = (await deps.keyRing.read(app))?.slots.find((candidate) => candidate.slot === slot);
  if (row?.keyArn === undefined || row.tagSalt === undefined) {
    throw new DaykeyError('not-found', 'the ring has no key for this slot');
  }
  return { ...row, keyArn: row.keyArn, tagSalt: row.tagSalt };
}

// No bundle has this ID, so no bundle's wrap ever passes for a canary's.
function contextOf(app: string, slot: number): WrapContext {
  return { v: '1', app, slot: String(slot), b: 'canary' };
}

function digestOf(value: Buffer): string {
  return createHash('sha256').update(value).digest('hex');
}
