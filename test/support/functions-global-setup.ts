// The Lambda functions, built before the first test that synthesizes a vault.

import { buildFunctions } from '../../scripts/package/functions.ts';

export default async function setup(): Promise<void> {
  await buildFunctions();
}
