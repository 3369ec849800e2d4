// Types of second-judges.mjs, for the TypeScript that uses it.

export interface SecondJudge {
  readonly title: string;
  /** Where it is installed, relative to the repository. */
  readonly folder: string;
  /** The list of what is installed, relative to the repository. */
  readonly list: string;
  /** What it needs that this machine lacks. */
  missing(): string | undefined;
}

export const SECOND_JUDGES: Readonly<Record<'dynamodb' | 'kms', SecondJudge>>;
export function findPython(): string | undefined;
