// Your vault: apps, their integrations, and how long things live. Edit, then `npx cdk deploy`.

import type { VaultProps } from './lib/settings.ts';

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
  },
} satisfies VaultProps;
