// Whether IAM allows requests, decided by the policy evaluator of MiniStack (MIT), a program that knows nothing of Daykey.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { judged } from './judge.ts';

export interface IamRequest {
  /** ARN of the role that asks. */
  readonly principal: string;
  /** Its account. */
  readonly account: string;
  readonly action: string;
  readonly resource: string;
  /** Condition keys beside those of the principal: `aws:CurrentTime` (ISO 8601), tags, encryption contexts, … */
  readonly context: Readonly<Record<string, string | readonly string[]>>;
  /** Policies of the role. A service control policy that only denies counts as one of them. */
  readonly identityPolicies: readonly object[];
  /** Policy of a KMS key, which has to allow a request even within the account `owner`. */
  readonly resourcePolicy?: object;
  readonly owner?: string;
}

/** Allows every action on every resource. */
export const ALLOW_EVERYTHING = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
} as const;

/** Whether each request is allowed, in the order of the requests. */
export async function allowed(requests: readonly IamRequest[]): Promise<readonly boolean[]> {
  // Many requests share a policy, and one policy can have 27 KB.
  const documents = [...new Set(requests.flatMap(documentsOf))];
  const { stdout, stderr } = await judged('python', ['iam.py', 'requests.json'], {
    'iam.py': readFileSync(join(import.meta.dirname, 'iam.py'), 'utf8'),
    'requests.json': {
      documents,
      requests: requests.map(({ identityPolicies, resourcePolicy, ...request }) => ({
        ...request,
        identityPolicies: identityPolicies.map((document) => documents.indexOf(document)),
        ...(resourcePolicy && { resourcePolicy: documents.indexOf(resourcePolicy) }),
      })),
    },
  });
  const decisions = stderr === '' ? (JSON.parse(stdout) as readonly string[]) : [];
  if (decisions.length !== requests.length) throw new Error(`the evaluator did not decide every request: ${stderr}`);
  return decisions.map((decision) => decision === 'Allow');
}

function documentsOf({ identityPolicies, resourcePolicy }: IamRequest): object[] {
  return resourcePolicy ? [...identityPolicies, resourcePolicy] : [...identityPolicies];
}
