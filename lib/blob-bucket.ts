// The bucket of encrypted blobs, and the role that may put objects into it.

import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { AnyPrincipal, ArnPrincipal, Effect, type IRole, PolicyStatement, Role } from 'aws-cdk-lib/aws-iam';
import { BlockPublicAccess, Bucket, BucketEncryption, HttpMethods, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { MAX_BLOB_DAYS } from '../vault/domain/blob-object.ts';
import { type RoleNaming, roleName } from './vault-function.ts';

/**
 * Holds what callers have encrypted. No versions, no locks and no copies: a deleted object is gone. Lifecycle rules are
 * the net below the sweeper.
 */
export class BlobBucket extends Construct {
  readonly bucket: Bucket;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.bucket = new Bucket(this, 'Bucket', {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      encryption: BucketEncryption.S3_MANAGED,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      versioned: false,
      // Goes with the stack once it is empty, and retiring its apps empties it.
      removalPolicy: RemovalPolicy.DESTROY,
      lifecycleRules: Array.from({ length: MAX_BLOB_DAYS }, (_, day) => ({
        id: `end-after-${day + 1}-days`,
        prefix: `d${day + 1}/`,
        expiration: Duration.days(day + 1),
        abortIncompleteMultipartUploadAfter: Duration.days(1),
      })),
    });
    // No object is written over, by whatever role: what was sealed stays, or goes. Uploads in parts and copies, which do not carry
    // the header where it counts, are refused with it (S3 user guide, "Enforce conditional writes on Amazon S3 buckets").
    this.bucket.addToResourcePolicy(
      new PolicyStatement({
        effect: Effect.DENY,
        principals: [new AnyPrincipal()],
        actions: ['s3:PutObject'],
        resources: [this.objectsArn],
        conditions: { Null: { 's3:if-none-match': 'true' } },
      }),
    );
  }

  /** Every object of the bucket, as the resource of a policy. */
  get objectsArn(): string {
    return this.bucket.arnForObjects('*');
  }

  /** Lets pages of this origin read what a signed URL gives them. */
  allowReadsFrom(origin: string): void {
    this.bucket.addCorsRule({ allowedMethods: [HttpMethods.GET], allowedOrigins: [origin], maxAge: 300 });
  }

  /** The role whose sessions sign uploads. It may put objects and nothing else; only `signer` assumes it. */
  uploadRole(signer: IRole, naming: RoleNaming): Role {
    const role = new Role(this, 'UploadRole', {
      roleName: roleName(this, 'upload', naming),
      path: naming.rolePath,
      description: 'Puts one encrypted blob, within the session of one upload',
      assumedBy: new ArnPrincipal(signer.roleArn),
    });
    role.addToPolicy(new PolicyStatement({ actions: ['s3:PutObject'], resources: [this.objectsArn] }));
    return role;
  }
}
