// Builds the Console's page from `console/`.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';

const SOURCE = join(import.meta.dirname, '..', 'console');

/** The files of the page. */
export function buildPage() {
  const built = (entry) =>
    buildSync({
      entryPoints: [join(SOURCE, entry)],
      bundle: true,
      minify: true,
      format: 'esm',
      target: ['es2024', 'chrome123', 'firefox120', 'safari17.5'],
      charset: 'utf8',
      legalComments: 'none',
      write: false,
    }).outputFiles[0].text;
  return {
    html: readFileSync(join(SOURCE, 'page.html'), 'utf8').replace(/>\s+</g, '><'),
    script: minifiedTemplates(built('page.ts')),
    style: built('page.css'),
  };
}

/** Without the line breaks and indents between the tags of templates: the page has no text that needs them. */
function minifiedTemplates(script) {
  return script.replace(/>\s*\n\s+</g, '><').replace(/\n\s+/g, '\n');
}
