// The Console in the browser: sign-in, navigation, and the view that the address names.

import { html, nothing, render, type TemplateResult } from 'lit-html';
import { address, get, post, Refused } from './api.ts';
import { chooseApp } from './choose-app.ts';
import { openEntry } from './entry-view.ts';
import { openKeys } from './keys-view.ts';
import { openLog } from './log-view.ts';
import { linkTo, type Place, parsePlace } from './place.ts';
import { openReveals } from './reveals-view.ts';
import { hide, watch } from './shown-once.ts';
import type { Context } from './state.ts';
import type { Session } from './wire.ts';

const SIGN_IN_FAILED = '#sign-in-failed';

let session: Session | undefined;
let place: Place | undefined;
let view: (() => TemplateResult) | undefined;
let problem = '';
let isLoading = true;
let visits = 0;
const leaving: (() => void)[] = [];

/** Loads what the address names. An answer that comes after the person went on is dropped. */
async function visit(): Promise<void> {
  visits += 1;
  const number = visits;
  leave();
  if (session === undefined) return draw();
  place = parsePlace(location.hash, session);
  view = undefined;
  problem = '';
  isLoading = true;
  draw();
  try {
    const opened = place.app === '' ? undefined : await opening(session, place, number);
    if (number === visits) view = opened;
  } catch (error) {
    if (number === visits) fail(error);
  }
  if (number !== visits) return;
  isLoading = false;
  draw();
}

function opening(of: Session, to: Place, number: number): Promise<() => TemplateResult> {
  const context: Context = {
    session: of,
    render: draw,
    fail,
    onLeave: (end) => void (number === visits ? leaving.push(end) : end()),
  };
  switch (to.view) {
    case 'log':
      return openLog(context, to);
    case 'entry':
      return openEntry(context, to);
    case 'reveals':
      return openReveals(context, to);
    case 'keys':
      return openKeys(to);
  }
}

function leave(): void {
  hide();
  for (const end of leaving.splice(0)) end();
}

function fail(error: unknown): void {
  hide();
  if (error instanceof Refused && error.status === 401) {
    leave();
    session = undefined;
    view = undefined;
  }
  problem = error instanceof Error ? error.message : 'Something failed.';
  draw();
}

async function signOut(of: Session): Promise<void> {
  await post(of, 'sign-out', {});
  leave();
  session = undefined;
  view = undefined;
  problem = '';
  history.replaceState(null, '', location.pathname);
  draw();
}

function draw(): void {
  render(session === undefined ? signInView() : signedInView(session), document.body);
}

function signInView(): TemplateResult {
  const failed = location.hash === SIGN_IN_FAILED;
  return html`<header><b>Daykey Console</b></header>
    <main>
      <h1>Sign in</h1>
      ${isLoading ? html`<p role="status">One moment …</p>` : html`<p><a href=${address('sign-in')}>Sign in with your organization</a></p>`}
      <p class="problem" role="alert">${failed ? 'The sign-in failed. Try again.' : problem}</p>
    </main>`;
}

function signedInView(of: Session): TemplateResult {
  return html`<header>
      <b>Daykey Console</b>
      ${place === undefined || place.app === '' ? nothing : navigation(of, place)}
      <span class="who">${of.name}</span>
      <button @click=${() => signOut(of).catch(fail)}>Sign out</button>
    </header>
    <main aria-busy=${isLoading ? 'true' : 'false'}>
      ${of.apps.length === 0 ? html`<h1>No apps</h1><p>Your account shows no apps. Ask who runs this vault to add you to a group of viewers.</p>` : nothing}
      ${isLoading ? html`<h1>Loading</h1>` : view === undefined ? nothing : view()}
      <p class="problem" role="alert">${problem}</p>
    </main>`;
}

function navigation(of: Session, at: Place): TemplateResult {
  const views = { log: 'Log', reveals: 'Reveals', keys: 'Keys' } as const;
  const current = (isHere: boolean) => (isHere ? 'page' : nothing);
  const choose = (app: string) => {
    location.hash = linkTo(app, at.view === 'entry' ? 'log' : at.view);
  };
  return html`<nav aria-label="Views"><ul>
      ${(['log', 'reveals', 'keys'] as const).map((each) => html`<li><a href=${linkTo(at.app, each)} aria-current=${current(at.view === each)}>${views[each]}</a></li>`)}
    </ul></nav>
    ${chooseApp({ session: of, app: at.app, choose, render: draw })}`;
}

async function start(): Promise<void> {
  document.body.replaceChildren();
  watch(draw);
  draw();
  window.addEventListener('hashchange', () => void visit());
  // From the cache of pages that were left: the session may have ended meanwhile.
  window.addEventListener('pageshow', (event) => {
    if (event.persisted) location.reload();
  });
  try {
    session = await get<Session>('api/session');
  } catch (error) {
    if (!(error instanceof Refused && error.status === 401)) problem = String(error);
  }
  isLoading = false;
  await visit();
}

await start();
