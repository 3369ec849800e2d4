// Counts the AWS requests of a vault without callers: a day of the rotator, and one run of the janitor.

import type { AwsCall } from '../../test/support/aws/fake-aws.ts';
import type { KeyMaker } from '../../vault/ports/key-maker.ts';
import { tidyUp } from '../../vault/usecases/keys/janitor.ts';
import { rotate } from '../../vault/usecases/keys/rotate.ts';
import { agedRing } from './aged-ring.ts';

export interface UpkeepCounts {
  /** KMS requests for one holder of keys a day. */
  readonly kmsRequests: number;
  /** DynamoDB's calls for {@link HOLDERS} holders a day, those that find nothing due included. */
  readonly rotations: readonly AwsCall[];
  /** One look through a ring with so many holders with keys of one app each, and so many pooled apps. */
  readonly lookThroughOwn: readonly AwsCall[];
  readonly lookThroughPooled: readonly AwsCall[];
}

/** Holders that are counted together: the figures are for one of them. */
export const HOLDERS = 24;
/** Apps of a ring that is looked through. */
export const LOOKED_THROUGH = 2000;
/** As long as a deletion waits, at least, and a day more until it is confirmed (`lib/vault-function.ts`). */
const PENDING_KEYS = 8;
const TICK_S = 300;
const DAY_S = 24 * 3600;
/** Encrypt and decrypt, each allowed once and refused once (`vault/usecases/keys/canary.ts`). */
const CANARY_REQUESTS = 4;
/** Requests of each method of the key maker (`lambda/kms/key-maker.ts`), and the signature of a receipt. */
const KMS_REQUESTS = { create: 1 + CANARY_REQUESTS, isHealthy: 1, destroy: 3, isGone: 2 } as const;

export async function upkeepCounts(): Promise<UpkeepCounts> {
  const day = await agedRing({ ownApps: HOLDERS, pendingKeys: PENDING_KEYS });
  const { deps } = day.rotator();
  let kmsRequests = 0;
  const counted = Object.entries(KMS_REQUESTS).map(([name, requests]) => {
    const method = deps.keyMaker[name as keyof typeof KMS_REQUESTS] as (...args: unknown[]) => unknown;
    return [
      name,
      (...args: unknown[]) => {
        kmsRequests += requests;
        return method(...args);
      },
    ];
  });
  const keyMaker: KeyMaker = { ...deps.keyMaker, ...Object.fromEntries(counted) };
  day.aws.take();
  for (let ticks = 0; ticks < DAY_S / TICK_S; ticks += 1) {
    day.advance(TICK_S);
    await rotate({ ...deps, keyMaker });
  }
  const rotations = day.aws.take();
  const lookThrough = async (ownApps: number, pooledApps: number) => {
    const ring = await agedRing({ ownApps, pooledApps, pendingKeys: PENDING_KEYS });
    ring.aws.take();
    await tidyUp(ring.rotator().deps);
    return ring.aws.take();
  };
  return {
    kmsRequests: kmsRequests / HOLDERS,
    rotations,
    lookThroughOwn: await lookThrough(LOOKED_THROUGH, 0),
    lookThroughPooled: await lookThrough(0, LOOKED_THROUGH),
  };
}
