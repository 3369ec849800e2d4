// The API reference of the package: every export is documented, and every link leads somewhere.

import { join } from 'node:path';
import { Application, Logger, LogLevel } from 'typedoc';
import { expect, test } from 'vitest';
import { ENTRIES } from '../../scripts/package/manifest.ts';

const ROOT = join(import.meta.dirname, '../..');

class RecordingLogger extends Logger {
  readonly lines: string[] = [];
  override log(message: string, level: LogLevel): void {
    if (level >= LogLevel.Warn) this.lines.push(message);
  }
}

test('TypeDoc finds no fault with the exports of the package', async () => {
  const typedoc = await Application.bootstrap({ options: join(ROOT, 'typedoc.json') });
  expect(typedoc.options.getValue('entryPoints').map((path) => path.slice(ROOT.length + 1))).toEqual(
    // The constructs are in docs/cdk.md: reading the types of the CDK takes longer than everything else.
    Object.values(ENTRIES).filter((path) => path.startsWith('client/')),
  );
  const logger = new RecordingLogger();
  typedoc.logger = logger;
  const project = await typedoc.convert();
  if (!project) throw new Error(logger.lines.join('\n'));
  typedoc.validate(project);
  expect(logger.lines).toEqual([]);
  // It has seen the exports.
  const names = project.children?.flatMap((entry) => entry.children ?? []).map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(['Daykey', 'Scope', 'registerFilters', 'testingVault']));
}, 120_000);
