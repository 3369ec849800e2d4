// What is stored of the vault as a whole: which settings its apps follow, what they share, and the requests of its stack.

import type { Requests } from './app-record.ts';
import type { KekLife } from './kek-life/life.ts';

/** What the settings of the stack decide for every app, those of the command line too. */
export interface VaultWide {
  readonly life: KekLife;
  readonly keyPools: number;
  readonly deletionWindowDays: number;
  readonly allowShortCycles: boolean;
  readonly hasConsole: boolean;
}

/** The record of a vault. */
export interface VaultRecord extends Requests {
  /** How often it was stored; 0 before the first deployment. */
  readonly version: number;
  /** ID of the CloudFormation resource that the apps belong to. */
  readonly resource?: string | undefined;
  /** Digest of the settings that the apps of the stack follow; `RETIRED` once the vault has ended. */
  readonly digest?: string | undefined;
  /** Whether every app follows them. An update that was cut off leaves some behind. */
  readonly isApplied: boolean;
  /** Digests of the documents that are kept, the latest last: a rollback reads no asset. */
  readonly documents: readonly string[];
  readonly vault?: VaultWide | undefined;
}

/** How many documents are kept. */
export const KEPT_DOCUMENTS = 3;

/** The record of a vault that was never deployed. */
export function newVaultRecord(): VaultRecord {
  return { version: 0, requests: [], withdrawn: [], isApplied: true, documents: [] };
}

/** The digests of the documents with one more, and those that are kept no longer. */
export function withDocument(
  documents: readonly string[],
  digest: string,
): { readonly kept: readonly string[]; readonly dropped: readonly string[] } {
  const all = [...documents.filter((each) => each !== digest), digest];
  return { kept: all.slice(-KEPT_DOCUMENTS), dropped: all.slice(0, -KEPT_DOCUMENTS) };
}
