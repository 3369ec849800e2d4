// Settings files: type-checked and checked before anything is synthesized, with every problem in one list.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readSettingsFile } from '../../lib/settings-file.ts';
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
  const error: unknown = await readSettingsFile(file).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof SettingsError)) throw new Error(`expected a SettingsError, got ${error}`);
  // Paths are shown from where one stands.
  return error.problems.map((problem) => problem.replace(relative(process.cwd(), folder), '.'));
}

describe('a settings file', { timeout: TIMEOUT_MS }, () => {
  test('is read, with Durations of the CDK in it', async () => {
    expect(await readSettingsFile(join(ROOT, 'test/support/short-life-settings.ts'))).toBe(brief);
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
    expect((await readSettingsFile(file)).apps).toHaveProperty('shop');
  });

  test('may be JavaScript or JSON: its values are checked all the same', async () => {
    const apps = '{ "shop": { "integrations": { "web": { "kind": "messaging" } } } }';
    expect(await readSettingsFile(write('good.mjs', `export default { apps: ${apps} };`))).toEqual({
      apps: JSON.parse(apps),
    });
    expect(await readSettingsFile(write('good.json', `{ "apps": ${apps} }`))).toEqual({ apps: JSON.parse(apps) });
    for (const file of [
      write('bad.mjs', `export default { apps: ${apps}, lockKeyPolcy: true };`),
      write('bad.json', `{ "apps": ${apps}, "lockKeyPolcy": true }`),
    ]) {
      expect(await problemsOf(file)).toEqual(['lockKeyPolcy: is not a known name: did you mean lockKeyPolicy?']);
    }
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

  test.each<[what: string, name: string, text: string, problem: RegExp]>([
    [
      'a default export',
      'empty.mjs',
      'export const apps = {};',
      /^\.\/empty\.mjs has no default export: write export default/,
    ],
    ['a syntax', 'broken.mjs', 'export default {', /^\.\/broken\.mjs cannot be loaded: ./],
    ['JSON', 'broken.json', '{ "apps": ', /^\.\/broken\.json cannot be loaded: Unexpected end of JSON input$/],
    ['an import that is there', 'alone.mjs', "import './gone.mjs';", /^\.\/alone\.mjs cannot be loaded: /],
  ])('without %s is one line that says so', async (_, name, text, problem) => {
    const problems = await problemsOf(write(name, text));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(problem);
    expect(problems[0]).not.toContain('\n');
  });

  test('that is not there is one line that says so', async () => {
    expect(await problemsOf(join(folder, 'gone.settings.ts'))).toEqual([
      './gone.settings.ts does not exist: check the path of the settings file',
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
