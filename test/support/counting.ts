// Counts what goes through a port, so that a test can say how often, and that nothing did.

/** A port with the same behaviour, and the calls it has seen by method, in order. */
export interface Counted<Port> {
  readonly port: Port;
  readonly calls: readonly (keyof Port & string)[];
  /** How often a method, or anything at all, was called. */
  count(method?: keyof Port & string): number;
  forget(): void;
}

/** Puts a counter before every method of a port. */
export function counted<Port extends object>(real: Port): Counted<Port> {
  const calls: (keyof Port & string)[] = [];
  const port = new Proxy(real, {
    get(target, name, receiver) {
      const member: unknown = Reflect.get(target, name, receiver);
      if (typeof member !== 'function') return member;
      return (...args: unknown[]) => {
        calls.push(name as keyof Port & string);
        return Reflect.apply(member, target, args);
      };
    },
  });
  return {
    port,
    calls,
    count: (method) => (method === undefined ? calls.length : calls.filter((name) => name === method).length),
    forget: () => void calls.splice(0),
  };
}
