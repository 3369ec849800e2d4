// When a vault ends, no key with its tags stays alive, however late KMS shows one and whichever cannot be destroyed.

import { describe, expect, test } from 'vitest';
import { DaykeyError } from '../../../../../vault/domain/errors.ts';
import { memoryKms } from '../../../../../vault/memory/kms.ts';
import type { KeyMaker, MadeKey } from '../../../../../vault/ports/key-maker.ts';
import { destroyLeftovers, LIST_AGAIN_AFTER_MS } from '../../../../../vault/usecases/keys/destroy-leftovers.ts';
import { present } from '../../../../support/envelope.ts';
import { memoryVault } from '../../../../support/memory-vault.ts';

/** A vault, and its end: waits pass by its clock. */
async function endingVault() {
  const vault = await memoryVault();
  const keyMaker = vault.kms.keyMaker('retire');
  const waits: number[] = [];
  const wait = async (ms: number) => {
    waits.push(ms);
    vault.advance(ms / 1000);
  };
  const end = (maker: Pick<KeyMaker, 'list' | 'destroy'> = keyMaker) =>
    destroyLeftovers({ ...vault.rotateDeps, keyMaker: maker, wait });
  const orphan = async () =>
    (await vault.kms.keyMaker('rotate').create({ app: 'shop' }, present((await vault.ring()).slots[0]))).arn;
  return { vault, keyMaker, waits, end, orphan };
}

/** A list that shows its keys from the given listing on. */
function listing(...pages: (readonly string[])[]): KeyMaker['list'] {
  let turn = 0;
  return async function* (known) {
    const arns = pages[Math.min(turn, pages.length - 1)] ?? [];
    turn += 1;
    for (const arn of arns) {
      const key: MadeKey = { arn, holder: { app: 'shop' }, slot: 1, decryptUntilS: 2 };
      if (!known.has(arn)) yield key;
    }
  };
}

const destroyed = { arn: 'a', createdAtS: 1, goneAtS: 2 };

describe('the leftover keys of a vault', () => {
  test('are destroyed, those that the ring names included', async () => {
    const { vault, end, orphan } = await endingVault();
    const arns = [await orphan(), await orphan(), present((await vault.ring()).slots[0]?.keyArn)];
    await end();
    expect(arns.map((arn) => vault.kms.stateOf(arn))).toEqual(arns.map(() => 'PendingDeletion'));
  });

  test('are looked for twice, 90 seconds apart: a key that was just made is listed late', async () => {
    const { end, waits } = await endingVault();
    const ended: string[] = [];
    const destroy = async (arn: string) => {
      ended.push(arn);
      return destroyed;
    };
    await end({ list: listing([], ['late']), destroy });
    expect([ended, waits]).toEqual([['late'], [LIST_AGAIN_AFTER_MS]]);
    expect(LIST_AGAIN_AFTER_MS).toBe(90_000);
  });

  test('do not wait for one that cannot be destroyed, which is named with the words of KMS', async () => {
    const { end, waits } = await endingVault();
    const ended: string[] = [];
    const destroy = async (arn: string) => {
      if (arn === 'kept') throw new DaykeyError('app-kek-refused', 'refused: AccessDeniedException: explicit deny');
      ended.push(arn);
      return destroyed;
    };
    await expect(end({ list: listing(['one', 'kept', 'two']), destroy })).rejects.toMatchObject({
      message: '1 keys could not be destroyed:\n  kept: refused: AccessDeniedException: explicit deny',
    });
    expect(ended).toEqual(['one', 'two']);
    expect(waits).toHaveLength(3);
    expect(waits.reduce((sum, ms) => sum + ms, 0)).toBeLessThan(8 * 60_000);
  });

  test('are gone through again while KMS or the search is throttled', async () => {
    const { end } = await endingVault();
    let failures = 0;
    const failing = () => {
      failures += 1;
      if (failures <= 2) throw new DaykeyError('unavailable', 'throttled');
    };
    const list = listing(['one']);
    const ended: string[] = [];
    await end({
      list: async function* (known) {
        failing();
        yield* list(known);
      },
      destroy: async (arn) => {
        failing();
        ended.push(arn);
        return destroyed;
      },
    });
    expect(ended).toEqual(['one']);
  });

  test('are named up to ten, and counted', async () => {
    const { end } = await endingVault();
    const arns = Array.from({ length: 12 }, (_, at) => `key-${at}`);
    const destroy = () => Promise.reject(new Error('refused'));
    const messageFor = async (some: readonly string[]) => {
      const error: unknown = await end({ list: listing(some), destroy }).catch((thrown: unknown) => thrown);
      return (error as Error).message;
    };
    expect(await messageFor(arns.slice(0, 10))).toMatch(/key-9: refused$/);
    const message = await messageFor(arns);
    expect(message.split('\n')).toHaveLength(12);
    expect(message).toMatch(/\n {2}and 2 more$/);
    expect(message).toMatch(/^12 keys could not be destroyed:\n {2}key-0: refused\n {2}key-1: refused\n/);
  });

  test('are not those that the ring calls destroyed, and each is counted', async () => {
    const { vault, waits } = await endingVault();
    const holder = { app: 'shop' };
    const keyRing = {
      async *rows() {
        yield [
          { kind: 'slot', holder, slot: 1, state: 'destroyed', keyArn: 'destroyed' } as const,
          { kind: 'slot', holder, slot: 2, state: 'destroyed' } as const,
          { kind: 'slot', holder, slot: 3, state: 'ready', keyArn: 'live' } as const,
          { kind: 'unreadable-app', app: 'bank', paths: [] } as const,
        ];
      },
    };
    const known: string[][] = [];
    const list = listing(['destroyed', 'live']);
    const keyMaker: Pick<KeyMaker, 'list' | 'destroy'> = {
      list(arns) {
        known.push([...arns]);
        return list(arns);
      },
      destroy: async () => destroyed,
    };
    const wait = async (ms: number) => void waits.push(ms);
    await destroyLeftovers({ keyRing, keyMaker, telemetry: vault.telemetry, wait });
    expect(known).toEqual([['destroyed'], ['destroyed', 'live']]);
    expect(vault.telemetry.total('KeysDestroyed')).toBe(1);
  });

  test('are an error when the list breaks off each time', async () => {
    const { end } = await endingVault();
    const list = () => ({ [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error('throttled')) }) });
    await expect(end({ list, destroy: async () => destroyed })).rejects.toMatchObject({
      message: '1 keys could not be destroyed:\n  the list ended early: throttled',
    });
  });

  test('end although KMS shows new states late', async () => {
    const { vault, end } = await endingVault();
    const kms = memoryKms({ clock: vault.clock, stateVisibleAfterMs: 60_000 });
    const { arn } = await kms.keyMaker('rotate').create({ app: 'shop' }, present((await vault.ring()).slots[0]));
    const { destroy, list } = kms.keyMaker('retire');
    await end({ list, destroy });
    expect(kms.stateOf(arn)).toBe('PendingDeletion');
  });
});
