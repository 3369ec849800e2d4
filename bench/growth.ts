// How time and memory of a request grow with fields, bytes, live bundles, apps and bundles of a subject.

import { bundleHolder } from './support/bundle-holder.ts';
import { atMost, benchCommand, type Claim, cells, type Findings, NO_CLAIM } from './support/command.ts';
import { fieldsOf } from './support/counts.ts';
import { progressLine } from './support/progress.ts';
import { rotationTable } from './support/rotations.ts';
import { cpuNs, type Lane, quantile, ratios, timeRounds } from './support/rounds.ts';
import type { Table } from './support/table.ts';
import type { Fields } from './support/vault.ts';
import { APP, vaultInMemory } from './support/vault-in-memory.ts';
import { appName, type VaultOnAws, vaultOnAws } from './support/vault-on-aws.ts';

const HELP = `npx node bench/growth.ts [--rounds <n>]

Encrypts and decrypts through Daykey's operations and prints how the CPU time of a request grows with
  fields    1 to 64 in one request, on the memory adapters
  bytes     20 B to 100 KB in one field, on the memory adapters
  bundles   10^3 to 10^6 alive in the memory store, a process for each; also the memory that a request still holds after it
  apps      1 to 10,000 in the ring table, asked in turn, on the AWS adapters and a fake of AWS; also requests
  rotation  1 to 110,000 apps, with own and with pooled keys, on the same; only requests
  erasure   of a subject with 1 to 1,000 bundles, on the same; also requests
as ratios: the median over interleaved rounds, and where the middle 90 % of them lie. Exits 1 when a claim is missed.

  --rounds <n>  rounds that count, 10 or more (default 15)
  --help        this text

The processes of the third take up to 3 GB of memory together.`;

const FIELD_COUNTS = [1, 2, 4, 8, 16, 32, 64];
const FIELD_SIZES = [20, 100, 1000, 10_000, 100_000];
const LIVE_BUNDLES = [1e3, 1e4, 1e5, 1e6];
const APPS = [1, 100, 1000, 10_000];
const BUNDLES_OF_A_SUBJECT = [1, 10, 100, 1000];

const FIELD_BYTES = 100;
const FIELDS_A_ROUND = 64;
const MOST_TIME_OF_FEWEST = 1.25;
const MOST_MEMORY_OF_FEWEST = 1.25;
const WARM_UP_ROUNDS = 5;
/** Each takes seconds in the largest store, and gives nearly the same figure every time. */
const WEIGHINGS = 10;

const NOTES = [
  'Each figure is in times of the first row of its table. Apps are asked in turn: a function remembers rings and callers for a ' +
    'minute, those of all these apps within its 32 MB. The rotator runs every five minutes and the ' +
    'janitor every hour; each holder that is due costs a read and a write, and those whose keys change some more.',
];

type Progress = ReturnType<typeof progressLine>;

async function measure(rounds: number): Promise<Findings> {
  const progress = progressLine();
  const options = { rounds, progress };
  const [live, claims] = await liveBundles(options);
  const tables = [
    await requestsOf('fields in a request, time a field', options, FIELD_COUNTS, (count) =>
      fieldsOf(count, FIELD_BYTES),
    ),
    await requestsOf('bytes in a field, time a request', options, FIELD_SIZES, (bytes) => fieldsOf(1, bytes)),
    live,
    await apps(options),
    await rotationTable((text) => options.progress.show(text)),
    await erasures(options),
  ];
  progress.end();
  return { tables, notes: NOTES, claims };
}

interface Options {
  readonly rounds: number;
  readonly progress: Progress;
}

async function requestsOf(
  title: string,
  options: Options,
  sizes: readonly number[],
  fieldsFor: (size: number) => Fields,
): Promise<Table> {
  const { vault } = await vaultInMemory();
  const lanes = sizes.map((size): Lane => {
    const fields = fieldsFor(size);
    const count = Object.keys(fields).length;
    const run = async (times: number) => {
      // The same number of fields in every lane, so a different number of requests.
      for (let done = 0; done < times; done += count) {
        const refs = await vault.encrypt(APP, fields);
        await vault.decrypt(APP, refs);
        await vault.erase(APP, { refs });
      }
    };
    return { run, times: FIELDS_A_ROUND };
  });
  const timings = await timed(title, options, lanes);
  const rows = sizes.map((size, at) => [
    size.toLocaleString('en'),
    ...cells(ratios(timings[at] ?? [], timings[0] ?? [])),
  ]);
  return { header: [title, 'median', 'middle 90 %'], rows };
}

