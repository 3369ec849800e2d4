// Pictures, sounds and videos on the page: recognized by their first bytes, and shown from a `blob:` URL that ends with the reveal.

import { html, type TemplateResult } from 'lit-html';

type Kind = 'image' | 'audio' | 'video';

/** What a file begins with. `?` stands for any byte. Nothing that can hold a script is among them. */
const BEGINNINGS: readonly (readonly [beginning: string, type: `${Kind}/${string}`])[] = [
  ['\x89PNG\r\n\x1a\n', 'image/png'],
  ['\xff\xd8\xff', 'image/jpeg'],
  ['GIF8', 'image/gif'],
  ['RIFF????WEBP', 'image/webp'],
  ['????ftypavif', 'image/avif'],
  ['RIFF????WAVE', 'audio/wav'],
  ['OggS', 'audio/ogg'],
  ['fLaC', 'audio/flac'],
  ['ID3', 'audio/mpeg'],
  ['\xff\xfb', 'audio/mpeg'],
  ['\xff\xf3', 'audio/mpeg'],
  ['\xff\xf2', 'audio/mpeg'],
  ['????ftypM4A', 'audio/mp4'],
  ['????ftyp', 'video/mp4'],
  ['\x1a\x45\xdf\xa3', 'video/webm'],
];

/** A file that the page shows. */
export interface Media {
  readonly view: () => TemplateResult;
  /** Ends its URL. */
  readonly release: () => void;
}

/** What shows a file; `undefined` for one that the page cannot show. */
export function mediaFrom(bytes: Uint8Array<ArrayBuffer>): Media | undefined {
  const type = BEGINNINGS.find(([beginning]) => begins(bytes, beginning))?.[1];
  if (type === undefined) return undefined;
  const url = URL.createObjectURL(new Blob([bytes], { type }));
  return { view: () => element(type.split('/', 1)[0], url), release: () => URL.revokeObjectURL(url) };
}

function element(kind: string | undefined, url: string): TemplateResult {
  if (kind === 'image') return html`<img id="value" tabindex="0" src=${url} alt="Revealed picture" />`;
  if (kind === 'audio')
    return html`<audio id="value" controls controlslist="nodownload" src=${url} aria-label="Revealed sound"></audio>`;
  return html`<video id="value" controls controlslist="nodownload" disablepictureinpicture src=${url} aria-label="Revealed video"></video>`;
}

function begins(bytes: Uint8Array, beginning: string): boolean {
  return [...beginning].every((character, at) => character === '?' || bytes[at] === character.charCodeAt(0));
}
