// `npm run cdk`: the CDK's command line. Before a deployment it makes a stack whose first deployment failed deployable again.

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { deploymentIn, liftProtection } from './lift-protection.ts';

const CDK = fileURLToPath(import.meta.resolve('aws-cdk/bin/cdk'));

const args = process.argv.slice(2);
const { stacks, profile } = deploymentIn(args);
if (stacks.length > 0) {
  const cloudFormation = new CloudFormationClient(profile === undefined ? {} : { profile });
  for (const stack of stacks) {
    try {
      if (await liftProtection(cloudFormation, stack)) {
        process.stdout.write(
          `${stack}: its first deployment failed, so its termination protection is lifted for the CDK to delete it\n`,
        );
      }
    } catch (error) {
      // The CDK needs the same access and explains better what is missing.
      process.stderr.write(`${stack}: its state is not known (${error instanceof Error ? error.name : error})\n`);
    }
  }
}
const child = spawn(process.execPath, [CDK, ...args], { stdio: 'inherit' });
child.on('exit', (code) => {
  process.exitCode = code ?? 1;
});
// The terminal sends these to both processes: wait for the CDK's own end.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);
