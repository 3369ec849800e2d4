// One run of one function, and the wires between it and everything it calls: slow, lossy, and cut at any moment.

import { DaykeyError } from '../../vault/domain/errors.ts';
import type { Clock } from '../../vault/ports/clock.ts';
import type { Draw, VirtualTime } from './virtual-time.ts';

export type Dependency = 'kms' | 'ring' | 'store' | 'lambda' | 'ledger' | 'audit';

/** What the wires are like. */
export interface Weather {
  /** How likely a call fails now. */
  faultRate(dependency: Dependency): number;
  /** How long a run may be frozen now and then, in milliseconds. */
  longestFreezeMs(): number;
}

/** One run of a function. Every call that it makes through a wire lets all others go on. */
export interface Run {
  readonly clock: Clock;
  readonly startedMs: number;
  /** How many of its calls failed, or were made twice, though nothing was wrong with them. */
  faults(): number;
  /** The port at the other end of a wire. What it iterates over is a snapshot, given out slowly. */
  wired<Port extends object>(dependency: Dependency, port: Port): Port;
}

export interface RunOptions {
  time: VirtualTime;
  draw: Draw;
  weather: Weather;
  /** By how much the function's clock is ahead, in milliseconds. */
  skewMs: number;
  /** After how many waits the run is cut off, with no chance to clean up. */
  waitsBeforeCutOff?: number | undefined;
  onCutOff?: (() => void) | undefined;
}

/** A run that starts now. */
export function startRun({ time, draw, weather, skewMs, waitsBeforeCutOff, onCutOff }: RunOptions): Run {
  let waits = 0;
  let faults = 0;

  async function travel(): Promise<void> {
    waits += 1;
    const isFrozen = draw.chance(0.01);
    const isSlow = draw.chance(0.05);
    await time.pause(draw.between(1, isFrozen ? weather.longestFreezeMs() : isSlow ? 2000 : 40));
    if (waitsBeforeCutOff === undefined || waits < waitsBeforeCutOff) return;
    if (waits === waitsBeforeCutOff) onCutOff?.();
    await new Promise(() => undefined);
  }

  async function call<Result>(dependency: Dependency, effect: () => Promise<Result>): Promise<Result> {
    await travel();
    const fault = draw.chance(weather.faultRate(dependency)) && draw.of(['before', 'after', 'twice'] as const);
    if (fault) faults += 1;
    const broken = () => new DaykeyError('unavailable', `${dependency} is broken`, { retryAfterSeconds: 1 });
    if (fault === 'before') throw broken();
    if (fault === 'twice') {
      await effect();
      await travel();
    }
    const result = await effect();
    await travel();
    if (fault === 'after') throw broken();
    return result;
  }

  async function* slowly<Item>(dependency: Dependency, items: AsyncIterable<Item>): AsyncIterable<Item> {
    const all = await call(dependency, () => collected(items));
    for (const item of all) {
      await travel();
      yield item;
    }
  }

  return {
    startedMs: time.nowMs(),
    clock: () => time.nowMs() + skewMs,
    faults: () => faults,
    wired: (dependency, port) =>
      new Proxy(port, {
        get(target, name) {
          const method: unknown = Reflect.get(target, name);
          if (typeof method !== 'function') return method;
          return (...args: unknown[]) => {
            // Generators start with their first item, so asking for one does nothing yet.
            if (GENERATORS.has(name)) return slowly(dependency, method.apply(target, args));
            return call(dependency, async () => method.apply(target, args));
          };
        },
      }),
  };
}

/** All of it. */
export async function collected<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}

const GENERATORS = new Set<string | symbol>(['due', 'list', 'rows']);
