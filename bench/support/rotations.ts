// Counts the DynamoDB requests of a run of the rotator: they grow with the holders that are due, not with the apps.

import { tidyUp } from '../../vault/usecases/keys/janitor.ts';
import { rotate } from '../../vault/usecases/keys/rotate.ts';
import { type AgedRingSize, agedRing } from './aged-ring.ts';
import type { Table } from './table.ts';

const SIZES: readonly AgedRingSize[] = [
  { ownApps: 1 },
  { ownApps: 100 },
  { ownApps: 1000 },
  { ownApps: 10_000 },
  { ownApps: 0, pooledApps: 100_000 },
  { ownApps: 10_000, pooledApps: 100_000 },
];

/** Counts a run five minutes after the last one, one right after it, and a look of the janitor. */
export async function rotationTable(show: (text: string) => void = () => {}): Promise<Table> {
  const rows: string[][] = [];
  for (const size of SIZES) {
    const { ownApps, pooledApps = 0 } = size;
    show(`aging a ring of ${ownApps + pooledApps} apps`);
    const { aws, due, rotator } = await agedRing(size);
    const { deps } = rotator();
    aws.take();
    const plans = due().reduce((sum, count) => sum + count, 0);
    const requests: number[] = [];
    for (const run of [rotate, rotate, tidyUp]) {
      await run(deps);
      requests.push(aws.take().length);
    }
    rows.push([ownApps, pooledApps, plans, ...requests].map((count) => count.toLocaleString('en')));
  }
  const header = [
    'apps with own keys',
    'pooled apps',
    'holders due',
    'requests of a run',
    'of the next one',
    'of the janitor',
  ];
  return { header, rows };
}
