// One entry: what the log shows of it, its values as stars, and a reveal of one at a time.

import { html, nothing, type TemplateResult } from 'lit-html';
import { get, post } from './api.ts';
import type { Place } from './place.ts';
import { hide, show, shownNow } from './shown-once.ts';
import type { Context } from './state.ts';
import { foreign, instant, shownValue } from './text.ts';
import type { Field, RevealAnswer, Row } from './wire.ts';

const STARS = '★★★★★';
const OUTCOMES: Readonly<Record<Field['outcome'], string>> = {
  sealed: 'sealed',
  ref: 'was sealed before',
  opened: 'the integration got the value',
  redacted: 'the integration got stars',
};

interface EntryState {
  row: Row | undefined;
  /** What the last reveal said, without the value. */
  message: string;
  ids: Pick<RevealAnswer, 'entryId' | 'threadId'>;
  /** The field that the open dialog asks for. */
  asked: number;
}

/** Loads an entry. Without a key: its values are stars. */
export async function openEntry(context: Context, { app, position }: Place): Promise<() => TemplateResult> {
  const { row } = await get<{ row?: Row }>('api/entry', { app, position });
  const state: EntryState = { row, message: '', ids: {}, asked: 0 };
  if (row !== undefined) {
    const timer = setTimeout(() => {
      state.row = undefined;
      hide();
      context.render();
    }, Date.parse(row.expiresAt) - Date.now());
    context.onLeave(() => clearTimeout(timer));
  }
  return () => (state.row === undefined ? ended() : view(context, state.row, state));
}

function ended(): TemplateResult {
  return html`<h1>Entry</h1><p>${STARS}</p><p>This entry is not in the log. It has ended, or never was.</p>`;
}

function view(context: Context, row: Row, state: EntryState): TemplateResult {
  const { decision, fields, data } = row;
  return html`
    <h1>Entry of ${row.app}</h1>
    <dl>
      <dt>Time</dt><dd>${instant(row.at)}</dd>
      <dt>Ends</dt><dd>${instant(row.expiresAt)}</dd>
      <dt>Direction</dt><dd>${row.direction}, ${row.integration}</dd>
      <dt>Type</dt><dd>${row.type === undefined ? 'none' : foreign(row.type)}</dd>
      ${row.userType === undefined ? nothing : html`<dt>User</dt><dd>${foreign(row.userType)}</dd>`}
      ${row.mode === undefined ? nothing : html`<dt>Thread mode</dt><dd>${foreign(row.mode)}</dd>`}
      ${decision === undefined ? nothing : html`<dt>Sensitive</dt><dd>${decision.sensitive ? 'yes' : 'no'}, by the rule ${decision.rule}: ${decision.why}.</dd>`}
      <dt>Request</dt><dd><code>${row.requestId}</code></dd>
      ${state.ids.entryId === undefined ? nothing : html`<dt>Entry ID</dt><dd>${foreign(state.ids.entryId)}</dd>`}
      ${state.ids.threadId === undefined ? nothing : html`<dt>Thread ID</dt><dd>${foreign(state.ids.threadId)}</dd>`}
    </dl>
    <h2>Data</h2>
    ${
      data === undefined
        ? html`<p class="quiet">The log keeps nothing of the data.</p>`
        : html`<pre tabindex="0" aria-label="Data with stars">${foreign(shownValue(data))}</pre>`
    }
    <h2>Values</h2>
    ${fields.length === 0 ? html`<p class="quiet">No values were sealed.</p>` : fieldTable(context, row, state)}
    ${row.fieldsLeftOut === 0 ? nothing : html`<p class="quiet">${row.fieldsLeftOut} more values are not in the log.</p>`}
    <p class="problem" role="alert">${state.message}</p>
  `;
}

function fieldTable(context: Context, row: Row, state: EntryState): TemplateResult {
  const value = shownNow();
  return html`<div class="wide"><table>
    <thead><tr><th scope="col">Where</th><th scope="col">What became of it</th><th scope="col">Value</th></tr></thead>
    <tbody>${row.fields.map(
      ({ pointer, outcome }, field) => html`<tr>
        <td><code>${foreign(pointer)}</code></td>
        <td>${OUTCOMES[outcome]}</td>
        <td>${
          value?.field === field
            ? shownField(value.value, value.goneAtMs)
            : html`<span aria-label="hidden">${STARS}</span>
                <button @click=${() => openDialog(context, state, field)} aria-label="Reveal ${pointer}">Reveal…</button>`
        }</td>
      </tr>`,
    )}</tbody>
  </table></div>
  ${dialog(context, row, state)}`;
}

function shownField(value: unknown, goneAtMs: number): TemplateResult {
  const seconds = Math.max(0, Math.ceil((goneAtMs - Date.now()) / 1000));
  return html`<div class="value">
    <pre id="value" tabindex="0" aria-label="Revealed value">${foreign(shownValue(value))}</pre>
    <p><span class="warn">Goes away in ${seconds} s.</span> <button @click=${hide}>Hide now</button></p>
  </div>`;
}

function dialog(context: Context, row: Row, state: EntryState): TemplateResult {
  const pointer = row.fields[state.asked]?.pointer ?? '';
  const { requireTicket } = context.session;
  const ask = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    const given = new FormData(form);
    const ticket = String(given.get('ticket') ?? '').trim();
    const field = state.asked;
    closeDialog();
    state.message = '';
    const body = { app: row.app, position: row.position, field, reason: String(given.get('reason')) };
    const answer = await post<RevealAnswer>(context.session, 'api/reveal', ticket === '' ? body : { ...body, ticket });
    form.reset();
    const { revealed, entryId, threadId } = answer;
    state.ids = { ...(entryId && { entryId }), ...(threadId && { threadId }) };
    if (revealed.status === 'ok') show(field, revealed.value, revealed.expiresAt);
    else state.message = `${revealed.value} The value has ended, or was erased.`;
    context.render();
    document.getElementById('value')?.focus();
  };
  return html`<dialog id="reveal" aria-labelledby="reveal-title">
    <form @submit=${(event: SubmitEvent) => ask(event).catch(context.fail)}>
      <h2 id="reveal-title">Reveal <code>${foreign(pointer)}</code></h2>
      <p>Your name, the time and the reason go into the audit log first. Write no value into the reason. The value is shown for 30 seconds, and goes away when you leave this page or window.</p>
      <label>Reason <textarea name="reason" rows="3" required minlength="8" maxlength="500"></textarea></label>
      <label>Ticket${requireTicket ? '' : ' (optional)'} <input name="ticket" ?required=${requireTicket} maxlength="64" pattern="[\\w#.\\/\\-]+" autocomplete="off" /></label>
      <div class="buttons">
        <button class="main" type="submit">Reveal</button>
        <button type="button" @click=${closeDialog}>Cancel</button>
      </div>
    </form>
  </dialog>`;
}

function openDialog(context: Context, state: EntryState, field: number): void {
  hide();
  state.asked = field;
  context.render();
  revealDialog()?.showModal();
}

function closeDialog(): void {
  revealDialog()?.close();
}

function revealDialog(): HTMLDialogElement | null {
  return document.getElementById('reveal') as HTMLDialogElement | null;
}
