// Over the REST API, with the runtime's own fetch.

import { parsedAnswer, type Transport } from './transport.ts';

/** The way over HTTP. */
export interface HttpTransportOptions {
  /** The stack's output `Url`. Without TLS only on this machine. */
  readonly url: string;
  /** @default the global fetch */
  readonly fetch?: typeof fetch;
  /** Sends plaintext and credentials over `http:` to other machines, as in a network of containers. @default false */
  readonly insecureHttp?: boolean;
}

/** The transport over HTTP. @throws Error for a URL that is none, or that would send plaintext and credentials in clear. */
export function httpTransport(options: HttpTransportOptions): Transport {
  const base = baseOf(options);
  return async ({ app, operation, authorization, body, signal }) => {
    const send = options.fetch ?? fetch;
    const response = await send(`${base}/v1/apps/${encodeURIComponent(app)}/${operation}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: authorization },
      body,
      signal,
      // Wherever a redirect leads, it is not the vault.
      redirect: 'error',
    });
    return {
      status: response.status,
      body: parsedAnswer(await response.text()),
      retryAfterSeconds: secondsIn(response.headers.get('retry-after')),
    };
  };
}

function baseOf({ url, insecureHttp = false }: HttpTransportOptions): string {
  const { protocol, hostname, origin, pathname } = new URL(url);
  const isHere = /^(.+\.)?localhost$|^127(\.\d+){3}$|^\[::1\]$/.test(hostname);
  if (protocol !== 'https:' && !(protocol === 'http:' && (isHere || insecureHttp))) {
    throw new Error(`the vault's url is ${protocol}//…: use https, or name the risk with insecureHttp: true`);
  }
  return origin + pathname.replace(/\/+$/, '');
}

function secondsIn(header: string | null): number | undefined {
  return header !== null && /^\d{1,6}$/.test(header) ? Number(header) : undefined;
}
