// The tables: bundles, the key ring, secrets of apps, the ledger of destroyed keys and the audit log.

import { RemovalPolicy } from 'aws-cdk-lib';
import {
  AttributeType,
  BillingMode,
  ProjectionType,
  Table,
  TableClass,
  TableEncryption,
  type TableProps,
} from 'aws-cdk-lib/aws-dynamodb';
import type { Conditions } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { RING_TABLE, ROW_KEYS, TTL_ATTRIBUTE } from '../lambda/config.ts';

const KEYED = {
  billingMode: BillingMode.PAY_PER_REQUEST,
  partitionKey: { name: ROW_KEYS.partitionKey, type: AttributeType.STRING },
  sortKey: { name: ROW_KEYS.sortKey, type: AttributeType.STRING },
} as const;

/** From so many days of storage on, a row of 350 bytes costs less in Standard-IA (`bench/cost.ts` has the prices). */
const INFREQUENT_ACCESS_FROM_DAYS = 100;

// No point-in-time recovery, no streams, no backups: a copy would outlive the data. Vault and ring go with the stack.
export const GONE_MEANS_GONE = {
  ...KEYED,
  removalPolicy: RemovalPolicy.DESTROY,
  pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: false },
} as const;

/** With a customer's key, or with one that DynamoDB owns. */
export function encryptedWith(key: IKey | undefined): Pick<TableProps, 'encryption' | 'encryptionKey'> {
  return key ? { encryption: TableEncryption.CUSTOMER_MANAGED, encryptionKey: key } : {};
}

/** Where bundles live, with DynamoDB's TTL as the net below the sweeper. */
export class VaultTable extends Construct {
  readonly table: Table;

  constructor(scope: Construct, id: string, key: IKey | undefined) {
    super(scope, id);
    this.table = new Table(this, 'Table', {
      ...GONE_MEANS_GONE,
      ...encryptedWith(key),
      timeToLiveAttribute: TTL_ATTRIBUTE,
    });
  }
}

/** Settings, slots and hashes of API tokens, with an index of when keys are due. Holds no key and no key material. */
export class RingTable extends Construct {
  readonly table: Table;

  constructor(scope: Construct, id: string, key: IKey | undefined) {
    super(scope, id);
    this.table = new Table(this, 'Table', { ...GONE_MEANS_GONE, ...encryptedWith(key) });
    // Its keys name holders and dates, and nothing else of a row.
    this.table.addGlobalSecondaryIndex({
      indexName: RING_TABLE.dueIndex,
      partitionKey: { name: RING_TABLE.dueShard, type: AttributeType.STRING },
      sortKey: { name: RING_TABLE.dueAt, type: AttributeType.NUMBER },
      projectionType: ProjectionType.KEYS_ONLY,
    });
  }
}

/**
 * The secrets of apps with pooled keys, one each: of no use without the keys in KMS. A table for nothing else, so that functions
 * that read many rows of other tables read none of these.
 */
export class SecretTable extends Construct {
  readonly table: Table;

  constructor(scope: Construct, id: string, key: IKey | undefined) {
    super(scope, id);
    this.table = new Table(this, 'Table', { ...GONE_MEANS_GONE, ...encryptedWith(key) });
  }
}

/** Tallies and destruction receipts. Holds no secret. It is kept when the stack is deleted, as proof. */
export class LedgerTable extends Construct {
  readonly table: Table;

  constructor(scope: Construct, id: string, key: IKey | undefined) {
    super(scope, id);
    this.table = new Table(this, 'Table', {
      ...KEYED,
      ...encryptedWith(key),
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
  }
}

/**
 * Who was about to open what: no value, no ref, no subject. Stays when the stack goes, each row for as long as
 * `auditRetentionDays` says. A put can overwrite a row: CloudTrail's Decrypt events are the cross-check.
 */
export class AuditTable extends Construct {
  readonly table: Table;

  constructor(scope: Construct, id: string, key: IKey | undefined, retentionDays: number) {
    super(scope, id);
    this.table = new Table(this, 'Table', {
      ...KEYED,
      ...encryptedWith(key),
      tableClass: auditTableClass(retentionDays),
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
      timeToLiveAttribute: TTL_ATTRIBUTE,
    });
  }
}

/** The cheaper class: Standard-IA stores for 40 % and writes for 125 % of the price, so it wins for rows that stay long. */
function auditTableClass(retentionDays: number): TableClass {
  return retentionDays >= INFREQUENT_ACCESS_FROM_DAYS ? TableClass.STANDARD_INFREQUENT_ACCESS : TableClass.STANDARD;
}

/** The condition that every partition of a request begins in one of these ways. */
export function onPartitions(beginnings: string | string[]): Conditions {
  return {
    'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': beginnings },
    // Without any key the condition above would hold.
    Null: { 'dynamodb:LeadingKeys': 'false' },
  };
}
