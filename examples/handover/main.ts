// Plays the hand-over on the testing kit: 24 hours in less than a second.

import { testingVault } from '../../client/testing/index.ts';
import { play } from './play.ts';
import { transcriptOf } from './transcript.ts';

const integrations = {
  web: { kind: 'messaging' },
  bot: { kind: 'component' },
  desk: { kind: 'customer-support' },
  analytics: { kind: 'other' },
} as const;
const vault = await testingVault({ apps: { shop: { integrations } } }, { startsAt: new Date('2027-03-01T09:00:00Z') });

const played = await play({
  vaults: {
    user: vault.as('shop', 'web'),
    bot: vault.as('shop', 'bot'),
    agent: vault.as('shop', 'desk'),
    analytics: vault.as('shop', 'analytics'),
  },
  // Without a time to live, values live as long as the app's settings say: a day.
  life: () => ({}),
  lifeInWords: '24 hours',
  until: (instant) => vault.advance(`${(instant.getTime() - vault.now().getTime()) / 1000}s`),
});

process.stdout.write(transcriptOf(played, { width: process.stdout.columns ?? 120, colours: process.stdout.isTTY }));
