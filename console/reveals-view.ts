// Who revealed what on a day and what reviewers think of it, and the reveals that wait for a second person.

import { html, nothing, type TemplateResult } from 'lit-html';
import { get, post } from './api.ts';
import { linkTo, type Place } from './place.ts';
import type { Context } from './state.ts';
import { counted, foreign, instant } from './text.ts';
import type { Asked, Mark, PastReveal, RevealsPage } from './wire.ts';

interface RevealsState {
  reveals: readonly PastReveal[];
  next: string | undefined;
  asked: readonly Asked[];
  message: string;
}

/** The reveals of a day, newest first. */
export async function openReveals(context: Context, { app, query }: Place): Promise<() => TemplateResult> {
  const day = query.day ?? new Date().toISOString().slice(0, 'YYYY-MM-DD'.length);
  const state: RevealsState = { reveals: [], next: undefined, asked: [], message: '' };
  const past = (before?: string) =>
    get<RevealsPage>('api/reveals', before === undefined ? { app, day } : { app, day, before });
  /** Loads what waits, and at least as many reveals as are in view. */
  const load = async () => {
    const [newest, waiting] = await Promise.all([past(), get<{ asked: readonly Asked[] }>('api/asked', { app })]);
    let { reveals, next } = newest;
    while (next !== undefined && reveals.length < state.reveals.length) {
      const page: RevealsPage = await past(next);
      reveals = [...reveals, ...page.reveals];
      next = page.next;
    }
    state.reveals = reveals;
    state.next = next;
    state.asked = waiting.asked;
  };
  const older = async () => {
    const page = await past(state.next);
    state.reveals = [...state.reveals, ...page.reveals];
    state.next = page.next;
    context.render();
  };
  /** Sends a decision, and shows what holds now. */
  const decide = async (path: string, body: object) => {
    const { approved } = await post<{ approved?: boolean }>(context.session, path, { app, ...body });
    state.message = approved === false ? 'This request has ended, or was approved already.' : '';
    await load();
    context.render();
  };
  await load();
  const choose = (event: Event) => {
    const { value } = event.target as HTMLInputElement;
    if (value !== '') location.hash = linkTo(app, 'reveals', { query: { day: value } });
  };
  const send = (path: string, body: object) => void decide(path, body).catch(context.fail);
  return () => html`
    <h1>Reveals of ${app}</h1>
    ${state.asked.length === 0 ? nothing : askedTable(app, state.asked, send)}
    <p class="problem" role="alert">${state.message}</p>
    <form class="filter"><label>Day (UTC) <input type="date" .value=${day} @change=${choose} /></label></form>
    <div class="wide"><table>
      <thead><tr>
        <th scope="col">Time</th><th scope="col">Person</th><th scope="col">Reason</th><th scope="col">Ticket</th>
        <th scope="col">Approved by</th><th scope="col">Value, as the audit log names it</th><th scope="col">Review</th>
      </tr></thead>
      <tbody>${state.reveals.map((each) => revealLine(each, send))}</tbody>
    </table></div>
    <p class="quiet" role="status">${counted(state.reveals.length, 'reveal', 'reveals')}${state.next === undefined ? '' : ', and there are older ones'}</p>
    ${state.next === undefined ? nothing : html`<button @click=${() => older().catch(context.fail)}>Older reveals</button>`}
  `;
}

type Send = (path: string, body: object) => void;

function askedTable(app: string, asked: readonly Asked[], send: Send): TemplateResult {
  return html`<h2>Waiting for a second person</h2>
    <div class="wide"><table>
      <thead><tr>
        <th scope="col">Asked</th><th scope="col">Ends</th><th scope="col">Person</th><th scope="col">Reason</th>
        <th scope="col">Ticket</th><th scope="col">Value</th><th scope="col">Approval</th>
      </tr></thead>
      <tbody>${asked.map(
        ({ id, at, endsAt, person, reason, ticket, position, pointer, approver, isOwn }) => html`<tr>
          <td class="fixed">${instant(at)}</td><td class="fixed">${instant(endsAt)}</td>
          <td>${foreign(person)}</td><td>${foreign(reason)}</td><td>${ticket === undefined ? '' : foreign(ticket)}</td>
          <td><a href=${linkTo(app, 'entry', { position })}><code>${foreign(pointer)}</code></a></td>
          <td>${
            approver !== undefined
              ? html`by ${foreign(approver)}`
              : isOwn
                ? 'your own: another viewer approves it'
                : html`<button @click=${() => send('api/approve', { id, at })} aria-label="Approve the reveal of ${pointer} by ${person}">Approve</button>`
          }</td>
        </tr>`,
      )}</tbody>
    </table></div>`;
}

function revealLine(reveal: PastReveal, send: Send): TemplateResult {
  const { at, person, reason, ticket, approver, field, mark, flag, isOwn } = reveal;
  return html`<tr>
    <td class="fixed">${instant(at)}</td><td>${foreign(person)}</td><td>${foreign(reason)}</td>
    <td>${ticket === undefined ? '' : foreign(ticket)}</td>
    <td>${approver === undefined ? '' : foreign(approver)}</td>
    <td><code>${field}</code></td>
    <td>
      ${mark === undefined ? 'not reviewed' : markText(mark)}
      ${flag === undefined || mark?.verdict === 'flagged' ? nothing : html`<br />Earlier: ${markText(flag)}`}
      ${isOwn ? nothing : reviewForm(reveal, send)}
    </td>
  </tr>`;
}

function markText({ verdict, reviewer, note }: Mark): TemplateResult {
  return html`<span class=${verdict === 'flagged' ? 'problem' : ''}>${verdict}</span> by ${foreign(reviewer)}${note === undefined ? '' : html`: ${foreign(note)}`}`;
}

function reviewForm({ at, requestId, person }: PastReveal, send: Send): TemplateResult {
  const mark = (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    const verdict = (event.submitter as HTMLButtonElement).value;
    const note = String(new FormData(form).get('note')).trim();
    form.reset();
    send('api/review', note === '' ? { at, requestId, verdict } : { at, requestId, verdict, note });
  };
  return html`<form class="review" aria-label="Review the reveal by ${person}" @submit=${mark}>
    <input name="note" aria-label="Note (optional)" placeholder="Note (optional)" minlength="8" maxlength="500" autocomplete="off" />
    <button value="fine">Fine</button><button value="flagged">Flag</button>
  </form>`;
}
