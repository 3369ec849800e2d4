// The types of settings files, and what the CDK app does with a file that has a problem: it synthesizes nothing.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadSettings } from '../../client/cli/settings-file.ts';
import { SettingsError } from '../../vault/domain/settings/parse.ts';
import brief from '../support/short-life-settings.ts';

const ROOT = join(import.meta.dirname, '../..');
// The compiler reads types of the CDK, which takes long on a busy machine.
const TIMEOUT_MS = 120_000;
const TYPES = `import type { VaultProps } from '../../lib/settings.ts';\n`;

let folder = '';
beforeAll(() => {
  mkdirSync(join(ROOT, '.local'), { recursive: true });
  // In the repository, so that its types are found.
  folder = mkdtempSync(join(ROOT, '.local/settings-file-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

async function problemsOf(file: string): Promise<readonly string[]> {
  const error: unknown = await loadSettings(file).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof SettingsError)) throw new Error(`expected a SettingsError, got ${error}`);
  // Paths are shown from where one stands.
  return error.problems.map((problem) => problem.replace(relative(process.cwd(), folder), '.'));
}

describe('a settings file', { timeout: TIMEOUT_MS }, () => {
  test('is read, with Durations of the CDK in it', async () => {
    expect((await loadSettings(join(ROOT, 'test/support/short-life-settings.ts'))).props).toBe(brief);
  });

  test("may use Node's own types", async () => {
    const file = write(
      'environment.settings.ts',
      `${TYPES}const roleArns: string[] = process.env.DESK_ROLE_ARN === undefined ? [] : [process.env.DESK_ROLE_ARN];
export default {
  apps: { shop: { defaultTtl: '1h', integrations: { web: { kind: 'messaging', roleArns } } } },
} satisfies VaultProps;
`,
    );
    expect((await loadSettings(file)).props.apps).toHaveProperty('shop');
  });

  test('gets one list of all problems: of its values with what to do, of its types with their places', async () => {
    const file = write(
      'bad.settings.ts',
      `${TYPES}const days: number = '30';
export default {
  lockKeyPolcy: true,
  logRetentionDays: days,
  apps: { shop: { defaultTtl: '25h', integrations: { web: { kind: 'mesaging' } } } },
} satisfies VaultProps;
`,
    );
    expect(await problemsOf(file)).toEqual([
      'apps.shop.integrations.web.kind: must be messaging, customer-support, component or other, got "mesaging": did you mean messaging?',
      expect.stringMatching(/^logRetentionDays: must be one of 1, 3, .* got "30": write a number, without quotes$/),
      'lockKeyPolcy: is not a known name: did you mean lockKeyPolicy?',
      'apps.shop.defaultTtl: must be 1m to kekLife.maxTtl (24h), got 25h: change one of them',
      "./bad.settings.ts:2:7: Type 'string' is not assignable to type 'number'.",
      expect.stringMatching(/^\.\/bad\.settings\.ts:6:\d+: Type '"mesaging"' is not assignable to type /),
    ]);
  });
});

test('the CDK app prints the list without a stack trace and synthesizes nothing', { timeout: TIMEOUT_MS }, () => {
  const file = write(
    'refused.settings.ts',
    `export default { apps: { shop: { integrations: { web: { kind: 'messenger', processSensitive: 'false' } } } }, privateVpcEndpointId: 'vpce-0123456789abcdef0' };\n`,
  );
  const outdir = join(folder, 'cdk.out');
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(ROOT, 'bin/daykey.ts')], {
    cwd: ROOT,
    encoding: 'utf8',
    env: { ...process.env, CDK_OUTDIR: outdir, CDK_CONTEXT_JSON: JSON.stringify({ settings: file }) },
  });
  expect([status, stdout, existsSync(join(outdir, 'manifest.json'))]).toEqual([1, '', false]);
  expect(stderr).toBe(
    [
      "the vault's settings are not valid:",
      '  apps.shop.integrations.web.kind: must be messaging, customer-support, component or other, got "messenger": choose one of them',
      '  apps.shop.integrations.web.processSensitive: must be true or false, got "false": write false without quotes',
      '  privateVpcEndpointId: is not a known name: did you mean privateVpcEndpointIds?',
      '',
    ].join('\n'),
  );
});
