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

/** What the package exports to a recipe, and where it is in the repository. */
const ENTRIES = { daykey: 'client/sdk/index.ts', 'daykey/cdk': 'lib/index.ts' };

/** Writes the blocks of a document that are TypeScript beside the packages that they import. */
export function writeRecipe(document: string): Recipe {
  mkdirSync(join(ROOT, '.local'), { recursive: true });
  const folder = mkdtempSync(join(ROOT, '.local/recipe-'));
  for (const block of blocksOf(document).filter(({ language }) => language === 'ts')) {
    const name = fileNameOf(block);
    if (name === undefined) throw new Error(`${document}:${block.line} does not begin with the name of its file`);
    let { text } = block;
    for (const [entry, path] of Object.entries(ENTRIES))
      text = text.replaceAll(`from '${entry}'`, `from '${ROOT}/${path}'`);
    writeFileSync(join(folder, name), text);
  }
  return {
    load: async <Module>(file: string) => (await import(join(folder, file))) as Module,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
