// The reference of the package: every export says what it is for, and no link leads nowhere.

import { join } from 'node:path';
import { Application, Logger, LogLevel } from 'typedoc';
import { expect, test } from 'vitest';
import { ENTRIES } from '../../scripts/package/build.ts';

const ROOT = join(import.meta.dirname, '../..');

class Heard extends Logger {
  readonly lines: string[] = [];
  override log(message: string, level: LogLevel): void {
    if (level >= LogLevel.Warn) this.lines.push(message);
  }
}

test('TypeDoc has nothing to say against what the entries of the package export', async () => {
  const typedoc = await Application.bootstrap({ options: join(ROOT, 'typedoc.json') });
  expect(typedoc.options.getValue('entryPoints').map((path) => path.slice(ROOT.length + 1))).toEqual(
    Object.values(ENTRIES),
  );
  const heard = new Heard();
  typedoc.logger = heard;
  const project = await typedoc.convert();
  if (!project) throw new Error(heard.lines.join('\n'));
  typedoc.validate(project);
  expect(heard.lines).toEqual([]);
  // Nothing was looked at that has no name.
  const names = project.children?.flatMap((entry) => entry.children ?? []).map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(['Daykey', 'Scope', 'registerFilters', 'testingVault']));
}, 120_000);
