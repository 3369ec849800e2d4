// A vault whose app KEKs live for a minute, so that whole lives can be watched.

import { Duration } from 'aws-cdk-lib';
import type { VaultProps } from '../../lib/settings.ts';

export default {
  allowShortCycles: true,
  kekLife: {
    cycle: Duration.seconds(60),
    lead: Duration.seconds(120),
    grace: Duration.seconds(20),
    maxTtl: Duration.seconds(60),
    margin: Duration.seconds(10),
  },
  apps: { brief: { integrations: { 'brief-web': { kind: 'messaging' } } } },
} satisfies VaultProps;
