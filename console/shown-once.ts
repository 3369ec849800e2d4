// The one place where a revealed value is: it goes away after 30 seconds, and whenever the person looks elsewhere.

import type { TemplateResult } from 'lit-html';

/** A revealed value, and until when it may be seen. */
export interface Shown {
  readonly field: number;
  readonly view: () => TemplateResult;
  /** Milliseconds since 1970. */
  readonly goneAtMs: number;
}

/** What shows a value, and what becomes of it when it goes away. */
interface Showable {
  readonly view: () => TemplateResult;
  readonly release?: () => void;
}

/** A reveal that is under way. */
export interface Reveal {
  /** Ends when the person looks elsewhere, or when the value goes away. */
  readonly signal: AbortSignal;
  /** Shows the value, unless the person has looked elsewhere in the meantime. */
  show(field: number, value: Showable, expiresAt: string): void;
}

/** How long a value is shown. */
const SHOWN_MS = 30_000;

let shown: Shown | undefined;
let watching = new AbortController();
let timer: number | undefined;
let onChange: () => void = () => {};

/** The value that is shown now. */
export function shownNow(): Shown | undefined {
  return shown;
}

/** Begins a reveal, in place of any other. */
export function beginReveal(): Reveal {
  hide();
  watching = new AbortController();
  const { signal } = watching;
  return {
    signal,
    show(field, { view, release = () => {} }, expiresAt) {
      const nowMs = Date.now();
      const goneAtMs = Math.min(nowMs + SHOWN_MS, Date.parse(expiresAt));
      const isWatched = document.hasFocus() && document.visibilityState === 'visible';
      if (signal.aborted || !isWatched || goneAtMs <= nowMs) {
        release();
        return;
      }
      signal.addEventListener('abort', release);
      shown = { field, view, goneAtMs };
      tick();
    },
  };
}

/** Takes the value away, from the page and from memory, and gives up a reveal that is under way. */
export function hide(): void {
  clearTimeout(timer);
  // A reason without a stack: that of an error would keep what called this in memory, the value on the page included.
  watching.abort('the person looked elsewhere');
  if (shown === undefined) return;
  shown = undefined;
  onChange();
}

/** Calls `render` at every change, and takes values away on blur, navigation, printing and hiding. */
export function watch(render: () => void): void {
  onChange = render;
  for (const event of ['blur', 'pagehide', 'hashchange', 'beforeprint']) window.addEventListener(event, hide);
  for (const event of ['visibilitychange', 'freeze']) document.addEventListener(event, hide);
}

function tick(): void {
  clearTimeout(timer);
  if (shown === undefined) return;
  const leftMs = shown.goneAtMs - Date.now();
  if (leftMs > 0) {
    onChange();
    timer = window.setTimeout(tick, Math.min(1000, leftMs));
  } else hide();
}
