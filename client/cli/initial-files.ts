// The files of a new CDK app with a vault. JavaScript, so that any Node runs them without a compiler.

import { CDK_VERSIONS } from './own-package.ts';

/**
 * Texts by file name.
 *
 * @param app the name of the folder and of the first app
 * @param daykey what package.json says of `daykey`: a version, or `file:` and the path of a tarball
 */
export function initialFiles(app: string, daykey: string): Record<string, string> {
  const { 'aws-cdk-lib': library, constructs, 'aws-cdk': commandLine } = CDK_VERSIONS;
  const manifest = {
    name: app,
    private: true,
    type: 'module',
    scripts: { test: 'node --test' },
    dependencies: { 'aws-cdk-lib': library, constructs, daykey },
    devDependencies: { 'aws-cdk': commandLine },
  };
  return {
    '.gitignore': 'node_modules/\ncdk.out/\n',
    'package.json': json(manifest),
    'cdk.json': json({ app: 'node app.js' }),
    'app.js': cdkApp(app),
    'daykey.settings.js': settings(app),
    'daykey.test.js': test(app),
  };
}

/** The stack of an app's vault: `ShopEuVault` for `shop-eu`. */
export function initialStack(app: string): string {
  return `${app.replaceAll(/(^|-)(.?)/g, (_, __, letter: string) => letter.toUpperCase())}Vault`;
}

function cdkApp(app: string): string {
  return `// The CDK app: a stack that is a vault.

import { App } from 'aws-cdk-lib';
import { DaykeyStack } from 'daykey/cdk';
import settings from './daykey.settings.js';

new DaykeyStack(new App(), '${initialStack(app)}', { ...settings, terminationProtection: true });
`;
}

function settings(app: string): string {
  return `// The settings of your vault. An editor that knows TypeScript describes and checks each of them.

/** @satisfies {import('daykey/cdk').VaultProps} */
const settings = /** @type {const} */ ({
  apps: {
    ${app.includes('-') ? `'${app}'` : app}: {
      integrations: {
        web: { kind: 'messaging' },
        desk: { kind: 'customer-support' },
        bot: { kind: 'component' },
        analytics: { kind: 'other' },
      },
    },
  },
});

export default settings;
`;
}

function test(app: string): string {
  return `// Tries the settings on a vault in memory, whose clock the test moves.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testingVault } from 'daykey/testing';
import settings from './daykey.settings.js';

test('the desk reads what the web chat sealed, for a day', async () => {
  const vault = await testingVault(settings);
  const { refs } = await vault.as('${app}', 'web').encrypt({ email: 'maya@example.org' });
  const desk = vault.as('${app}', 'desk');

  const { email } = await desk.decrypt(refs);
  assert.equal(email.status === 'ok' && email.value.reveal(), 'maya@example.org');

  await vault.advance('24h');
  assert.equal((await desk.decrypt(refs)).email.status, 'redacted');
});
`;
}

function json(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
