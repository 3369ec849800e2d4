// What a deployed stack is made of, read from its outputs.

import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';

/** Outputs of a vault's stack, by name. @throws Error that says which stack is not there. */
export async function outputsOf(stack: string): Promise<(name: string) => string> {
  const describe = new DescribeStacksCommand({ StackName: stack });
  const { Stacks: [found] = [] } = await new CloudFormationClient().send(describe).catch((cause: unknown) => {
    throw new Error(`stack ${stack} cannot be read: name another one with --stack, or check account and Region`, {
      cause,
    });
  });
  const outputs = new Map((found?.Outputs ?? []).map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]));
  return (name) => {
    const value = outputs.get(name);
    if (value === undefined)
      throw new Error(`stack ${stack} has no output ${name}: is it a Daykey vault, and deployed?`);
    return value;
  };
}
