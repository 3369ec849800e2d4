// A first deployment that failed can be deployed again; a stack that is in use keeps its protection.

import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { describe, expect, test } from 'vitest';
import { deploymentIn, liftProtection } from '../../../../scripts/cdk/lift-protection.ts';

/** A CloudFormation with one stack, and the calls that reach it. */
function aCloudFormation(stack: { readonly status: string; readonly isProtected: boolean } | Error) {
  const calls: string[] = [];
  const answer = (body: string, statusCode = 200) => ({
    response: { statusCode, headers: { 'content-type': 'text/xml' }, body: Buffer.from(body) },
  });
  const client = new CloudFormationClient({
    region: 'eu-central-1',
    credentials: { accessKeyId: 'fake', secretAccessKey: 'fake' },
    maxAttempts: 1,
    requestHandler: {
      async handle({ body }: { body: string }) {
        const form = new URLSearchParams(body);
        const action = form.get('Action');
        calls.push([action, form.get('StackName'), form.get('EnableTerminationProtection')].filter(Boolean).join(' '));
        if (stack instanceof Error) {
          return answer(
            `<ErrorResponse><Error><Type>Sender</Type><Code>${stack.name}</Code><Message>m</Message></Error></ErrorResponse>`,
            400,
          );
        }
        const { status, isProtected } = stack;
        return answer(
          action === 'DescribeStacks'
            ? `<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>Daykey</StackName><StackStatus>${status}</StackStatus><EnableTerminationProtection>${isProtected}</EnableTerminationProtection></member></Stacks></DescribeStacksResult></DescribeStacksResponse>`
            : '<UpdateTerminationProtectionResponse><UpdateTerminationProtectionResult><StackId>s</StackId></UpdateTerminationProtectionResult></UpdateTerminationProtectionResponse>',
        );
      },
    },
  });
  return { calls, client };
}

const named = (name: string) => Object.assign(new Error('m'), { name });

describe('the termination protection', () => {
  test.each(['ROLLBACK_COMPLETE', 'ROLLBACK_FAILED'])('is lifted from a stack in %s', async (status) => {
    const { calls, client } = aCloudFormation({ status, isProtected: true });
    expect(await liftProtection(client, 'Daykey')).toBe(true);
    expect(calls).toEqual(['DescribeStacks Daykey', 'UpdateTerminationProtection Daykey false']);
  });

  test.each([
    'CREATE_COMPLETE',
    'CREATE_FAILED',
    'UPDATE_COMPLETE',
    'UPDATE_ROLLBACK_COMPLETE',
    'UPDATE_ROLLBACK_FAILED',
    'ROLLBACK_IN_PROGRESS',
    'DELETE_FAILED',
    'REVIEW_IN_PROGRESS',
  ])('stays on a stack in %s', async (status) => {
    const { calls, client } = aCloudFormation({ status, isProtected: true });
    expect(await liftProtection(client, 'Daykey')).toBe(false);
    expect(calls).toEqual(['DescribeStacks Daykey']);
  });

  test('is left alone where there is none, or no stack', async () => {
    const open = aCloudFormation({ status: 'ROLLBACK_COMPLETE', isProtected: false });
    expect(await liftProtection(open.client, 'Daykey')).toBe(false);
    const missing = aCloudFormation(named('ValidationError'));
    expect(await liftProtection(missing.client, 'Daykey')).toBe(false);
    expect([open.calls, missing.calls]).toEqual([['DescribeStacks Daykey'], ['DescribeStacks Daykey']]);
  });

  test('cannot be read without the right to', async () => {
    const { client } = aCloudFormation(named('AccessDenied'));
    await expect(liftProtection(client, 'Daykey')).rejects.toMatchObject({ name: 'AccessDenied' });
  });
});

test.each<[string, readonly string[], string | undefined]>([
  ['deploy', ['Daykey'], undefined],
  ['deploy --force', ['Daykey'], undefined],
  ['deploy --context stack=Daykey-eu --context settings=eu.settings.ts', ['Daykey-eu'], undefined],
  ['deploy -c stack=Daykey-eu', ['Daykey-eu'], undefined],
  ['--profile prod deploy One Two', ['One', 'Two'], 'prod'],
  ['deploy --profile=prod --require-approval never Mine', ['Mine'], 'prod'],
  ['destroy --force', [], undefined],
  ['diff', [], undefined],
  ['', [], undefined],
])('`cdk %s` deploys %j', (line, stacks, profile) => {
  expect(deploymentIn(line.split(' ').filter(Boolean))).toEqual({ stacks, profile });
});
