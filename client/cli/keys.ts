// `daykey keys`: the slots of an app, when their keys end, and how closely KMS ends single values.

import type { Command } from 'commander';
import { rfc3339 } from '../../vault/domain/instant.ts';
import { isSameHolder, poolOf } from '../../vault/domain/kek-life/holder.ts';
import { type AppRing, isServed, keyHolders, type RingSlot, servingSlot } from '../../vault/domain/kek-life/ring.ts';
import { secondsOf } from '../../vault/ports/clock.ts';
import { print, say, tableLines } from './output.ts';
import { withProgress } from './progress.ts';
import type { OperatorVault, Surroundings } from './surroundings.ts';
import { type AppOptions, appCommand, noSuchApp, onVault } from './vault-command.ts';

interface KeysOptions extends AppOptions {
  readonly json?: boolean;
}

/** A slot, and whether a request that comes now would be encrypted under it. */
interface ListedSlot extends RingSlot {
  readonly encryptsNow: boolean;
}

const HEAD = ['SLOT', 'STATE', 'KEY ID', 'NEXT SLOT', 'T1', 'T2', 'BUCKETS', 'CONTEXTS', 'KEYS'];

export function addKeys(program: Command, surroundings: Surroundings): void {
  appCommand(program, 'keys')
    .description("lists an app's slots, newest first: their keys, dates and expiry buckets")
    .option('--json', 'prints each slot as a line of JSON')
    .action((options: KeysOptions) => onVault(surroundings, options, (vault) => list(surroundings, vault, options)));
}

async function list(surroundings: Surroundings, vault: OperatorVault, { app, json }: KeysOptions): Promise<void> {
  const nowS = secondsOf(surroundings.clock());
  const ring = await withProgress('reading the slots', () => readRing(vault, app, nowS), surroundings.stderr);
  if (ring === undefined) throw noSuchApp(vault, app);
  const { settings } = ring;
  const encrypting = settings.state === 'live' ? servingSlot(settings, ring.slots.filter(isServed), nowS) : undefined;
  const slots = ring.slots.map(
    (slot): ListedSlot => ({
      ...slot,
      encryptsNow:
        encrypting !== undefined && slot.slot === encrypting.slot && isSameHolder(slot.holder, encrypting.holder),
    }),
  );
  if (slots.length === 0) {
    const why =
      ring.settings.state !== 'live' ? 'it was removed from the settings' : 'the rotator makes one within five minutes';
    return say(surroundings, `app ${app} has no slots: ${why}`);
  }
  const lines = json ? slots.map((slot) => JSON.stringify(record(app, slot))) : tableLines([HEAD, ...slots.map(cells)]);
  for (const line of lines) await print(surroundings, line);
}

/** The ring with the slots of pools that the app uses or has used. */
async function readRing({ keyRing }: OperatorVault, app: string, nowS: number): Promise<AppRing | undefined> {
  const ring = await keyRing.read(app);
  if (ring === undefined) return undefined;
  const pools = keyHolders(ring, nowS).filter((holder) => 'pool' in holder);
  const pooled = (await Promise.all(pools.map((holder) => keyRing.slotsOf(holder)))).flat();
  return { ...ring, slots: [...ring.slots, ...pooled].sort((one, other) => other.slot - one.slot) };
}

/** Whose keys they are. */
function keysTitle({ holder }: RingSlot): string {
  return 'pool' in holder ? `pool ${holder.pool}` : 'own';
}

function cells(slot: ListedSlot): string[] {
  const { state, encryptsNow, endsAtS, encryptUntilS, decryptUntilS, bucketCount, bucketWidthS } = slot;
  return [
    rfc3339(slot.slot),
    encryptsNow ? `${state}, encrypts now` : state,
    keyId(slot) ?? 'none yet',
    ...[endsAtS, encryptUntilS, decryptUntilS].map(rfc3339),
    `${bucketCount} of ${bucketWidthS / 60} min`,
    contexts(slot),
    keysTitle(slot),
  ];
}

function record(app: string, slot: ListedSlot): object {
  const { state, encryptsNow, endsAtS, encryptUntilS, decryptUntilS, bucketCount, bucketWidthS } = slot;
  return {
    app,
    pool: poolOf(slot.holder),
    slot: slot.slot,
    state,
    encryptsNow,
    keyId: keyId(slot) ?? null,
    encryptsFrom: rfc3339(slot.slot),
    nextSlotFrom: rfc3339(endsAtS),
    encryptRefusedFrom: rfc3339(encryptUntilS),
    decryptRefusedFrom: rfc3339(decryptUntilS),
    bucketCount,
    bucketWidthMinutes: bucketWidthS / 60,
    contextsJudged: areContextsJudged(slot) ?? null,
  };
}

function contexts(slot: RingSlot): string {
  const judged = areContextsJudged(slot);
  if (judged === undefined) return 'no key yet';
  return judged ? 'judged' : 'not judged: this emulator lacks the condition keys';
}

/** Whether KMS ends each value with its bucket; `undefined` before there is a key whose policy could say so. */
function areContextsJudged({ keyArn, ignoresContext }: RingSlot): boolean | undefined {
  return keyArn === undefined ? undefined : !ignoresContext;
}

/** The last part of the ARN, which CloudTrail and `aws kms` take. */
function keyId({ keyArn }: RingSlot): string | undefined {
  return keyArn?.slice(keyArn.lastIndexOf('/') + 1);
}
