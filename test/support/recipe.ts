// The code of a recipe, as the files that a reader would make of its blocks.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { blocksOf, fileNameOf, ROOT } from './documents.ts';

/** The files of one recipe. */
export interface Recipe {
  /** A file as a module. */
  load<Module>(file: string): Promise<Module>;
  remove(): void;
}

/** Writes the blocks of a document beside the packages that they import. */
export function writeRecipe(document: string): Recipe {
  mkdirSync(join(ROOT, '.local'), { recursive: true });
  const folder = mkdtempSync(join(ROOT, '.local/recipe-'));
  for (const block of blocksOf(document)) {
    const name = fileNameOf(block);
    if (name === undefined) throw new Error(`${document}:${block.line} does not begin with the name of its file`);
    writeFileSync(join(folder, name), block.text.replaceAll("from 'daykey'", `from '${ROOT}/client/sdk/index.ts'`));
  }
  return {
    load: async <Module>(file: string) => (await import(join(folder, file))) as Module,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
