/** The files of the Console's page, built from `console/`. */
export function buildPage(): { html: string; script: string; style: string };
