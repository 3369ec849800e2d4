// The one place where a revealed value is: it goes away after 30 seconds, and whenever the person looks elsewhere.

/** A revealed value, and until when it may be seen. */
export interface Shown {
  readonly field: number;
  readonly value: unknown;
  /** Milliseconds since 1970. */
  readonly goneAtMs: number;
}

/** How long a value is shown. */
const SHOWN_MS = 30_000;

let shown: Shown | undefined;
/** Counts what takes values away: a value that arrives after it belongs to a view that was left. */
let turn = 0;
let timer: number | undefined;
let onChange: () => void = () => {};

/** The value that is shown now. */
export function shownNow(): Shown | undefined {
  return shown;
}

/** Shows the value of a reveal. */
export type Show = (field: number, value: unknown, expiresAt: string) => void;

/** Begins a reveal. What it gives back shows the value, unless the person has looked elsewhere in the meantime. */
export function beginReveal(): Show {
  hide();
  const begun = turn;
  return (field, value, expiresAt) => {
    const nowMs = Date.now();
    const goneAtMs = Math.min(nowMs + SHOWN_MS, Date.parse(expiresAt));
    const isWatched = document.hasFocus() && document.visibilityState === 'visible';
    if (turn !== begun || !isWatched || goneAtMs <= nowMs) return;
    shown = { field, value, goneAtMs };
    tick();
  };
}

/** Takes the value away, from the page and from memory. */
export function hide(): void {
  turn += 1;
  clearTimeout(timer);
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
