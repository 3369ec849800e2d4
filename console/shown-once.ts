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
let timer: number | undefined;
let onChange: () => void = () => {};

/** The value that is shown now. */
export function shownNow(): Shown | undefined {
  return shown;
}

/** Shows a value, in place of any other. A window that lost its focus meanwhile shows none. */
export function show(field: number, value: unknown, expiresAt: string): void {
  const nowMs = Date.now();
  const goneAtMs = Math.min(nowMs + SHOWN_MS, Date.parse(expiresAt));
  if (!document.hasFocus() || document.visibilityState !== 'visible' || goneAtMs <= nowMs) {
    hide();
    return;
  }
  shown = { field, value, goneAtMs };
  tick();
}

/** Takes the value away, from the page and from memory. */
export function hide(): void {
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
