// A minimal conversational platform: it seals entries where they come in and opens them where they go out.

import type { Daykey, Entry, IncomingOptions, Json, LifeOptions, SealedEntry } from '../../client/sdk/index.ts';

/** Those who take part, each through a separate integration. */
export const PARTIES = ['user', 'bot', 'agent', 'analytics'] as const;
export type Party = (typeof PARTIES)[number];

/** The vault, seen by the integration of each party. */
export type Vaults = Readonly<Record<Party, Daykey>>;

/** The two edges, and a log of everything that passes between them. */
export interface Platform {
  /** The incoming edge: seals what a party sends before anything else happens to it. */
  receive(from: Party, entry: Entry, context: IncomingOptions): Promise<SealedEntry>;
  /** The outgoing edge: what each of these parties sees of an entry or of a scope. */
  show(state: unknown, to: readonly Party[]): Promise<[party: Party, view: Json][]>;
  /** Logs anything. Sealed values appear as refs, and opened ones as stars. */
  note(...what: readonly unknown[]): void;
  readonly log: readonly string[];
}

/** A platform. It asks `life` how long each entry lives. */
export function platformOf(vaults: Vaults, life: () => LifeOptions): Platform {
  const log: string[] = [];
  const note = (...what: readonly unknown[]) =>
    void log.push(what.map((each) => (typeof each === 'string' ? each : JSON.stringify(each))).join(' '));
  return {
    log,
    note,
    async receive(from, entry, context) {
      const sealed = await vaults[from].incoming(entry, { ...life(), ...context });
      note(`from ${from}:`, sealed.entry);
      return sealed;
    },
    show: (state, to) =>
      Promise.all(
        to.map(async (party): Promise<[Party, Json]> => [party, (await vaults[party].outgoing(state)).entry]),
      ),
  };
}
