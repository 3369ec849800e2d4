// The log of an app: newest first, filtered, and live on its first page.

import { html, nothing, type TemplateResult } from 'lit-html';
import { get, post } from './api.ts';
import { linkTo, type Place } from './place.ts';
import type { Context } from './state.ts';
import { counted, foreign, instant } from './text.ts';
import type { LogPage, Row } from './wire.ts';

const LIVE_MS = 5000;

interface LogState {
  rows: readonly Row[];
  next: string | undefined;
}

/** Loads the first page of a place, and goes on looking while it is live. */
export async function openLog(context: Context, { app, query }: Place): Promise<() => TemplateResult> {
  const state: LogState = { rows: [], next: undefined };
  const { live: _, ...filters } = query;
  const asked = { app, ...filters };
  const load = async (isPoll: boolean) => {
    const page = await get<LogPage>('api/log', asked, isPoll);
    state.rows = page.rows;
    state.next = page.next;
  };
  const older = async () => {
    const page = await get<LogPage>('api/log', { ...asked, before: state.next ?? '' });
    state.rows = [...state.rows, ...page.rows];
    state.next = page.next;
    stop();
    context.render();
  };
  await load(false);
  let stop = () => {};
  if (query.live !== 'off') {
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') load(true).then(context.render, context.fail);
    }, LIVE_MS);
    stop = () => clearInterval(timer);
    context.onLeave(stop);
  }
  return () => view(context, app, query, state, older);
}

function view(
  context: Context,
  app: string,
  query: Place['query'],
  { rows, next }: LogState,
  older: () => Promise<void>,
): TemplateResult {
  const live = rows.filter(({ expiresAt }) => Date.parse(expiresAt) > Date.now());
  return html`
    <h1>Log of ${app}</h1>
    ${filterForm(context, app, query)}
    <div class="wide" tabindex="0" role="region" aria-label="Entries, newest first">
      <table>
        <thead>
          <tr>
            <th scope="col">Time</th><th scope="col">Direction</th><th scope="col">Type</th><th scope="col">Integration</th>
            <th scope="col">Mode</th><th scope="col">Values</th><th scope="col">Why</th><th scope="col">Thread</th>
          </tr>
        </thead>
        <tbody>${live.map((row) => line(app, query, row))}</tbody>
      </table>
    </div>
    <p class="quiet" role="status">${counted(live.length, 'entry', 'entries')}</p>
    ${next === undefined ? nothing : html`<button @click=${() => older().catch(context.fail)}>Older entries</button>`}
  `;
}

function line(app: string, query: Place['query'], row: Row): TemplateResult {
  const { position, threadTag, fields, fieldsLeftOut, decision } = row;
  const thread = threadTag === undefined ? undefined : { query: { ...query, thread: threadTag } };
  return html`<tr>
    <td class="fixed"><a href=${linkTo(app, 'entry', { position })}>${instant(row.at)}</a></td>
    <td>${row.direction}</td>
    <td>${row.type === undefined ? '' : foreign(row.type)}</td>
    <td>${row.integration}</td>
    <td>${row.mode === undefined ? '' : foreign(row.mode)}</td>
    <td>${fields.length + fieldsLeftOut || ''}</td>
    <td>${decision === undefined ? '' : decision.why}</td>
    <td class="fixed">
      ${thread === undefined ? nothing : html`<a href=${linkTo(app, 'log', thread)} aria-label="Only this thread, ${threadTag?.slice(0, 6)}">${threadTag?.slice(0, 6)}</a>`}
    </td>
  </tr>`;
}

function filterForm(context: Context, app: string, query: Place['query']): TemplateResult {
  const apply = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.target as HTMLFormElement);
    const text = (name: string) => String(form.get(name) ?? '').trim();
    const instantMs = (name: string) => (text(name) === '' ? '' : String(Date.parse(text(name))));
    const threadId = text('threadId');
    const tags =
      threadId === ''
        ? (query.thread ?? '')
        : (await post<{ tags: string[] }>(context.session, 'api/thread', { app, thread: threadId })).tags.join(',');
    location.hash = linkTo(app, 'log', {
      query: {
        direction: text('direction'),
        type: text('type'),
        integration: text('integration'),
        from: instantMs('from'),
        until: instantMs('until'),
        live: form.has('live') ? '' : 'off',
        thread: tags,
      },
    });
  };
  return html`<form class="filter" aria-label="Filter" @submit=${(event: SubmitEvent) => apply(event).catch(context.fail)}>
    <label>Direction
      <select name="direction">
        ${['', 'incoming', 'outgoing'].map((each) => html`<option value=${each} ?selected=${query.direction === each}>${each === '' ? 'both' : each}</option>`)}
      </select>
    </label>
    <label>Type <input name="type" .value=${query.type ?? ''} autocomplete="off" /></label>
    <label>Integration <input name="integration" .value=${query.integration ?? ''} autocomplete="off" /></label>
    <label>Thread ID <input name="threadId" autocomplete="off" /></label>
    <label>From <input name="from" type="datetime-local" .value=${localTime(query.from)} /></label>
    <label>Until <input name="until" type="datetime-local" .value=${localTime(query.until)} /></label>
    <label class="tick"><input name="live" type="checkbox" ?checked=${query.live !== 'off'} /> live</label>
    <button type="submit">Filter</button>
    <a href=${linkTo(app, 'log')}>All entries</a>
  </form>`;
}

/** What a field of the type `datetime-local` shows for milliseconds since 1970. */
function localTime(ms: string | undefined): string {
  const date = new Date(Number(ms ?? Number.NaN));
  if (Number.isNaN(date.getTime())) return '';
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
