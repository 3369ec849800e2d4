// The apps of the settings as one custom resource over an asset: a template has the same size for one app and for a thousand.

import { createHash } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Aspects, CustomResource, Duration, Token } from 'aws-cdk-lib';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { Construct } from 'constructs';
import { CUSTOM_RESOURCES } from '../lambda/config.ts';
import { type VaultSettings, vaultDocument } from '../vault/domain/settings/parse.ts';
import { takeValues } from '../vault/domain/settings/values.ts';
import type { VaultFunction } from './vault-function.ts';

export interface AppsProps {
  /** Asked for at synthesis, when every app has been added. */
  readonly settings: () => VaultSettings;
  /** The function that the resources call. */
  readonly configureApp: VaultFunction;
}

/** How long CloudFormation waits for the keys: ten minutes for the function and five for it to start. */
export const KEYS_TIMEOUT = Duration.minutes(15);

/** How long CloudFormation waits for all apps: KMS makes five keys a second, and the function goes on with itself. */
export const APPS_TIMEOUT = Duration.hours(1);

/**
 * One `Custom::DaykeyApps` for all apps, and one `Custom::DaykeyKeys`: creating it tries KMS out before the first app, deleting it
 * destroys what the last app left.
 */
export class Apps extends Construct {
  constructor(scope: Construct, id: string, props: AppsProps) {
    super(scope, id);
    Aspects.of(this).add({
      visit: (node) => {
        if (node === this && this.node.children.length === 0) this.addResources(props);
      },
    });
  }

  private addResources({ settings: settingsOfAll, configureApp }: AppsProps): void {
    const settings = settingsOfAll();
    const keys = new CustomResource(this, 'Keys', {
      serviceToken: configureApp.function.functionArn,
      serviceTimeout: KEYS_TIMEOUT,
      resourceType: CUSTOM_RESOURCES.keys,
      // A change of what KMS is asked for has it tried out again.
      properties: { DeletionWindowDays: settings.deletionWindowDays },
    });
    keys.node.addDependency(configureApp);
    // CDK tokens have no value yet: in an asset they would stay what they are.
    const { document, values } = takeValues(vaultDocument(settings), (text) => Token.isUnresolved(text));
    const text = JSON.stringify(document);
    const asset = new Asset(this, 'Settings', { path: writeAside(text) });
    configureApp.allow(['s3:GetObject'], asset.bucket.arnForObjects(asset.s3ObjectKey));
    const apps = new CustomResource(this, 'Apps', {
      serviceToken: configureApp.function.functionArn,
      serviceTimeout: APPS_TIMEOUT,
      resourceType: CUSTOM_RESOURCES.apps,
      properties: {
        Bucket: asset.s3BucketName,
        Key: asset.s3ObjectKey,
        Digest: createHash('sha256').update(text).digest('hex'),
        Values: values,
      },
    });
    apps.node.addDependency(keys);
  }
}

/** A file for the CDK, which copies it. */
function writeAside(text: string): string {
  const file = join(mkdtempSync(join(tmpdir(), 'daykey-settings-')), 'settings.json');
  writeFileSync(file, text);
  return file;
}
