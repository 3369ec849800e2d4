// Requests and answers of the Console, free of Lambda: what a browser sends, and the headers that protect what it gets.

/** A request below `…/console`. Nothing in it is verified. */
export interface ConsoleCall {
  readonly requestId: string;
  readonly method: string;
  /** What follows `/console`: `/api/log`, or an empty text for the page itself. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** A header by its name in lower case. */
  readonly header: (name: string) => string | undefined;
  /** JSON text of the body. */
  readonly bodyText: () => string;
}

export interface ConsoleAnswer {
  readonly status: number;
  /** A name may appear more than once. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly text: string;
}

/** Holds the state of a sign-in. Lax: the issuer's redirect comes from another site. */
export const LOGIN_COOKIE = '__Host-login';
/** Holds the session. Strict: no other site can make the browser send it. */
export const SESSION_COOKIE = '__Host-session';

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  'trusted-types lit-html',
];

const PROTECTION: ConsoleAnswer['headers'] = [
  ['Cache-Control', 'no-store'],
  ['Content-Security-Policy', POLICY.join('; ')],
  ['Cross-Origin-Opener-Policy', 'same-origin'],
  ['Cross-Origin-Resource-Policy', 'same-origin'],
  ['Permissions-Policy', 'camera=(), clipboard-read=(), display-capture=(), geolocation=(), microphone=()'],
  ['Referrer-Policy', 'no-referrer'],
  ['Strict-Transport-Security', 'max-age=31536000'],
  ['X-Content-Type-Options', 'nosniff'],
  ['X-Frame-Options', 'DENY'],
];

/** An answer that no proxy or browser stores, and no other site can frame or read. */
export function answer(
  status: number,
  type: string,
  text: string,
  headers: ConsoleAnswer['headers'] = [],
): ConsoleAnswer {
  return { status, headers: [['Content-Type', type], ...PROTECTION, ...headers], text };
}

/**
 * The page itself. It may ask this function, fetch from the bucket of blobs, and show what it has decrypted: `blob:` URLs are made
 * by its own script only, and the bucket's origin can neither frame nor run anything in it.
 */
export function pageAnswer(html: string, blobOrigin: string): ConsoleAnswer {
  const { status, headers, text } = answer(200, 'text/html; charset=utf-8', html);
  const policy = [...POLICY, `connect-src 'self' ${blobOrigin}`, 'img-src blob:', 'media-src blob:'].join('; ');
  const isPolicy = (name: string) => name === 'Content-Security-Policy';
  return { status, headers: headers.map(([name, value]) => [name, isPolicy(name) ? policy : value]), text };
}

/** An answer in JSON. */
export function json(status: number, body: unknown, headers: ConsoleAnswer['headers'] = []): ConsoleAnswer {
  return answer(status, 'application/json', JSON.stringify(body), headers);
}

/** Sends the browser elsewhere with a GET. */
export function seeOther(url: string, headers: ConsoleAnswer['headers'] = []): ConsoleAnswer {
  return answer(303, 'text/plain; charset=utf-8', '', [['Location', url], ...headers]);
}

/** The header that sets a cookie for the whole host, and for no other host. */
export function setCookie(
  name: string,
  value: string,
  sameSite: 'Lax' | 'Strict',
  maxAgeSeconds: number,
): readonly [string, string] {
  const attributes = `Path=/; Secure; HttpOnly; SameSite=${sameSite}; Max-Age=${maxAgeSeconds}`;
  return ['Set-Cookie', `${name}=${value}; ${attributes}`];
}

/** The value of a cookie; `undefined` when it is absent or there are two of that name. */
export function cookieIn(call: Pick<ConsoleCall, 'header'>, name: string): string | undefined {
  const pairs = (call.header('cookie') ?? '').split(';').map((pair) => pair.trim());
  const values = pairs.filter((pair) => pair.startsWith(`${name}=`)).map((pair) => pair.slice(name.length + 1));
  return values.length === 1 && values[0] !== '' ? values[0] : undefined;
}
