// Entries through a vault in memory: sealed as an integration sends them, opened as another gets them.

import type { IncomingResponse } from '../../wire/incoming.ts';
import type { OutgoingResponse } from '../../wire/outgoing.ts';
import type { MemoryVault } from './memory-vault.ts';

export const SAY = { type: 'text.say', data: { text: 'my number is 555-0100', lang: 'en' } };
export const AGENT = { thread: { mode: 'agent' } };

/** The entry as the vault hands it on. @throws Error for any answer but 200. */
export async function incoming(vault: MemoryVault, body: object, integration = 'web'): Promise<IncomingResponse> {
  const answer = await vault.call(integration, 'incoming', body);
  if (answer.status !== 200) throw new Error(answer.text);
  return answer.body as IncomingResponse;
}

/** The entry as the integration gets it. @throws Error for any answer but 200. */
export async function outgoing(vault: MemoryVault, body: object, integration = 'desk'): Promise<OutgoingResponse> {
  const answer = await vault.call(integration, 'outgoing', body);
  if (answer.status !== 200) throw new Error(answer.text);
  return answer.body as OutgoingResponse;
}
