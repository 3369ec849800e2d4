// Classifying entries and planning what to seal, beside parsing and walking the same entries.

import { planSealing } from '../vault/domain/policy/plan.ts';
import { policyFor } from '../vault/domain/policy/policy.ts';
import type { Entry, EntryContext } from '../wire/entry.ts';
import { atLeast, atMost, benchCommand, cells, type Findings } from './support/command.ts';
import { progressLine } from './support/progress.ts';
import { type Contender, quantile, ratios, timeRounds } from './support/rounds.ts';

const HELP = `npx node bench/classify.ts [--rounds <n>]

Classifies ten typical entries, all of them sensitive, finds the values to seal, and prints how that compares with
  parse and walk  JSON.parse of the same entries and one visit to each of their values, and nothing else
  the budget      5 µs for an entry: 200,000 entries a second on one core
as ratios of CPU time: the median over interleaved rounds of one process, and where the middle 90 % of them lie.
Exits 1 when a claim is missed.

  --rounds <n>  rounds that count, 10 or more (default 60)
  --help        this text`;

const BUDGET_NS = 5000;
const MOST_TIMES_PARSE_AND_WALK = 2;
const WARM_UP_ROUNDS = 20;
const TIMES = 500;

const CONTEXT: EntryContext = { thread: { mode: 'agent' }, component: { sensitive: true }, cause: { sensitive: true } };
const POLICY = policyFor();

const TEXT = 'Hello, my order 4711 has not come, could you have a look at where it is?';
const ENTRIES: readonly Entry[] = [
  { type: 'text.say', user: { type: 'user' }, data: { text: TEXT, language: 'en' } },
  { type: 'text.say', user: { type: 'agent' }, data: { text: TEXT, language: 'en', replyTo: 'e-17' } },
  { type: 'text.say', user: { type: 'bot' }, data: { text: TEXT } },
  { type: 'note.add', user: { type: 'agent' }, data: { text: TEXT, pinned: false } },
  { type: 'form.answer', data: { form: 'prechat', answers: { email: 'maya@example.org', name: 'Maya', order: 4711 } } },
  {
    type: 'buttons.ask',
    data: { text: TEXT, buttons: ['Yes', 'No', 'Later'].map((text, value) => ({ text, value, style: 'plain' })) },
  },
  { type: 'image.share', data: { url: 'https://files.example/17', name: 'parcel.png', bytes: 81_234, text: null } },
  {
    type: 'http.request',
    data: {
      method: 'POST',
      url: 'https://crm.example/people',
      headers: { accept: 'application/json', authorization: 'Bearer 1234' },
      body: { email: 'maya@example.org', tags: ['new', 'web'] },
    },
  },
  { type: 'component.response', data: { component: 'lookup', result: { found: true, person: { name: 'Maya' } } } },
  { type: 'crm.unknown', data: { id: 17, subject: TEXT, open: true } },
];

const JSONS = ENTRIES.map((entry) => JSON.stringify(entry));

/** Takes turns with the entries; one repetition is one entry. */
function each<T>(items: readonly T[], work: (item: T) => number): Contender {
  return (times) => {
    let seen = 0;
    for (let i = 0; i < times; i += 1) {
      for (const item of items) seen += work(item);
    }
    // Without the sum the compiler could leave the work out.
    if (seen === 0) throw new Error('nothing was found in the entries');
  };
}

function walk(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1;
  let seen = 1;
  for (const below of Object.values(value)) seen += walk(below);
  return seen;
}

async function measure(rounds: number): Promise<Findings> {
  const progress = progressLine();
  const lanes = {
    classify: {
      run: each(ENTRIES, (entry) => planSealing(entry, CONTEXT, POLICY, { refsAllowed: false }).parts.length),
      times: TIMES,
    },
    parseAndWalk: { run: each(JSONS, (json) => walk(JSON.parse(json))), times: TIMES },
  };
  const timings = await timeRounds(lanes, {
    rounds,
    warmUpRounds: WARM_UP_ROUNDS,
    onRound: (done, total) => progress.show(`round ${done} of ${total}`),
  });
  progress.end();

  // A repetition is all entries once.
  const budget = timings.classify.map(() => BUDGET_NS * ENTRIES.length);
  const within = ratios(budget, timings.classify);
  const beside = ratios(timings.classify, timings.parseAndWalk);
  const fast = atLeast(quantile(within, 0.5), 1);
  const near = atMost(quantile(beside, 0.5), MOST_TIMES_PARSE_AND_WALK);
  const rows = [
    ['classify: times 200,000 a second', ...cells(within), ...fast.cells],
    ['classify: time of parse and walk', ...cells(beside), ...near.cells],
  ];
  const header = ['classify one entry', 'median', 'middle 90 %', 'claim', ''];
  return { tables: [{ header, rows }], claims: [fast, near] };
}

await benchCommand({ help: HELP, usualRounds: 60 }, measure);
