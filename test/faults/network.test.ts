// Every call that a request makes to AWS, broken in every way, and every request cut off before and after every call:
// the right answer or a 503 that a retry cures, with nothing lost and nothing disclosed.

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { type FaultyNetwork, faultyNetwork, type Lasting } from '../support/aws/faulty-network.ts';
import { spellingsOf } from '../support/spellings.ts';
import {
  type ColdProcess,
  coldStart,
  type Functions,
  forgetAll,
  PATIENT_MS,
  type Reply,
  startOfTime,
} from './cold-start.ts';
import { APP, faultyVault, VARIABLES } from './faulty-vault.ts';
import { type Job, jobsOf, SECRETS, type Task } from './jobs.ts';
import { FAULTS, type Fault } from './network-faults.ts';

interface Process extends ColdProcess {
  readonly network: FaultyNetwork;
}

/** A request and its calls when nothing goes wrong: of a cold process, and of one that has forgotten what it can forget. */
interface Row {
  readonly job: Job;
  readonly calls: readonly string[];
  readonly laterCalls: readonly string[];
}

/** How long a function waits for silence. On a busy machine a healthy call may take longer than the first, or the second. */
const IMPATIENT_MS = [50, 1000, PATIENT_MS];

// The log lines of the functions are looked at here and shown nowhere, including those of processes that outlive their test.
const output = [
  ...(['log', 'info', 'warn', 'error'] as const).map((name) => vi.spyOn(console, name).mockReturnValue()),
  ...[process.stdout, process.stderr].map((stream) => vi.spyOn(stream, 'write').mockReturnValue(true)),
];

const vault = await faultyVault();
const { jobs, refs } = await jobsOf(vault);
const networks: FaultyNetwork[] = [];
const matrix: Row[] = [];
for (const job of jobs) matrix.push(await cleanRun(job));
const cells = matrix.flatMap((row) => faultsOf(brokenOf(row.calls)));
const callCount = matrix.flatMap(({ calls }) => brokenOf(calls)).length;
const faultCount = cells.flatMap(({ fault }) => lastingsOf(fault)).length;

beforeEach(() => {
  for (const stream of output) stream.mockClear();
  // What earlier tests left would be gone through at each answer.
  vault.aws.take();
  vault.aws.table('audit').clear();
});
afterAll(() => Promise.all(networks.map((network) => network.close())));

test(`${callCount} calls of ${jobs.length} requests: ${faultCount} faults, once or lasting, and ${2 * callCount} ends`, () => {
  for (const { job, calls } of matrix) expect(calls.length, job.name).toBeGreaterThanOrEqual(2);
  for (const fault of FAULTS) expect(cells.map((cell) => cell.fault)).toContain(fault);
});

describe.each(matrix)('$job.name', ({ job, calls, laterCalls }) => {
  let warm: Process | undefined;
  /** Asked after each process that was killed: like a new one, it remembers nothing. */
  let next: Process | undefined;
  beforeAll(startOfTime);

  test.each(faultsOf(brokenOf(calls)))('$call: $fault.name', async ({ call, fault }) => {
    for (const lasting of lastingsOf(fault)) {
      const process = (isOfEveryRun(call) ? warm : undefined) ?? (await started());
      if (isOfEveryRun(call)) warm = process;
      await expectToBear(job, process, call, fault, lasting);
    }
  });

  test.each(
    brokenOf(calls).flatMap((call) => [
      { call, when: 'before' as const },
      { call, when: 'after' as const },
    ]),
  )('$call: killed $when it', async ({ call, when }) => {
    next ??= await started();
    await expectToOutlive(job, next, call, when);
  });

  /** Once a process has forgotten what it may, it makes the calls of a cold one again, but for a note that it takes once. */
  function isOfEveryRun(call: string): boolean {
    const [kind = ''] = call.split(' #');
    const countIn = (names: readonly string[]) => names.filter((name) => name.split(' #')[0] === kind).length;
    return countIn(calls) === countIn(laterCalls);
  }
});

async function expectToBear(job: Job, process: Process, call: string, fault: Fault, lasting: Lasting) {
  const { task, ask, reply } = await replyWhileBroken(job, process, call, fault, lasting);
  const isUnnoticed = lasting === 'once' ? fault.isCured && !call.startsWith('STS.') : fault.isHarmless;
  expect(isUnnoticed ? [200] : [200, 503], `${lasting}: ${reply.text}`).toContain(reply.status);
  await expectFair(task, reply);
  await task.expectWhole?.();
  await expectFair(task, await ask(), [200]);
  expectNothingToldIn(...said(job));
}

/**
 * The reply to a request in which the call was broken. In place of a function that gave up before it came to the call, a new
 * request is made: the first one may have left nothing to do.
 */
