// Who revealed what on a day, and the app's keys at a glance.

import { html, type TemplateResult } from 'lit-html';
import { get } from './api.ts';
import { linkTo, type Place } from './place.ts';
import { counted, foreign, instant } from './text.ts';
import type { Key, PastReveal } from './wire.ts';

/** The reveals of a day, newest first. */
export async function openReveals({ app, query }: Place): Promise<() => TemplateResult> {
  const day = query.day ?? new Date().toISOString().slice(0, 'YYYY-MM-DD'.length);
  const { reveals } = await get<{ reveals: readonly PastReveal[] }>('api/reveals', { app, day });
  const choose = (event: Event) => {
    const { value } = event.target as HTMLInputElement;
    if (value !== '') location.hash = linkTo(app, 'reveals', { query: { day: value } });
  };
  return () => html`
    <h1>Reveals of ${app}</h1>
    <form class="filter"><label>Day (UTC) <input type="date" .value=${day} @change=${choose} /></label></form>
    <div class="wide"><table>
      <thead><tr><th scope="col">Time</th><th scope="col">Person</th><th scope="col">Reason</th><th scope="col">Ticket</th><th scope="col">Value, as the audit log names it</th></tr></thead>
      <tbody>${reveals.map(
        ({ at, person, reason, ticket, field }) => html`<tr>
          <td class="fixed">${instant(at)}</td><td>${foreign(person)}</td><td>${foreign(reason)}</td>
          <td>${ticket === undefined ? '' : foreign(ticket)}</td><td><code>${field}</code></td>
        </tr>`,
      )}</tbody>
    </table></div>
    <p class="quiet" role="status">${counted(reveals.length, 'reveal', 'reveals')}</p>
  `;
}

/** The keys of an app. */
export async function openKeys({ app }: Place): Promise<() => TemplateResult> {
  const { keys } = await get<{ keys: readonly Key[] }>('api/keys', { app });
  return () => html`
    <h1>Keys of ${app}</h1>
    <div class="wide"><table>
      <thead><tr><th scope="col">Encrypts from</th><th scope="col">until</th><th scope="col">KMS refuses it from</th><th scope="col">State</th></tr></thead>
      <tbody>${keys.map(
        (key) => html`<tr>
          <td>${instant(key.from)}</td><td>${instant(key.until)}</td><td>${instant(key.endsAt)}</td><td>${key.state}</td>
        </tr>`,
      )}</tbody>
    </table></div>
  `;
}
