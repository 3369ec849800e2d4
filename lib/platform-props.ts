// What a platform team brings along as constructs, which a settings file cannot hold.

import type { ISecurityGroup, IVpc, SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { ITopic } from 'aws-cdk-lib/aws-sns';

/** Constructs of a platform team that a vault uses. */
export interface PlatformProps {
  /**
   * The VPC of the functions that answer requests: encrypt, decrypt, erase and the authorizer. They need a way to DynamoDB, KMS and
   * STS: the synthesis lists the VPC endpoints. The functions that make keys and sweep stay outside: no caller reaches them.
   *
   * @default no VPC
   */
  readonly vpc?: IVpc | undefined;
  /** The subnets of that VPC. @default private subnets, as the CDK chooses them */
  readonly vpcSubnets?: SubnetSelection | undefined;
  /** The security groups of those functions. @default a new security group for each function, which lets nothing in */
  readonly securityGroups?: readonly ISecurityGroup[] | undefined;
  /**
   * Encrypts the tables, beneath the vault's own encryption. Its policy must let identity policies of the account decide, as the
   * CDK's does. Disabling the key stops the vault.
   *
   * @default a key that DynamoDB owns
   */
  readonly tableKey?: IKey | undefined;
  /**
   * Encrypts the logs. The policy of a key of the same CDK app is extended to let CloudWatch Logs use it; that of an imported key
   * must allow it already.
   *
   * @default CloudWatch's own encryption
   */
  readonly logKey?: IKey | undefined;
  /** Gets a message when an alarm rings, and when a function that runs on a schedule has stopped. @default alarms without actions */
  readonly alarmTopic?: ITopic | undefined;
}
