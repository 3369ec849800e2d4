// How much the sweeper gets done: bundles for a second of CPU and calls for a bundle, on good days and bad ones.

import { SHARDS } from '../vault/ports/bundle-store.ts';
import { benchCommand, type Claim, claim, type Findings } from './support/command.ts';
import { progressLine } from './support/progress.ts';
import { cpuNs } from './support/rounds.ts';
import { appName, type VaultOnAws, vaultOnAws } from './support/vault-on-aws.ts';

const HELP = `npx node bench/sweep.ts

Has the sweeper, on the real adapters and SDK clients with a fake of AWS behind them, delete 48,000 expired bundles: after a
minute, after a day without it, with junk among them, and with two sweepers at once. Prints bundles for each second of CPU time
without that of the fake, which is what one run on a Lambda function of one core gets done, and calls for each bundle. Checks that
everything due is gone, that nothing else is and that the lag is right. Exits 1 when a claim is missed.

  --help  this text`;

const BUNDLES = 48_000;
const UNEXPIRED = 1000;
const LEAST_A_SECOND = 1000;
const MOST_CALLS = 1.05;
const DAY_S = 24 * 3600;
const MINUTE_S = 60;
const JUNK_ROWS = 5 * SHARDS;
const SCENARIOS: readonly Scenario[] = [
  { name: 'within a minute', oldestS: MINUTE_S, sweepers: 1, junk: 0 },
  { name: 'after a day without a sweeper', oldestS: DAY_S, sweepers: 1, junk: 0 },
  { name: `behind ${JUNK_ROWS} junk rows`, oldestS: MINUTE_S, sweepers: 1, junk: JUNK_ROWS },
  { name: 'two sweepers at once', oldestS: MINUTE_S, sweepers: 2, junk: 0 },
];

interface Scenario {
  readonly name: string;
  /** How long ago the oldest bundle expired; the others have expired since. */
  readonly oldestS: number;
  readonly sweepers: number;
  readonly junk: number;
}

async function measure(): Promise<Findings> {
  const progress = progressLine();
  const claims: Claim[] = [];
  const rows: string[][] = [];
  for (const [at, scenario] of SCENARIOS.entries()) {
    progress.show(`${at + 1} of ${SCENARIOS.length}: ${scenario.name}`);
    const { aSecond, callsABundle, isRight } = await sweptIn(scenario);
    const fast = claim(`>= ${LEAST_A_SECOND}`, aSecond >= LEAST_A_SECOND);
    const few = claim(`<= ${MOST_CALLS}`, callsABundle <= MOST_CALLS);
    const right = claim('all, and only that', isRight);
    claims.push(right, ...(scenario.sweepers === 1 ? [fast, few] : []));
    rows.push([
      scenario.name,
      Math.round(aSecond).toLocaleString('en'),
      ...(scenario.sweepers === 1 ? fast.cells : ['', '']),
      callsABundle.toFixed(3),
      ...(scenario.sweepers === 1 ? few.cells : ['', '']),
      right.cells[1],
    ]);
  }
  progress.end();
  const header = [
    `${BUNDLES.toLocaleString('en')} bundles`,
    'a second of CPU',
    'claim',
    '',
    'calls a bundle',
    'claim',
    '',
    'gone',
  ];
  return {
    tables: [{ header, rows }],
    notes: [
      'Bundles of one app and slot with one field of 128 bytes. The CPU time is that of the whole process without the fake of AWS. A ' +
        'second sweeper deletes what the first one has deleted already, which costs calls and changes nothing.',
    ],
    claims,
  };
}

async function sweptIn({ oldestS, sweepers, junk }: Scenario) {
  const vault = await vaultOnAws();
  const { aws } = vault;
  const nowS = vault.nowS();
  for (let made = 0; made < BUNDLES; made += 1)
    put(vault, made, nowS - oldestS + Math.floor((made / BUNDLES) * oldestS));
  for (let made = 0; made < UNEXPIRED; made += 1) put(vault, made, nowS + 1 + made);
  for (let made = 0; made < junk; made += 1) {
    const row = { pk: { S: shardNamed(made % SHARDS) }, sk: { S: `${made % 2 ? '' : '1700000000#'}!${made}` } };
    aws.table('vault').put(row);
  }
  aws.take();
  const lags: number[] = [];
  const [startedNs, answeredNs] = [cpuNs(), vault.answeringNs()];
  await Promise.all(Array.from({ length: sweepers }, () => vault.sweep((lagS) => lags.push(lagS))));
  const tookNs = cpuNs() - startedNs - (vault.answeringNs() - answeredNs);
  const tally = aws.table('ledger').items()[0]?.swept?.N;
  const isGone = aws.table('vault').items().length === UNEXPIRED;
  const isLagRight = lags.length === sweepers && lags.every((lagS) => junk > 0 || lagS === oldestS);
  return {
    aSecond: BUNDLES / (tookNs / 1e9),
    callsABundle: aws.take().length / BUNDLES,
    isRight: isGone && isLagRight && tally === String(BUNDLES),
  };
}

/** A row as the encrypt function writes it, put without its price in CPU time. */
function put({ aws, nowS }: VaultOnAws, made: number, expiresAtS: number): void {
  const createdAtS = nowS() - DAY_S;
  const bytes = Buffer.alloc(15);
  bytes.writeUInt8(made % SHARDS, 0);
  bytes.writeUInt32BE(made, 4);
  bytes.writeUInt32BE(expiresAtS, 8);
  const number = (value: number) => ({ N: String(value) });
  aws.table('vault').put({
    pk: { S: shardNamed(made % SHARDS) },
    sk: { S: `${expiresAtS}#${appName(0)}#${bytes.toString('base64url')}` },
    v: number(2),
    slot: number(createdAtS),
    expiresAt: number(expiresAtS),
    createdAt: number(createdAtS),
    wrapped: { B: Buffer.alloc(60 + 160).toString('base64') },
    fields: { M: { 0: { B: Buffer.alloc(128 + 77).toString('base64') } } },
  });
}

function shardNamed(shard: number): string {
  return `b#${String(shard).padStart(2, '0')}`;
}

await benchCommand({ help: HELP }, measure);
