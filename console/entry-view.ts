// One entry: what the log shows of it, its values as stars, and a reveal of one at a time.

import { html, nothing, type TemplateResult } from 'lit-html';
import { get, post } from './api.ts';
import { mediaFrom } from './media.ts';
import { openBlob } from './open-blob.ts';
import type { Place } from './place.ts';
import { beginReveal, hide, type Reveal, type Shown, shownNow } from './shown-once.ts';
import type { Context } from './state.ts';
import { foreign, instant, shownValue } from './text.ts';
import type { Asked, Field, RevealAnswer, RevealedBlob, Row } from './wire.ts';

const STARS = '★★★★★';
const OUTCOMES: Readonly<Record<Field['outcome'], string>> = {
  sealed: 'sealed',
  ref: 'was sealed before',
  opened: 'the integration got the value',
  redacted: 'the integration got stars',
};

interface EntryState {
  row: Row | undefined;
  /** Reveals of this entry that the person has asked a second one for. */
  asked: readonly Asked[];
  /** What the last reveal said, without the value. */
  message: string;
  ids: Pick<RevealAnswer, 'entryId' | 'threadId'>;
  /** The field that the dialog is about. */
  opened: number;
}

interface EntryAnswer {
  readonly row?: Row;
  readonly asked?: readonly Asked[];
}

/** Loads an entry. Without a key: its values are stars. */
export async function openEntry(context: Context, { app, position }: Place): Promise<() => TemplateResult> {
  const { row, asked = [] } = await get<EntryAnswer>('api/entry', { app, position });
  const state: EntryState = { row, asked, message: '', ids: {}, opened: 0 };
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
  return html`<div class="wide"><table>
    <thead><tr><th scope="col">Where</th><th scope="col">What became of it</th><th scope="col">Value</th></tr></thead>
    <tbody>${row.fields.map(
      ({ pointer, outcome }, field) => html`<tr>
        <td><code>${foreign(pointer)}</code></td>
        <td>${OUTCOMES[outcome]}</td>
        <td>${valueCell(context, row, state, field)}</td>
      </tr>`,
    )}</tbody>
  </table></div>
  ${dialog(context, row, state)}`;
}

function valueCell(context: Context, row: Row, state: EntryState, field: number): TemplateResult {
  const value = shownNow();
  if (value?.field === field) return shownField(value);
  const stars = html`<span aria-label="hidden">${STARS}</span>`;
  const asked = state.asked.find((each) => each.field === field && Date.parse(each.endsAt) > Date.now());
  const pointer = row.fields[field]?.pointer;
  if (asked === undefined) {
    return html`${stars} <button @click=${() => openDialog(context, state, field)} aria-label="Reveal ${pointer}">Reveal…</button>`;
  }
  const { approver, reason, ticket } = asked;
  if (approver === undefined)
    return html`${stars} <span class="quiet">waits for another viewer, until ${instant(asked.endsAt)}</span>`;
  const reveal = () => revealField(context, row, state, field, { reason, ticket }).catch(context.fail);
  return html`${stars} approved by ${foreign(approver)} <button @click=${reveal} aria-label="Reveal ${pointer}">Reveal</button>`;
}

/** Shows a file. Returns what to say when it cannot be shown. */
async function showBlob(revealing: Reveal, field: number, blob: RevealedBlob, expiresAt: string): Promise<string> {
  try {
    const media = mediaFrom(await openBlob(blob, revealing.signal));
    if (media === undefined) return 'This file is no picture, sound or video that this page shows.';
    revealing.show(field, media, expiresAt);
    return '';
  } catch (error) {
    if (revealing.signal.aborted) return '';
    return error instanceof Error ? error.message : 'The file cannot be opened.';
  }
}

/** Why a person wants to see a value. */
interface Why {
  readonly reason: string;
  readonly ticket?: string | undefined;
}

async function revealField(context: Context, row: Row, state: EntryState, field: number, why: Why): Promise<void> {
  state.message = '';
  const place = { app: row.app, position: row.position };
  const { reason, ticket } = why;
  const body = { ...place, field, reason, ...(ticket === undefined ? {} : { ticket }) };
  const revealing = beginReveal();
  const answer = await post<RevealAnswer>(context.session, 'api/reveal', body);
  const { revealed, entryId, threadId } = answer;
  state.ids = { ...(entryId && { entryId }), ...(threadId && { threadId }) };
  state.asked = state.asked.filter((each) => each.field !== field);
  switch (revealed.status) {
    case 'ok':
      revealing.show(field, { view: () => valueView(revealed.value) }, revealed.expiresAt);
      break;
    case 'blob':
      state.message = 'Fetching the file …';
      context.render();
      state.message = await showBlob(revealing, field, revealed.blob, revealed.expiresAt);
      break;
    case 'too-large':
      state.message = `The file has ${megabytes(revealed.bytes)} MB, which is more than this page shows.`;
      break;
    case 'redacted':
      state.message = `${revealed.value} The value has ended, or was erased.`;
      break;
    case 'unapproved':
      state.message = 'Another viewer of this app has to approve it, on the page Reveals. Then reveal it here.';
      state.asked = (await get<EntryAnswer>('api/entry', place)).asked ?? [];
      break;
  }
  context.render();
  document.getElementById('value')?.focus();
}

function shownField({ view: shown, goneAtMs }: Shown): TemplateResult {
  const seconds = Math.max(0, Math.ceil((goneAtMs - Date.now()) / 1000));
  return html`<div class="value">
    ${shown()}
    <p><span class="warn">Goes away in ${seconds} s.</span> <button @click=${hide}>Hide now</button></p>
  </div>`;
}

function valueView(value: unknown): TemplateResult {
  return html`<pre id="value" tabindex="0" aria-label="Revealed value">${foreign(shownValue(value))}</pre>`;
}

function dialog(context: Context, row: Row, state: EntryState): TemplateResult {
  const pointer = row.fields[state.opened]?.pointer ?? '';
  const { requireTicket } = context.session;
  const ask = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    const given = new FormData(form);
    const ticket = String(given.get('ticket') ?? '').trim();
    closeDialog();
    form.reset();
    const why = { reason: String(given.get('reason')), ticket: ticket === '' ? undefined : ticket };
    await revealField(context, row, state, state.opened, why);
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

function megabytes(bytes: number): string {
  return (bytes / 1024 ** 2).toFixed(1);
}

function openDialog(context: Context, state: EntryState, field: number): void {
  hide();
  state.opened = field;
  context.render();
  revealDialog()?.showModal();
}

function closeDialog(): void {
  revealDialog()?.close();
}

function revealDialog(): HTMLDialogElement | null {
  return document.getElementById('reveal') as HTMLDialogElement | null;
}
