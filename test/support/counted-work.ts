// Counts the work of our own code, so that a test can bound it without a clock: what a machine does meanwhile does not count.

import { Session } from 'node:inspector/promises';

/** What some work took. */
export interface Work {
  /** Blocks of the code of `vault`, `wire` and `lambda` that ran, each time counted: a bound on every loop and recursion. */
  readonly steps: number;
  /** Characters that went through JSON.parse and JSON.stringify. */
  readonly jsonCharacters: number;
}

/** Counts what runs between {@link WorkCounter.start} and {@link WorkCounter.stop}. */
export interface WorkCounter {
  start(): void;
  stop(): Promise<Work>;
  /** Puts everything back as it was. */
  end(): Promise<void>;
}

const OURS = /\/(?:vault|wire|lambda)\/(?:(?!node_modules).)*\.ts/;
// What stands for AWS is not ours to bound.
const STAND_INS = /\/(?:test|vault\/memory)\//;

/** A counter. One at a time in a process. */
export async function workCounter(): Promise<WorkCounter> {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  const { parse, stringify } = JSON;
  let characters = 0;
  JSON.parse = (text: string, ...rest: []) => {
    characters += text.length;
    return parse(text, ...rest);
  };
  JSON.stringify = (value: unknown, ...rest: []) => {
    const text = stringify(value, ...rest);
    characters += text?.length ?? 0;
    return text;
  };
  // Taking the counts also sets them back. Between two counts none of our code runs, so a start need not take them, which is slow.
  const taken = async () => (await session.post('Profiler.takePreciseCoverage')).result;
  return {
    start() {
      characters = 0;
    },
    async stop() {
      const jsonCharacters = characters;
      let steps = 0;
      for (const { url, functions } of await taken()) {
        if (!OURS.test(url) || STAND_INS.test(url)) continue;
        for (const { ranges } of functions) for (const { count } of ranges) steps += count;
      }
      return { steps, jsonCharacters };
    },
    async end() {
      Object.assign(JSON, { parse, stringify });
      await session.post('Profiler.stopPreciseCoverage');
      session.disconnect();
    },
  };
}