async function replyWhileBroken(
  job: Job,
  { network, wait, functions }: Process,
  call: string,
  { breaking, takesPatience }: Fault,
  lasting: Lasting,
) {
  for (const patienceMs of takesPatience ? IMPATIENT_MS : [PATIENT_MS]) {
    const task = await job.prepare();
    const ask = await asking(job, functions, task);
    forgetAll();
    network.break(call, breaking, lasting);
    wait(patienceMs);
    const reply = await ask();
    wait(PATIENT_MS);
    const wasBroken = network.brokenAttempts() > 0;
    network.heal();
    if (wasBroken) return { task, ask, reply };
  }
  throw new Error(`${call} did not happen`);
}

async function expectToOutlive(job: Job, next: Process, call: string, when: 'before' | 'after'): Promise<void> {
  const task = await job.prepare();
  const { network, functions } = await started();
  const cutOff = network.cutOffAt(call, when);
  const ask = await asking(job, functions, task);
  const isOver = await Promise.race([cutOff.then(() => 'cut off'), ask().then(({ status }) => status)]);
  // A note that the answer does not wait for may still be on its way.
  expect(['cut off', 200]).toContain(isOver);
  await task.expectWhole?.();
  forgetAll();
  await expectFair(task, await (await asking(job, next.functions, task))(), [200]);
  expectNothingToldIn(...said(job));
}

/** The right answer, or a 503 that says when to come back and nothing else. */
async function expectFair(task: Task, reply: Reply & { requestId: string }, statuses = [200, 503]): Promise<void> {
  expect(statuses, reply.text).toContain(reply.status);
  if (reply.status === 200) {
    await task.expectRight(reply);
    const isOpened = 'values' in reply.body || 'opened' in reply.body;
    if (isOpened) expect(auditedRequests(), 'nothing is opened before the audit log has it').toContain(reply.requestId);
    return;
  }
  expect(reply.headers['Retry-After']).toMatch(/^\d+$/);
  expect(reply.body).toMatchObject({ status: 503, code: 'unavailable' });
  expectNothingToldIn(reply.text);
}

/** The request IDs in the sort keys, behind the instant. */
function auditedRequests(): unknown[] {
  return vault.aws
    .table('audit')
    .items()
    .map(({ sk }) => String(sk?.S).split('#')[1]);
}

/** In any spelling. */
function expectNothingToldIn(...texts: readonly string[]): void {
  const bytes = Buffer.from(texts.join('\n'));
  const secrets = [...Object.values(SECRETS), 'dk2_', 'dkt_', ...refs.slice(-12)];
  expect(secrets.filter((secret) => spellingsOf(secret).some((spelled) => bytes.includes(spelled)))).toEqual([]);
}

/** What the functions wrote to their log in this test. The authorizer has none. */
function said({ operation }: Job): string[] {
  const texts = output.flatMap(({ mock }) => mock.calls.flat().map(String));
  if (operation !== 'authorize') expect(texts.length).toBeGreaterThan(0);
  return texts;
}

/** The same request, again and again; each time under its own ID. */
async function asking(job: Job, functions: Functions, { body }: Task) {
  const authorization = await job.identity();
  return async () => {
    const requestId = randomUUID();
    return { ...(await functions({ app: APP, operation: job.operation, authorization, body, requestId })), requestId };
  };
}

/** A cold process behind its own network. */
async function started(): Promise<Process> {
  const network = await faultyNetwork(vault.aws);
  networks.push(network);
  return { network, ...(await coldStart(network.endpoint, VARIABLES)) };
}

async function cleanRun(job: Job): Promise<Row> {
  const { network, functions } = await started();
  const callsNow = async () => {
    const task = await job.prepare();
    await expectFair(task, await (await asking(job, functions, task))(), [200]);
    return [...network.calls];
  };
  const calls = await callsNow();
  network.heal();
  forgetAll();
  return { job, calls, laterCalls: await callsNow() };
}

function lastingsOf({ only }: Fault): readonly Lasting[] {
  return only === undefined ? ['once', 'on'] : [only];
}

/** The calls that are broken: each, or the first two, one in the middle and the last where a call repeats often. */
function brokenOf(calls: readonly string[]): string[] {
  const kinds = Map.groupBy(calls, (call) => call.split(' #')[0]);
  const broken = [...kinds.values()].flatMap((same) =>
    same.length <= 4 ? same : [same[0], same[1], same[Math.floor(same.length / 2)], same.at(-1)],
  );
  return calls.filter((call) => broken.includes(call));
}

function faultsOf(calls: readonly string[]): { call: string; fault: Fault }[] {
  return calls.flatMap((call) => FAULTS.filter(({ befalls }) => befalls(call)).map((fault) => ({ call, fault })));
}
