// Treats `forbidden` as an answer without fields, so that a caller without the right to decrypt shows stars.

import { DaykeyProblem } from './problem.ts';

/** The fields, or none for a caller that the vault itself does not let decrypt. @throws DaykeyProblem for anything else. */
export async function noneIfForbidden<Field>(
  fields: Promise<Readonly<Record<string, Field>>>,
): Promise<Readonly<Record<string, Field>>> {
  try {
    return await fields;
  } catch (error) {
    // Only a vault says `forbidden`: a firewall, a proxy and Lambda are `refused`, and that is not about the value.
    if (error instanceof DaykeyProblem && error.code === 'forbidden') return {};
    throw error;
  }
}
