// What callers need to know of a vault on this machine: `.local/vault.json`.

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { IntegrationKind } from '../vault/domain/settings.ts';
import type { LocalConsole } from './people.ts';

/** A vault on this machine. The command line takes its file with `--vault`. */
export interface LocalVault {
  /** Base of the REST API; routes begin with `/v1`. */
  readonly url: string;
  readonly region: string;
  /** Address of the emulator. */
  readonly endpoint: string;
  /** The emulator's root user. Absent where the environment's credentials were used to deploy. */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** Name of the CloudFormation stack. */
  readonly stack: string;
  /** The audience that AWS roles sign their identity for. */
  readonly audience: string;
  readonly apps: readonly string[];
  /** By name, or by `app/name` where several apps have an integration of that name. */
  readonly integrations: Readonly<Record<string, LocalIntegration>>;
  /** Names or ARNs for direct invocation, by operation. */
  readonly functions: Readonly<Record<string, string>>;
  readonly tables: { readonly vault: string; readonly ring: string; readonly secrets: string };
  /** Name of the bucket of encrypted blobs. */
  readonly blobBucket: string;
  /** Where people see the log. Absent where the settings have no Console, or another issuer. */
  readonly console?: LocalConsole;
}

/** One integration, with an API token or as an AWS role. */
export type LocalIntegration = { readonly app: string; readonly kind: IntegrationKind } & (
  | {
      /** An API token, for `Authorization: Bearer`. */
      readonly token: string;
      readonly roleArn?: never;
    }
  | {
      /** A role to assume, whose credentials sign for `Authorization: Daykey-Aws`. */
      readonly roleArn: string;
      readonly token?: never;
    }
);

/** Writes the file. Only this user can read it: it holds tokens. */
export function writeVault(file: string, vault: LocalVault): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(vault, null, 2)}\n`, { mode: 0o600 });
}
