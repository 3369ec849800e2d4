// The settings of your vault. Edit them, then run `npm run cdk -- deploy`. docs/settings.md lists every setting.

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
