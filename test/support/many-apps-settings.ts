// A vault with a thousand apps that share the keys of pools.

import type { VaultProps } from '../../lib/settings.ts';

export const MANY = 1000;

const app = { integrations: { web: { kind: 'messaging' } }, keys: 'pooled' } as const;

export default {
  apps: Object.fromEntries(Array.from({ length: MANY }, (_, number) => [`stack-${number}`, app])),
} satisfies VaultProps;