async function liveBundles(options: Options): Promise<[Table, Claim[]]> {
  const holders = LIVE_BUNDLES.map(bundleHolder);
  try {
    options.progress.show('filling the stores');
    await Promise.all(holders.map((holder, at) => holder.ask({ do: 'hold', times: LIVE_BUNDLES[at] ?? 0 })));
    const asking = (what: 'time' | 'weigh', times: number) =>
      holders.map((holder): Lane => ({ run: async () => (await holder.ask({ do: what, times })) * times, times }));
    const times = await timed('live bundles', options, asking('time', 200));
    const bytes = await timed('memory of live bundles', { ...options, rounds: WEIGHINGS }, asking('weigh', 500));
    const rows = LIVE_BUNDLES.map((live, at) => {
      const [time, memory] = [times, bytes].map((all) => ratios(all[at] ?? [], all[0] ?? [])) as [number[], number[]];
      return { live, time, memory };
    });
    const most = rows.at(-1);
    const claims = [
      atMost(quantile(most?.time ?? [], 0.5), MOST_TIME_OF_FEWEST),
      atMost(quantile(most?.memory ?? [], 0.5), MOST_MEMORY_OF_FEWEST),
    ];
    const verdicts = claims.flatMap(({ cells: [claim, verdict] }) => [`${claim} ${verdict}`]);
    const table = {
      header: [
        'live bundles, a request',
        'time',
        'middle 90 %',
        'memory',
        'middle 90 %',
        'claim: time',
        'claim: memory',
      ],
      rows: rows.map(({ live, time, memory }) => [
        live.toLocaleString('en'),
        ...cells(time),
        ...cells(memory),
        ...(live === most?.live ? verdicts : NO_CLAIM),
      ]),
    };
    return [table, claims];
  } finally {
    for (const holder of holders) holder.end();
  }
}

/** Requests for so many apps in turn, from functions that have served all of them before. */
async function apps(options: Options): Promise<Table> {
  const vaults: VaultOnAws[] = [];
  for (const count of APPS) {
    options.progress.show(`setting up ${count} apps`);
    const made = await vaultOnAws(count);
    for (let number = 0; number < count; number += 1) await requestFor(made, number);
    vaults.push(made);
  }
  const requests = vaults.map(() => 0);
  const lanes = vaults.map((made, at): Lane => {
    let next = 0;
    const run = async (times: number) => {
      for (let i = 0; i < times; i += 1) {
        made.aws.take();
        await requestFor(made, next);
        requests[at] = made.aws.take().length;
        next = (next + 1) % (APPS[at] ?? 1);
      }
      for (const name of ['vault', 'audit']) made.aws.table(name).clear();
    };
    return { run, times: 20 };
  });
  const answeringNs = () => vaults.reduce((sum, vault) => sum + vault.answeringNs(), 0);
  const timings = await timed('apps', options, lanes, () => cpuNs() - answeringNs());
  const rows = APPS.map((count, at) => [
    count.toLocaleString('en'),
    ...cells(ratios(timings[at] ?? [], timings[0] ?? [])),
    String(requests[at]),
  ]);
  const header = ['apps, a request to one of them', 'time', 'middle 90 %', 'requests to AWS'];
  return { header, rows };
}

async function requestFor({ vault }: VaultOnAws, number: number): Promise<void> {
  const app = appName(number);
  await vault.decrypt(app, await vault.encrypt(app, fieldsOf(1, FIELD_BYTES)));
}

async function erasures(options: Options): Promise<Table> {
  const made = await vaultOnAws();
  const { aws, vault, answeringNs } = made;
  const [app, subject] = [appName(0), 'user-17'];
  const requests: number[] = [];
  const lanes: Lane[] = [];
  for (const count of BUNDLES_OF_A_SUBJECT) {
    options.progress.show(`sealing ${count} bundles of a subject`);
    for (let i = 0; i < count; i += 1) await vault.encrypt(app, fieldsOf(1, FIELD_BYTES), { subject });
    const items = aws.table('vault').items();
    const run = async () => {
      aws.table('vault').clear();
      for (const item of items) aws.table('vault').put(item);
      aws.take();
      const startedNs = cpuNs() - answeringNs();
      const erased = await vault.erase(app, { subject });
      const tookNs = cpuNs() - answeringNs() - startedNs;
      if (erased !== count) throw new Error(`${count} fields were to be erased, ${erased} were`);
      requests[lanes.findIndex((lane) => lane.run === run)] = aws.take().length;
      return tookNs;
    };
    lanes.push({ run, times: count });
    aws.table('vault').clear();
  }
  const timings = await timed('erasures', options, lanes);
  const rows = BUNDLES_OF_A_SUBJECT.map((count, at) => [
    count.toLocaleString('en'),
    ...cells(ratios(timings[at] ?? [], timings[0] ?? [])),
    String(requests[at]),
  ]);
  return { header: ['bundles of an erased subject, time a bundle', 'median', 'middle 90 %', 'requests to AWS'], rows };
}

/** Timings by lane, in the order of the lanes. */
async function timed(title: string, { rounds, progress }: Options, lanes: Lane[], nowNs = cpuNs): Promise<number[][]> {
  const timings = await timeRounds(Object.fromEntries(lanes.entries()), {
    rounds,
    warmUpRounds: WARM_UP_ROUNDS,
    nowNs,
    onRound: (done, total) => progress.show(`${title}: round ${done} of ${total}`),
  });
  return lanes.map((_, at) => timings[at] ?? []);
}

await benchCommand({ help: HELP, usualRounds: 15 }, measure);
