// Time that moves only when a test says so: everything that waits is woken one at a time, in an order a seed decides.

/** Time of a test, in milliseconds since 1970. */
export interface VirtualTime {
  nowMs(): number;
  /** Resolves so much later. */
  pause(ms: number): Promise<void>;
  /** Does something at that instant. */
  at(atMs: number, work: () => void): void;
  /** Lets happen whatever is due until then, in order, and goes there. */
  runUntil(untilMs: number): Promise<void>;
}

/** Draws from one seed: the same seed gives the same draws. */
export interface Draw {
  /** From 0 up to, not including, 1. */
  share(): number;
  /** A whole number, both ends included. */
  between(least: number, most: number): number;
  /** Whether something with that probability happens. */
  chance(probability: number): boolean;
  /** One of several. */
  of<T>(items: readonly T[]): T | undefined;
}

const WOKEN_PER_TURN = 100;

/** Virtual time that starts at an instant. */
export function virtualTime(startMs: number): VirtualTime {
  let nowMs = startMs;
  let events = 0;
  const due: { atMs: number; order: number; work: () => void }[] = [];

  function at(atMs: number, work: () => void): void {
    const event = { atMs: Math.max(nowMs, atMs), order: events, work };
    events += 1;
    let [low, high] = [0, due.length];
    // The last of the queue comes first in time: what is done is popped.
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = due[middle];
      if (other && (other.atMs > event.atMs || (other.atMs === event.atMs && other.order > event.order)))
        low = middle + 1;
      else high = middle;
    }
    due.splice(low, 0, event);
  }

  return {
    at,
    nowMs: () => nowMs,
    pause: (ms) => new Promise((resolve) => at(nowMs + ms, resolve)),
    async runUntil(untilMs) {
      const isMoreDue = () => due.length > 0 && (due.at(-1)?.atMs ?? 0) <= untilMs;
      const wakeNext = () => {
        const next = isMoreDue() ? due.pop() : undefined;
        if (next === undefined) return;
        nowMs = next.atMs;
        next.work();
      };
      while (isMoreDue()) {
        // The task that was woken runs until it waits again, before any other: Node empties the queue of promises after each
        // immediate. Many immediates share one turn of the event loop, because a turn costs more than most tasks.
        await new Promise<void>((resolve, reject) => {
          for (let nr = 0; nr < WOKEN_PER_TURN; nr += 1) setImmediate(() => attempt(wakeNext, reject));
          setImmediate(resolve);
        });
      }
      nowMs = Math.max(nowMs, untilMs);
    },
  };
}

function attempt(work: () => void, fail: (error: unknown) => void): void {
  try {
    work();
  } catch (error) {
    fail(error);
  }
}

/** Draws by mulberry32: 32 bits of state, good enough to shuffle events. */
export function drawFrom(seed: number): Draw {
  let state = seed >>> 0;
  const share = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    share,
    between: (least, most) => least + Math.floor(share() * (most - least + 1)),
    chance: (probability) => share() < probability,
    of: (items) => items[Math.floor(share() * items.length)],
  };
}
