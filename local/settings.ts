// The vault of local runs and end-to-end tests: two apps, and in the first one integration of each kind.

import type { VaultProps } from '../lib/settings.ts';

export default {
  apps: {
    shop: {
      integrations: {
        web: { kind: 'messaging' },
        desk: { kind: 'customer-support' },
        bot: { kind: 'component' },
        analytics: { kind: 'other' },
      },
    },
    clinic: {
      integrations: {
        'clinic-web': { kind: 'messaging' },
        'clinic-desk': { kind: 'customer-support' },
      },
    },
  },
} satisfies VaultProps;
