// A conversational platform, as small as one can be: entries are sealed where they come in and opened where they go out.

import type { Daykey, Entry, IncomingContext, Json, LifeOptions, SealedEntry } from '../../client/sdk/index.ts';

/** Who takes part, each through an integration of its own. */
export const PARTIES = ['user', 'bot', 'agent', 'analytics'] as const;
export type Party = (typeof PARTIES)[number];

/** The vault as each party's integration has it. */
export type Vaults = Readonly<Record<Party, Daykey>>;

/** The two edges, and the log of everything that passes between them. */
export interface Platform {
  /** The incoming edge: whatever a party sends is sealed before anything else happens to it. */
  receive(from: Party, entry: Entry, context: IncomingContext): Promise<SealedEntry>;
  /** The outgoing edge: what each of these parties gets to see of an entry, or of a scope. */
  show(state: unknown, to: readonly Party[]): Promise<[party: Party, view: Json][]>;
  /** Logs whatever it is given: what was sealed is refs there, what was opened is stars. */
  note(...what: readonly unknown[]): void;
  readonly log: readonly string[];
}

/** A platform whose sealed data lives as long as `life` says when it is asked. */
export function platformOf(vaults: Vaults, life: () => LifeOptions): Platform {
  const log: string[] = [];
  const note = (...what: readonly unknown[]) =>
    void log.push(what.map((each) => (typeof each === 'string' ? each : JSON.stringify(each))).join(' '));
  return {
    ...{ log, note },
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
