// Text from entries on the page: isolated from the text around it, with invisible characters made visible.

import { html, type TemplateResult } from 'lit-html';

// Controls other than tab and line ends, and what changes the direction of text or is not seen at all.
const HIDDEN = /(?![\t\n\r])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
const ONE_BY_ONE = new RegExp(`(${HIDDEN.source})`, 'u');

/** Text that was sent by someone. */
export function foreign(text: string): TemplateResult {
  const parts = text.split(ONE_BY_ONE);
  return html`<bdi dir="auto">${parts.map((part) => (HIDDEN.test(part) ? marked(part) : part))}</bdi>`;
}

/** Any JSON value: a text as it is, all else as indented JSON. */
export function shownValue(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value, null, 2);
}

/** An instant in the person's own time zone, and in UTC for machines. */
export function instant(at: string): TemplateResult {
  const date = new Date(at);
  const shown = new Intl.DateTimeFormat(undefined, { dateStyle: 'short', timeStyle: 'medium' }).format(date);
  return html`<time datetime=${at} title=${at}>${shown}</time>`;
}

function marked(character: string): TemplateResult {
  const code = `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
  return html`<mark>⟨${code}⟩</mark>`;
}

/** `1 entry`, `2 entries`. */
export function counted(count: number, one: string, more: string): string {
  return `${count} ${count === 1 ? one : more}`;
}
