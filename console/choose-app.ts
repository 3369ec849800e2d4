// The field in which a person chooses an app: a list of all, or a text field with suggestions where they are many.

import { html, type TemplateResult } from 'lit-html';
import { get } from './api.ts';
import type { AppsAnswer, Session } from './wire.ts';

interface Choice {
  readonly session: Session;
  /** The app in view. */
  readonly app: string;
  readonly choose: (app: string) => void;
  /** Renders the page again. */
  readonly render: () => void;
}

/** How long a person must pause before suggestions are looked up, in milliseconds. */
const PAUSE_MS = 250;

let suggested: readonly string[] | undefined;
let timer: ReturnType<typeof setTimeout> | undefined;

/** The field for the person of a session. */
export function chooseApp({ session: { apps, hasMoreApps }, app, choose, render }: Choice): TemplateResult {
  const chosen = (event: Event) => choose((event.target as HTMLInputElement | HTMLSelectElement).value.trim());
  const options = (names: readonly string[]) =>
    names.map((name) => html`<option value=${name} ?selected=${name === app}>${name}</option>`);
  if (!hasMoreApps) return html`<label>App <select @change=${chosen}>${options(apps)}</select></label>`;
  const typed = (event: Event) => suggest((event.target as HTMLInputElement).value.trim(), render);
  return html`<label>App
      <input type="search" list="apps" autocomplete="off" spellcheck="false" .value=${app} @input=${typed} @change=${chosen}>
    </label>
    <datalist id="apps">${options(suggested ?? apps)}</datalist>`;
}

/** Looks up the apps that begin with a text, once the person pauses. */
function suggest(beginning: string, render: () => void): void {
  clearTimeout(timer);
  const mine = setTimeout(() => {
    get<AppsAnswer>('api/apps', { beginning })
      .then(({ apps }) => {
        if (timer !== mine) return;
        suggested = apps;
        render();
      })
      // Without suggestions, the person types the whole name.
      .catch(() => undefined);
  }, PAUSE_MS);
  timer = mine;
}
