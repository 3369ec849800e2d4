// Plays the hand-over on a running vault, where some seconds stand for a day.

import { setTimeout as sleep } from 'node:timers/promises';
import { apiToken, Daykey } from '../client/sdk/index.ts';
import { play } from '../examples/handover/play.ts';
import { transcriptOf } from '../examples/handover/transcript.ts';
import type { LocalVault } from './local-vault.ts';

// Long enough for the play on a busy machine.
const LIFE_SECONDS = 12;

/** Plays it and resolves to the transcript. @throws Error when a party sees something else than it should. */
export async function playExample(vault: LocalVault, look: Parameters<typeof transcriptOf>[1]): Promise<string> {
  const as = (integration: string): Daykey => {
    const { app, token } = vault.integrations[integration] ?? {};
    if (app === undefined || token === undefined) {
      throw new Error(`the local vault has no token for ${integration}: see local/settings.ts`);
    }
    return new Daykey({ app, url: vault.url, identity: apiToken(token) });
  };
  const played = await play({
    vaults: { user: as('web'), bot: as('bot'), agent: as('desk'), analytics: as('analytics') },
    life: () => ({ notAfter: new Date(Date.now() + LIFE_SECONDS * 1000) }),
    lifeInWords: `${LIFE_SECONDS} seconds`,
    until: (instant) => sleep(Math.max(0, instant.getTime() - Date.now()) + 50),
  });
  return transcriptOf(played, look);
}
