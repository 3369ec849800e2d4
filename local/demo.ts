// A short play on a running vault: who sees what, before and after the end of a value's life.

import { setTimeout as sleep } from 'node:timers/promises';
import type { DecryptResponse } from '../lambda/contract/decrypt.ts';
import type { EncryptResponse } from '../lambda/contract/encrypt.ts';
import type { Problem } from '../lambda/contract/problem.ts';
import type { LocalVault } from './deploy.ts';

const LIFE_SECONDS = 4;

/** Plays it and says what happened, line by line. @throws Error when the vault behaves in any other way. */
export async function play(vault: LocalVault, say: (line: string) => void): Promise<void> {
  const call = async (integration: string, operation: string, body: object) => {
    const { app, token } = vault.integrations[integration] ?? missing(integration);
    const response = await fetch(`${vault.url}/v1/apps/${app}/${operation}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` },
      body: JSON.stringify(body),
    });
    return { status: response.status, body: (await response.json()) as unknown };
  };

  const notAfter = new Date(Date.now() + LIFE_SECONDS * 1000 + 999).toISOString();
  const sealed = await call('web', 'encrypt', { fields: { email: 'maya@example.org' }, notAfter });
  expectStatus(sealed.status, 200);
  const { refs, expiresAt } = sealed.body as EncryptResponse;
  say(`web (messaging) seals an e-mail address and gets a ref: ${refs.email?.slice(0, 8)}… (84 characters)`);

  const opened = await call('desk', 'decrypt', { refs });
  say(`desk (customer-support) opens it:                       ${shown(opened.body)}`);
  if (shown(opened.body) !== 'maya@example.org') throw new Error('a trusted integration did not get the value back');

  const refused = await call('analytics', 'decrypt', { refs });
  expectStatus(refused.status, 403);
  say(`analytics (other) tries:                                ${refused.status} ${(refused.body as Problem).title}`);

  const foreign = await call('clinic-desk', 'decrypt', { refs });
  say(`clinic-desk, of another app, tries:                     ${shown(foreign.body)}`);

  await sleep(Math.max(0, Date.parse(expiresAt) - Date.now()) + 50);
  const expired = await call('desk', 'decrypt', { refs });
  say(`desk again, after the end of its life:                  ${shown(expired.body)}`);
  if (shown(foreign.body) !== '★★★★★' || shown(expired.body) !== '★★★★★') throw new Error('a value outlived its day');
}

function shown(body: unknown): string {
  return String((body as DecryptResponse).values?.email?.value);
}

function expectStatus(got: number, expected: number): void {
  if (got !== expected) throw new Error(`the vault answered ${got} where ${expected} was expected`);
}

function missing(integration: string): never {
  throw new Error(`the local vault has no integration ${integration}: see local/settings.ts`);
}
