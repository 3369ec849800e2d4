// The register of apps in memory, over the records of the key ring in memory.

import type { AppRecord } from '../domain/app-record.ts';
import { isEnding } from '../domain/app-state.ts';
import { DaykeyError } from '../domain/errors.ts';
import { newVaultRecord } from '../domain/vault-record.ts';
import type { AppRegister } from '../ports/app-register.ts';

/** An {@link AppRegister}. The map may change at any time. */
export function memoryAppRegister(records: ReadonlyMap<string, AppRecord>): AppRegister {
  let stored = newVaultRecord();
  const documents = new Map<string, string>();
  return {
    async *records(after) {
      const names = [...records.keys()];
      const rest = names.slice(after === undefined ? 0 : names.indexOf(after) + 1);
      for (const app of rest) {
        const record = records.get(app);
        if (record) yield [structuredClone(record)];
      }
    },
    ending: async () => [...records.values()].filter(isEnding).map(({ app }) => app),
    readVault: async () => structuredClone(stored),
    async storeVault(record, { version }) {
      if (stored.version !== version) throw new DaykeyError('conflict', 'another record of the vault was stored first');
      stored = { ...structuredClone(record), version: version + 1 };
      return structuredClone(stored);
    },
    findDocument: async (digest) => documents.get(digest),
    keepDocument: async (digest, text) => void documents.set(digest, text),
    dropDocument: async (digest) => void documents.delete(digest),
  };
}
