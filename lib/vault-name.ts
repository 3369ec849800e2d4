// The name of a vault, unique in its account and Region, and the names of its outputs.

import { CfnOutput, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { outputName } from '../lambda/config.ts';

/** The ID of the only vault of a stack. The CDK leaves it out of paths and logical IDs. */
export const ONLY_VAULT = 'Default';

// What a tag's value may contain (AWS tagging guide) and a header too. The name of a stack has letters, digits and hyphens.
const ID_SHAPE = /^[\w .+=@-]+$/;
/** The value of a tag has 256 characters. */
const TAG_VALUE_CHARACTERS = 256;

/**
 * The name of a vault: `Shop` where it is the whole of a stack, `Shop/Security/Vault` where it has a path in a stack. Tags of
 * keys, metrics, names of roles and the signatures of callers contain it, so renaming the construct makes another vault.
 *
 * @throws Error for an ID that a tag cannot hold.
 */
export function vaultName(vault: Construct): string {
  const { stackName } = Stack.of(vault);
  const name = [stackName, ...pathInStack(vault)].join('/');
  if (name.length > TAG_VALUE_CHARACTERS) {
    throw new Error(
      `the name of a vault: must have at most ${TAG_VALUE_CHARACTERS} characters, got ${name.length}: shorten its ID`,
    );
  }
  return name;
}

/** Adds an output of the stack. */
export function addOutput(vault: Construct, name: string, value: string): void {
  new CfnOutput(vault, `${name}Output`, { value }).overrideLogicalId(fixedLogicalId(vault, name));
}

/** A logical ID that no path inside the vault changes. */
export function fixedLogicalId(vault: Construct, name: string): string {
  return outputName(vaultName(vault), name);
}

/** IDs from the stack's child down to the vault. */
function pathInStack(vault: Construct): string[] {
  const scopes = vault.node.scopes;
  const ids = scopes.slice(scopes.indexOf(Stack.of(vault)) + 1).map(({ node }) => node.id);
  const path = ids.filter((id) => id !== ONLY_VAULT);
  for (const id of path) {
    if (!ID_SHAPE.test(id))
      throw new Error(`the ID of a vault: must have letters, digits and _ . + = @ -, got "${id}"`);
  }
  return path;
}
