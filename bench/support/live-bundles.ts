// A process that holds many live bundles. Each number of bundles has one, so that the memory of one does not slow another.

import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { fieldsOf } from './counts.ts';
import { cpuNs } from './rounds.ts';
import { APP, vaultInMemory } from './vault-in-memory.ts';

/** What the parent asks for, each answered by one number. */
export type LiveOrder =
  /** Holds so many bundles more. Answers 0. */
  | { readonly do: 'hold'; readonly times: number }
  /** Encrypts, decrypts and erases one field so many times. Answers the CPU time of one such request in nanoseconds. */
  | { readonly do: 'time'; readonly times: number }
  /** Encrypts and decrypts one field so many times. Answers the bytes of memory that one such request leaves behind. */
  | { readonly do: 'weigh'; readonly times: number };

const FIELD_BYTES = 20;
const ID_BYTES = 14;
const TAG_BYTES = 8;
// A KMS blob of one inner wrap, and a sealed field, as short as they get.
const WRAPPED_BYTES = 212;
const SEALED_BYTES = 93;

const fields = fieldsOf(1, FIELD_BYTES);
const { vault, bundles, slot, nowS } = await vaultInMemory();

process.on('message', (order: LiveOrder) => {
  void carryOut(order).then((answer) => process.send?.(answer));
});
await once(process, 'disconnect');

async function carryOut({ do: what, times }: LiveOrder): Promise<number> {
  switch (what) {
    case 'hold':
      for (let i = 0; i < times; i += 1) await bundles.insert(strange());
      return 0;
    case 'time':
      return await time(times);
    case 'weigh':
      return await weigh(times);
  }
}

/** A bundle that no test opens. */
function strange() {
  return {
    app: APP,
    pool: 'own' as const,
    tag: randomBytes(TAG_BYTES).toString('base64url'),
    id: randomBytes(ID_BYTES).toString('base64url'),
    slot,
    createdAtS: nowS,
    expiresAtS: nowS + 3600,
    wrapped: Buffer.alloc(WRAPPED_BYTES),
    fields: new Map([[0, Buffer.alloc(SEALED_BYTES)]]),
  };
}

async function time(times: number): Promise<number> {
  const startedNs = cpuNs();
  for (let i = 0; i < times; i += 1) await vault.erase(APP, { refs: await sealAndOpen() });
  return (cpuNs() - startedNs) / times;
}

async function weigh(times: number): Promise<number> {
  const sealed: Record<string, string>[] = [];
  const before = bytesInUse();
  for (let i = 0; i < times; i += 1) sealed.push(await sealAndOpen());
  const left = (bytesInUse() - before) / times;
  for (const refs of sealed) await vault.erase(APP, { refs });
  return left;
}

async function sealAndOpen(): Promise<Record<string, string>> {
  const refs = await vault.encrypt(APP, fields);
  await vault.decrypt(APP, refs);
  return refs;
}

/** What is in use once everything that can be let go of is. */
function bytesInUse(): number {
  if (!globalThis.gc) throw new Error('start this with --expose-gc');
  // The first lets go of buffers in the background; the second waits for that.
  globalThis.gc();
  globalThis.gc();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
