// A function killed before and after every call that it makes, and run again by a process that knows nothing of it.

import { describe, expect, test } from 'vitest';
import { eraseSubject } from '../../vault/usecases/erase.ts';
import { sweep } from '../../vault/usecases/sweep.ts';
import { type MemoryVault, memoryVault } from '../support/memory-vault.ts';
import { KILLED, runUntil } from './cut-off.ts';
import { type Deps, depsOf, expectGone, expectOpen, type Prepare, SCENARIOS, sealed, VALUES } from './scenarios.ts';

const all = await Promise.all(Object.entries(SCENARIOS).map(withItsCalls));

test(`${all.flatMap(({ cuts }) => cuts).length} ways to be killed, two for each call of ${all.length} functions`, () => {
  for (const { title, cuts } of all) expect(cuts.length, title).toBeGreaterThanOrEqual(4);
});

describe.each(all)('$title', ({ prepare, cuts }) => {
  test.each(cuts)('$name, killed $when it', async ({ call, when }) => {
    const vault = await memoryVault();
    const scenario = await prepare(vault);
    const run = runUntil({ call, when });
    const outcome = await run.outcome(scenario.work(depsOf(vault, run)));
    // What the sweeper finds is spread by chance: now and then a run is a call shorter.
    if (run.calls.length >= call) expect(outcome).toBe(KILLED);
    await scenario.expectNothingLost();
    await scenario.expectDone(await scenario.work(depsOf(vault, runUntil())));
  });
});

test('an erasure that was killed once it had been noted is carried out by the sweeper a minute later', async () => {
  const vault = await memoryVault();
  const refs = await sealed(vault, 'maya');
  vault.advance(1);
  const names = await callsOf(vault, (deps) => eraseSubject(deps, 'shop', 'nobody'));
  const run = runUntil({ call: names.indexOf('bundles.noteErasure') + 1, when: 'after' });
  expect(await run.outcome(eraseSubject(depsOf(vault, run), 'shop', 'maya'))).toBe(KILLED);
  await expectOpen(vault, refs, VALUES);
  vault.advance(60);
  await sweep(depsOf(vault, runUntil()));
  await expectGone(vault, refs);
});

/** A scenario with the calls of a complete run, and both ways to be killed at each. */
async function withItsCalls([function_, prepare]: [string, Prepare]) {
  const vault = await memoryVault();
  const scenario = await prepare(vault);
  const names = await callsOf(vault, async (deps) => scenario.expectDone(await scenario.work(deps)));
  const cuts = names.flatMap((name, at) =>
    (['before', 'after'] as const).map((when) => ({ name: `${at + 1}. ${name}`, call: at + 1, when })),
  );
  return { title: `${function_}, ${names.length} calls`, prepare, cuts };
}

async function callsOf(vault: MemoryVault, work: (deps: Deps) => Promise<unknown>): Promise<readonly string[]> {
  const run = runUntil();
  await work(depsOf(vault, run));
  return run.calls;
}
