// The REST API, with the runtime's own fetch.

import { parsedAnswer, type Transport } from './transport.ts';

/** Where a vault's REST API is. */
export interface HttpTransportOptions {
  /** The stack's output `Url`. It may use `http:` on this machine only. */
  readonly url: string;
  /** How to send a request. @default the global fetch */
  readonly fetch?: typeof fetch;
  /** Sends plaintext and credentials over `http:` to other machines, as in a network of containers. @default false */
  readonly insecureHttp?: boolean;
}

/** The transport over HTTP. @throws Error for a URL that is invalid, has parts that would be dropped, or has no TLS. */
export function httpTransport(options: HttpTransportOptions): Transport {
  const base = baseUrl(options);
  return async ({ app, operation, authorization, body, signal }) => {
    const send = options.fetch ?? fetch;
    const response = await send(`${base}/v1/apps/${encodeURIComponent(app)}/${operation}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: authorization },
      body,
      signal,
      // A vault never redirects, so the target would be something else.
      redirect: 'error',
    });
    return {
      status: response.status,
      body: parsedAnswer(await response.text()),
      // NaN for a date, which counts as nothing said.
      retryAfterSeconds: Number(response.headers.get('retry-after')) || undefined,
    };
  };
}

function baseUrl({ url, insecureHttp = false }: HttpTransportOptions): string {
  const base = new URL(url);
  const { origin, pathname, href } = base;
  if (!isAllowed(base, insecureHttp)) {
    throw new Error('url must use https, or set insecureHttp');
  }
  if (href !== origin + pathname) throw new Error('url may have no user, query or fragment');
  return href.replace(/\/+$/, '');
}

/** Whether plaintext may go to this URL: over TLS, to this machine, or anywhere where `insecureHttp` says so. */
export function isAllowed(url: URL, insecureHttp: boolean): boolean {
  return url.protocol === 'https:' || (url.protocol === 'http:' && (isOnThisMachine(url) || insecureHttp));
}

/** Whether a URL leads to this machine, by its name only. */
function isOnThisMachine({ hostname }: URL): boolean {
  // Only an address ends in a digit (WHATWG URL, host parser).
  return /^(.+\.)?localhost$|^127\.[\d.]+$|^\[::1\]$/.test(hostname);
}
