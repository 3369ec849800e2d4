// An operator at a terminal, before a vault in memory: runs a command line and reads what it printed.

import { Readable } from 'node:stream';
import { CommandError } from '../../client/cli/command-error.ts';
import { run } from '../../client/cli/program.ts';
import type { OperatorVault, Surroundings, VaultOptions } from '../../client/cli/surroundings.ts';
import { tokenIdOf } from '../../vault/domain/api-token.ts';
import type { AppRecord } from '../../vault/domain/app-record.ts';
import { DEFAULT_LIFE } from '../../vault/domain/kek-life/life.ts';
import type { AppSettings } from '../../vault/domain/settings.ts';
import { memoryAuditLog } from '../../vault/memory/audit-log.ts';
import { memoryKeyRing } from '../../vault/memory/key-ring.ts';
import { memoryLedger } from '../../vault/memory/ledger.ts';
import { memoryReceiptSigner } from '../../vault/memory/receipt-signer.ts';
import { memoryRevealReviews } from '../../vault/memory/reveal-reviews.ts';
import type { ApiTokenGrant, IssuedToken } from '../../vault/ports/api-tokens.ts';
import type { AppsAnswer, AppsRequest } from '../../vault/usecases/apps/cli-apps.ts';
import { storeSettings } from './store-settings.ts';

/** When the operator works. */
export const NOW = Date.parse('2026-11-26T12:00:30.000Z');

/** A vault with an app `shop`, and an app `gone` that has left. */
export function aVault() {
  const records = new Map<string, AppRecord>();
  const keyRing = memoryKeyRing(records);
  const auditLog = memoryAuditLog();
  const reviews = memoryRevealReviews();
  const ledger = memoryLedger();
  const signer = memoryReceiptSigner();
  const grants = new Map<string, ApiTokenGrant & { readonly createdAtS: number }>();
  const lastDays = new Map<string, string>();
  /** What commands asked of the function that sets apps up, and its next answers. */
  const asked: AppsRequest[] = [];
  const answers: AppsAnswer[] = [];
  const vault: OperatorVault = {
    stack: 'Daykey',
    keyRing,
    auditTrail: auditLog,
    reviews,
    ledger,
    receiptKey: async () => signer.publicKey,
    tokens: {
      issue: async (hash, grant, createdAtS) => void grants.set(hash, { ...grant, createdAtS }),
      list: async (app) => entriesOf(app).map(([hash, grant]): IssuedToken => ({ ...grant, id: tokenIdOf(hash) })),
      async revoke(app, id) {
        const found = entriesOf(app).filter(([hash]) => hash.startsWith(id));
        for (const [hash] of found) grants.delete(hash);
        return found.length;
      },
    },
    tokenUses: { lastDay: async (id) => lastDays.get(id) },
    askForApps: async (request) => {
      asked.push(request);
      return answers.shift() ?? {};
    },
  };
  const entriesOf = (app: string) => [...grants].filter(([, grant]) => grant.app === app);
  const setUp = (changes: Partial<AppSettings>) => storeSettings(keyRing, { ...SETTINGS, ...changes });
  const generationOf = (integration: string) => records.get('shop')?.generations[integration] ?? '';
  return { vault, setUp, generationOf, keyRing, auditLog, reviews, ledger, signer, grants, lastDays, asked, answers };
}

const SETTINGS: AppSettings = {
  app: 'shop',
  life: DEFAULT_LIFE,
  defaultTtlS: 3600,
  integrations: {
    web: { kind: 'messaging', processSensitive: false, roles: [] },
    desk: { kind: 'customer-support', processSensitive: false, roles: [] },
  },
  state: 'live',
};

/** What a command line printed, and how it ended. */
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Terminal {
  /** What commands open; without one, opening fails. */
  readonly vault?: OperatorVault;
  readonly openVault?: Surroundings['openVault'];
  /** Text that the command reads. */
  readonly stdin?: string;
  readonly isTTY?: boolean;
  readonly environment?: Surroundings['environment'];
}

/** Runs command lines at a terminal. */
export function atTerminal({ vault, stdin = '', isTTY = false, environment = {}, ...more }: Terminal) {
  const openVault = async ({ stack }: VaultOptions) => {
    if (vault === undefined) throw new CommandError(`a command opened stack ${stack}`);
    return vault;
  };
  return async (...args: string[]): Promise<Ran> => {
    const printed = { stdout: '', stderr: '' };
    const stream = (name: 'stdout' | 'stderr') => ({
      isTTY,
      columns: 120,
      write(text: unknown) {
        printed[name] += String(text);
        return true;
      },
      once: () => process.stdout,
    });
    const code = await run(args, {
      stdin: Readable.from([stdin]),
      stdout: stream('stdout'),
      stderr: stream('stderr'),
      environment,
      clock: vault === undefined ? Date.now : () => NOW,
      openVault: more.openVault ?? openVault,
    });
    return { code, ...printed };
  };
}

/** The lines of JSON that a command printed. */
export function jsonLines({ stdout }: Ran): unknown[] {
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as unknown);
}

/** The error that a promise rejects with. */
export async function rejection(promise: Promise<unknown>): Promise<Error> {
  const error: unknown = await promise.then(
    () => new Error('it did not reject'),
    (reason: unknown) => reason,
  );
  if (error instanceof Error) return error;
  throw new Error('it rejected with something else than an Error');
}
