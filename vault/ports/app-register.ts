// Every app of a vault, and what is stored of the vault as a whole: for setting apps up and ending them.

import type { AppRecord } from '../domain/app-record.ts';
import type { VaultRecord } from '../domain/vault-record.ts';

/** @throws DaykeyError `unavailable` from every method. */
export interface AppRegister {
  /**
   * Records in no order, page by page. It is no snapshot. What cannot be read of a record is left out of it.
   *
   * @param after the last app of an earlier page, to go on behind it. @default from the beginning
   */
  records(after?: string): AsyncIterable<readonly AppRecord[]>;
  /** Names of the apps that are detached, retired, or gone with something left. Some may no longer be. */
  ending(): Promise<readonly string[]>;
  /** The record of the vault by a strongly consistent read. What cannot be read of it is left out, to be replaced. */
  readVault(): Promise<VaultRecord>;
  /** Replaces the record of the vault that was read. @throws DaykeyError `conflict` when another one was stored first. */
  storeVault(record: VaultRecord, read: VaultRecord): Promise<VaultRecord>;
  /** The settings that were kept under a digest; `undefined` for others. */
  findDocument(digest: string): Promise<string | undefined>;
  /** Keeps settings under their digest. May be repeated. */
  keepDocument(digest: string, text: string): Promise<void>;
  /** Drops settings, if they are kept. */
  dropDocument(digest: string): Promise<void>;
}
