// From the props of a stack to its settings, checked before anything is synthesized.

import { checkSettings, SettingsError, type VaultSettings } from '../vault/domain/settings/parse.ts';
import type { VaultProps } from '../vault/domain/settings/props.ts';

/** The longest stack name. Role names hold it, a Region (25 characters at most) and a function: 64 together (IAM). */
export const MAX_STACK_NAME = 24;

/** Checks the props and fills in defaults. @throws SettingsError that lists every problem, each with what to do. */
export function settingsFromProps(props: VaultProps, stackName: string): VaultSettings {
  const { problems, vault } = checkSettings(props, { tokens: 'allowed' });
  const all = [...problems];
  if (stackName.length > MAX_STACK_NAME) {
    all.push(
      `stack name: must have at most ${MAX_STACK_NAME} characters, got ${stackName.length}: shorten it, role names contain it`,
    );
  }
  if (vault === undefined || all.length > 0) throw new SettingsError(all);
  return vault;
}
