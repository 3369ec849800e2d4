// Lifts the termination protection from a stack whose first deployment failed: the CDK has to delete it before it can deploy again.

import {
  type CloudFormationClient,
  DescribeStacksCommand,
  UpdateTerminationProtectionCommand,
} from '@aws-sdk/client-cloudformation';

/** States of a stack that never was deployed. Nothing in it is in use. */
const NEVER_DEPLOYED: readonly (string | undefined)[] = ['ROLLBACK_COMPLETE', 'ROLLBACK_FAILED'];

/**
 * Lifts the protection, only in those states. Returns whether it did.
 *
 * @throws what CloudFormation says, except that the stack does not exist.
 */
export async function liftProtection(cloudFormation: CloudFormationClient, StackName: string): Promise<boolean> {
  const stack = await cloudFormation.send(new DescribeStacksCommand({ StackName })).then(
    ({ Stacks = [] }) => Stacks[0],
    (error: unknown) => {
      if (error instanceof Error && error.name === 'ValidationError') return undefined;
      throw error;
    },
  );
  if (!stack?.EnableTerminationProtection || !NEVER_DEPLOYED.includes(stack.StackStatus)) return false;
  await cloudFormation.send(new UpdateTerminationProtectionCommand({ StackName, EnableTerminationProtection: false }));
  return true;
}

/** The stacks that a `cdk deploy` is for; none for another command. */
export interface Deployment {
  readonly stacks: readonly string[];
  /** The value of `--profile`. */
  readonly profile: string | undefined;
}

const DEFAULT_STACK = 'Daykey';
/** Options of the CDK that may come before the names of stacks, and whose value is the next argument. */
const WITH_VALUE = new Set(
  (
    '-c --context -a --app -o --output -O --outputs-file --profile -r --role-arn --require-approval --method -m --parameters ' +
    '--concurrency --progress --tags -t --change-set-name --notification-arns --toolkit-stack-name --deployment-method --proxy'
  ).split(' '),
);

/** Reads the arguments of the CDK's command line. */
export function deploymentIn(args: readonly string[]): Deployment {
  const values = new Map<string, string[]>();
  const positional: string[] = [];
  for (let at = 0; at < args.length; at += 1) {
    const [name = '', ...rest] = (args[at] ?? '').split('=');
    if (!name.startsWith('-')) positional.push(args[at] ?? '');
    else if (rest.length > 0) values.set(name, [...(values.get(name) ?? []), rest.join('=')]);
    else if (WITH_VALUE.has(name)) {
      at += 1;
      values.set(name, [...(values.get(name) ?? []), args[at] ?? '']);
    }
  }
  const [command, ...named] = positional;
  const context = [...(values.get('-c') ?? []), ...(values.get('--context') ?? [])];
  const inContext = context.find((value) => value.startsWith('stack='))?.slice('stack='.length);
  const stacks = named.length > 0 ? named : [inContext ?? DEFAULT_STACK];
  return { stacks: command === 'deploy' ? stacks : [], profile: values.get('--profile')?.at(-1) };
}
