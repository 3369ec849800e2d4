// A synthesized stack, and its resources by what they are rather than by their logical IDs.

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { App, type Stack, Stage } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import type { Construct } from 'constructs';
import { DaykeyStack, type DaykeyStackProps } from '../../lib/daykey-stack.ts';
import type { VaultProps } from '../../lib/settings.ts';

export interface Resource {
  readonly Type: string;
  readonly Properties: Record<string, unknown>;
  readonly DependsOn?: readonly string[];
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}

export interface Synthesized {
  readonly stack: DaykeyStack;
  readonly template: Template;
  /** Resources of one type by logical ID, which serves to follow references and for nothing else. */
  ofType(type: string): ReadonlyMap<string, Resource>;
  /** What an ARN, `Ref` or `Fn::GetAtt` stands for, in words: `vault table`, `encrypt:rest`, `log of encrypt`, … */
  nameOf(reference: unknown): string;
}

/** Settings of one app, with an integration of each kind. */
export const ONE_APP: VaultProps = {
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
};

// Neither copies of the functions nor the CDK's own checks, which take seconds: every real deployment makes those.
export const QUICK = { context: { 'aws:cdk:disable-asset-staging': true }, builtinCloudFormationValidation: false };

/**
 * The stack for some settings. Props that are constructs come from a function, which makes them in the
 * app. `extend` adds what an operator would.
 */
export function synthesized(
  props: Partial<VaultProps> | ((scope: Construct) => Partial<DaykeyStackProps>) = {},
  extend: (stack: DaykeyStack) => void = () => undefined,
): Synthesized {
  const app = new App(QUICK);
  const given = typeof props === 'function' ? props(app) : props;
  const stack = new DaykeyStack(app, 'Vault', { ...ONE_APP, ...given });
  extend(stack);
  const template = Template.fromStack(stack);
  const resources = template.toJSON().Resources as Record<string, Resource>;
  const ofType = (type: string) => new Map(Object.entries(resources).filter(([, { Type }]) => Type === type));
  const idsOf = (reference: unknown): string[] => {
    const text = JSON.stringify(reference);
    return [...text.matchAll(/"(?:Ref|Fn::GetAtt)":\[?"([^"]+)"/g)].map(([, id = '']) => id);
  };

  // The outputs identify the tables: `VaultTable` is the vault table.
  const outputs = Object.entries(template.toJSON().Outputs as Record<string, { Value: unknown }>);
  const tableNames = new Map(
    outputs
      .filter(([name]) => name.endsWith('Table'))
      .map(([name, { Value }]) => [idsOf(Value)[0], name.slice(0, -'Table'.length).toLowerCase()]),
  );

  function nameOfId(id: string): string {
    const resource = resources[id];
    if (!resource) return id;
    const { Type, Properties } = resource;
    switch (Type) {
      case 'AWS::DynamoDB::Table':
        return `${tableNames.get(id) ?? 'unknown'} table`;
      case 'AWS::IAM::Role':
        return `role ${entryOfRole(Properties.RoleName) ?? 'without a name'}`;
      case 'AWS::Lambda::Function':
        return nameOfId(idsOf(Properties.Role)[0] ?? '').replace('role ', '');
      case 'AWS::Lambda::Alias':
        return `${nameOfId(idsOf(Properties.FunctionName)[0] ?? '')}:${Properties.Name}`;
      case 'AWS::Logs::LogGroup': {
        const owner = [...ofType('AWS::Lambda::Function')].find(
          ([, it]) => idsOf(it.Properties.LoggingConfig)[0] === id,
        );
        return owner ? `log of ${nameOfId(owner[0])}` : 'access log';
      }
      case 'AWS::KMS::Key':
        return Properties.KeySpec === 'RSA_2048' ? 'log key' : 'receipt key';
      case 'AWS::S3::Bucket':
        return 'bucket';
      default:
        return Type;
    }
  }

  return {
    stack,
    template,
    ofType,
    nameOf: (reference) => {
      if (typeof reference === 'string') return reference;
      if (/cdk-\w+-assets-/.test(JSON.stringify(reference))) return 'settings asset';
      const [id = ''] = idsOf(reference);
      // What stands behind the reference in a `Fn::Join`, such as `/index/expiry`.
      const [, suffix = ''] = /\]\},"([^"]+)"\]\]\}$/.exec(JSON.stringify(reference)) ?? [];
      return nameOfId(id) + suffix;
    },
  };
}

/** The settings that a stack deploys, with placeholders for what CloudFormation knows. */
export function settingsAsset(stack: Stack): unknown {
  const [asset] = stack.node
    .findAll()
    .filter((node): node is Asset => node instanceof Asset && node.node.id === 'Settings');
  const outdir = Stage.of(stack)?.outdir ?? '';
  // Absolute where nothing is bundled.
  return JSON.parse(readFileSync(resolve(outdir, asset?.assetPath ?? ''), 'utf8'));
}

/** `encrypt` for the fixed name `Vault-<region>-encrypt`. */
function entryOfRole(roleName: unknown): string | undefined {
  const [, entry] =
    /^\{"Fn::Join":\["",\["Vault-",\{"Ref":"AWS::Region"\},"-([a-z-]+)"\]\]\}$/.exec(JSON.stringify(roleName) ?? '') ??
    [];
  return entry;
}
