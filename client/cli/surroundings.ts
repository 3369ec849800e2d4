// What commands work with: the terminal, the clock and the vault. Tests pass their own.

import type { KeyObject } from 'node:crypto';
import type { TokenRegister, TokenUseTrail } from '../../vault/ports/api-tokens.ts';
import type { AuditTrail } from '../../vault/ports/audit-log.ts';
import type { Clock } from '../../vault/ports/clock.ts';
import type { KeyRing, KeySlots } from '../../vault/ports/key-ring.ts';
import type { ReceiptLedger } from '../../vault/ports/ledger.ts';
import type { ReviewTrail } from '../../vault/ports/reveal-reviews.ts';
import type { AppsAnswer, AppsRequest } from '../../vault/usecases/apps/cli-apps.ts';

export interface Surroundings {
  readonly stdin: NodeJS.ReadableStream;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  /** Environment variables. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** Opens the vault that the options name. @throws CommandError when it is not there; what the AWS SDK throws. */
  readonly openVault: (options: VaultOptions) => Promise<OperatorVault>;
}

/** `process.stdout` and `process.stderr`, or what stands in for them in a test. */
export type OutputStream = Pick<NodeJS.WriteStream, 'write' | 'once'> & {
  readonly isTTY?: boolean;
  readonly columns?: number;
};

/** The options that say which vault a command works on. */
export interface VaultOptions {
  /** Name of the vault's CloudFormation stack. */
  readonly stack: string;
  /** The file that `npm start` writes. With it the vault is that local one. */
  readonly vault?: string;
}

/** A deployed vault as its operator sees it. */
export interface OperatorVault {
  /** Name of its CloudFormation stack. */
  readonly stack: string;
  readonly keyRing: KeyRing & KeySlots;
  readonly tokens: TokenRegister;
  readonly tokenUses: TokenUseTrail;
  readonly auditTrail: AuditTrail;
  readonly reviews: ReviewTrail;
  readonly ledger: Pick<ReceiptLedger, 'receipts'>;
  /** Asks the function that sets apps up. It may take ten minutes. */
  askForApps(request: AppsRequest): Promise<AppsAnswer>;
  /** The public key that checks its receipts. */
  receiptKey(): Promise<KeyObject>;
}
