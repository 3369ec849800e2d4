// The vault of local runs and end-to-end tests: two apps, the first with an integration of each kind and one AWS role.

import type { VaultProps } from '../lib/settings.ts';

export default {
  apps: {
    shop: {
      integrations: {
        web: { kind: 'messaging' },
        desk: { kind: 'customer-support' },
        bot: { kind: 'component' },
        analytics: { kind: 'other' },
        // An AWS role, without an API token.
        warehouse: {
          kind: 'customer-support',
          roleArns: ['arn:aws:iam::000000000000:role/daykey-local-warehouse'],
        },
      },
      console: { viewers: ['support'] },
    },
    clinic: {
      integrations: {
        'clinic-web': { kind: 'messaging' },
        'clinic-desk': { kind: 'customer-support' },
        'clinic-lab': { kind: 'customer-support', roleArns: ['arn:aws:iam::000000000000:role/daykey-local-lab'] },
      },
    },
  },
  console: {},
} satisfies VaultProps;
