// `daykey keys`: the slots of an app, when their keys end, and how closely KMS ends single values.

import type { Command } from 'commander';
import { rfc3339 } from '../../vault/domain/instant.ts';
import { type RingSlot, slotForEncryption } from '../../vault/domain/kek-life/ring.ts';
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

const HEAD = ['SLOT', 'STATE', 'KEY ID', 'NEXT SLOT', 'T1', 'T2', 'BUCKETS', 'CONTEXTS'];

export function addKeys(program: Command, surroundings: Surroundings): void {
  appCommand(program, 'keys')
    .description("lists an app's slots, newest first: their keys, dates and expiry buckets")
    .option('--json', 'prints each slot as a line of JSON')
    .action((options: KeysOptions) => onVault(surroundings, options, (vault) => list(surroundings, vault, options)));
}

async function list(surroundings: Surroundings, vault: OperatorVault, { app, json }: KeysOptions): Promise<void> {
  const ring = await withProgress('reading the slots', () => vault.keyRing.read(app), surroundings.stderr);
  if (ring === undefined) throw noSuchApp(vault, app);
  const encrypting =
    ring.settings.state !== 'live' ? undefined : slotForEncryption(ring, secondsOf(surroundings.clock()));
  const slots = ring.slots.map((slot): ListedSlot => ({ ...slot, encryptsNow: slot.slot === encrypting?.slot }));
  if (slots.length === 0) {
    const why =
      ring.settings.state !== 'live' ? 'it was removed from the settings' : 'the rotator makes one within five minutes';
    return say(surroundings, `app ${app} has no slots: ${why}`);
  }
  const lines = json ? slots.map((slot) => JSON.stringify(record(app, slot))) : tableLines([HEAD, ...slots.map(cells)]);
  for (const line of lines) await print(surroundings, line);
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
  ];
}

function record(app: string, slot: ListedSlot): object {
  const { state, encryptsNow, endsAtS, encryptUntilS, decryptUntilS, bucketCount, bucketWidthS } = slot;
  return {
    app,
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
