// The templates that are judged: the default vault, and one with every setting that adds resources.

import type { VaultProps } from '../../lib/settings.ts';
import { synthesized } from '../infra/synthesized.ts';

export interface JudgedTemplate {
  readonly Resources: Readonly<Record<string, { readonly Type: string; readonly Properties?: unknown }>>;
}

const EVERYTHING_SET: Partial<VaultProps> = {
  apps: {
    shop: {
      integrations: {
        web: { kind: 'messaging', roleArns: ['arn:aws:iam::111122223333:role/web'] },
        analytics: { kind: 'other', processSensitive: true },
      },
      sensitiveData: { entryTypes: { 'crm.ticket': { kind: 'event', doc: 'A ticket.', sensitive: ['data.subject'] } } },
    },
  },
  lockKeyPolicy: true,
  webAclArn: 'arn:aws:wafv2:eu-central-1:111122223333:regional/webacl/vault/0123456789abcdef',
  privateVpcEndpointIds: ['vpce-0123456789abcdef0'],
};

/** Templates by name. */
export const TEMPLATES: Readonly<Record<string, JudgedTemplate>> = {
  default: synthesized().template.toJSON() as JudgedTemplate,
  everything: synthesized(EVERYTHING_SET).template.toJSON() as JudgedTemplate,
};
