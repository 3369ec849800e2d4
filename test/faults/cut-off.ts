// A run of a function that is killed at one of its calls: what it has done stays done, and nothing of it happens any more.

/** Where a run ends: right before a call, or when the call has had its effect and its answer is on the way. */
export interface CutOff {
  readonly call: number;
  readonly when: 'before' | 'after';
}

export interface Run {
  /** Names of the calls so far, in order: `keyRing.claim`. */
  readonly calls: readonly string[];
  /** The ports as the run reaches them. */
  wired<Ports extends object>(ports: Ports): Ports;
  /** What the work comes to, or `killed`. */
  outcome<Result>(work: Promise<Result>): Promise<Result | typeof KILLED>;
}

export const KILLED = Symbol('killed');

/** A run that starts now and, unless it is given an end, runs to completion. */
export function runUntil(end?: CutOff): Run {
  const calls: string[] = [];
  let isDead = false;
  let kill: (killed: typeof KILLED) => void = () => undefined;
  const killed = new Promise<typeof KILLED>((resolve) => {
    kill = resolve;
  });

  const die = (): Promise<never> => {
    isDead = true;
    kill(KILLED);
    return new Promise(() => undefined);
  };

  async function call<Result>(name: string, effect: () => Promise<Result>): Promise<Result> {
    if (isDead) return die();
    const at = calls.push(name);
    if (end?.call === at && end.when === 'before') return die();
    const result = await effect();
    if (end?.call === at || isDead) return die();
    return result;
  }

  async function* each<Item>(name: string, items: AsyncIterable<Item>): AsyncIterable<Item> {
    const iterator = items[Symbol.asyncIterator]();
    for (;;) {
      const { done, value } = await call(name, () => iterator.next());
      if (done) return;
      yield value;
    }
  }

  function wire<Port extends object>(portName: string, port: Port): Port {
    return new Proxy(port, {
      get(target, name) {
        const method: unknown = Reflect.get(target, name);
        if (typeof method !== 'function') return method;
        const fullName = `${portName}.${String(name)}`;
        return (...args: unknown[]) => {
          // Generators start with their first item, so asking for one does nothing yet.
          if (GENERATORS.has(name)) return each(fullName, method.apply(target, args));
          return call(fullName, async () => method.apply(target, args));
        };
      },
    });
  }

  return {
    calls,
    wired: (ports) =>
      Object.fromEntries(Object.entries(ports).map(([name, port]) => [name, wire(name, port)])) as never,
    outcome: (work) => {
      // What becomes of the rest does not matter.
      work.catch(() => undefined);
      return Promise.race([work, killed]);
    },
  };
}

const GENERATORS = new Set<string | symbol>(['rows', 'due', 'list']);
