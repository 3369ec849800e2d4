// Who the keys of a slot belong to: one app, or a pool that several apps share.

import { createHash } from 'node:crypto';

/** An app with keys that no other app uses, or one of the vault's pools. */
export type KeyHolder = { readonly app: string } | { readonly pool: number };

/** Whose keys an app uses: its own, or those of the pool with this number, counted from 0. */
export type KeyPool = 'own' | number;

const POOL_NAME = /^pool#(0|[1-9]\d{0,8})$/;

/** The pool that an app with pooled keys is given when it is set up: apps are spread evenly, by their names. */
export function firstPool(app: string, keyPools: number): number {
  return createHash('sha256').update(app).digest().readUInt32BE(0) % keyPools;
}

/** The holder of the keys that an app uses. */
export function keyHolder(app: string, pool: KeyPool): KeyHolder {
  return pool === 'own' ? { app } : { pool };
}

/** Whose keys they are, as every app that uses them says it. */
export function poolOf(holder: KeyHolder): KeyPool {
  return 'pool' in holder ? holder.pool : 'own';
}

/** `shop`, or `pool#3`, which no app is called. */
export function holderName(holder: KeyHolder): string {
  return 'pool' in holder ? `pool#${holder.pool}` : holder.app;
}

/** The holder with this name; `undefined` for a text that is no holder's name. */
export function holderNamed(name: string): KeyHolder | undefined {
  const [, pool] = POOL_NAME.exec(name) ?? [];
  if (pool !== undefined) return { pool: Number(pool) };
  return name === '' || name.includes('#') ? undefined : { app: name };
}

/** Whether both are the same holder. */
export function isSameHolder(one: KeyHolder, other: KeyHolder): boolean {
  return holderName(one) === holderName(other);
}
