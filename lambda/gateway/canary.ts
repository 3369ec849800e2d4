// The canary: the rotator can neither encrypt nor decrypt, so the functions that can try a fresh key for it.

import { createHash, randomBytes } from 'node:crypto';
import type { Context } from 'aws-lambda';
import type { WrapContext } from '../../vault/domain/envelope/bundle.ts';
import { DaykeyError } from '../../vault/domain/errors.ts';
import type { UsableSlot } from '../../vault/domain/kek-life/ring.ts';
import type { AppKek } from '../../vault/ports/app-kek.ts';
import type { KeyRing } from '../../vault/ports/key-ring.ts';
import { ALIASES } from '../config.ts';

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

/** Sends an invocation of the canary alias to `canary`, every other one to `handler`. */
export function withCanary<Event, Result>(
  handler: (event: Event, context: Context) => Promise<Result>,
  canary: (event: CanaryEvent) => Promise<CanaryResult>,
) {
  return async (event: Event, context: Context): Promise<Result | CanaryResult> =>
    context.invokedFunctionArn.endsWith(`:${ALIASES.canary}`) ? canary(event as CanaryEvent) : handler(event, context);
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
