import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { oidcSignIn } from '../../../../lambda/oidc/sign-in.ts';
import type { PendingLogin } from '../../../../vault/ports/console-sessions.ts';
import type { SignIn } from '../../../../vault/ports/sign-in.ts';
import { CLIENT_ID, type Issuer, startIssuer } from '../../../support/oidc-issuer.ts';

const REDIRECT = 'http://127.0.0.1/vault/console/callback';
const PERSON = { sub: 'person-17', email: 'ada@example.org', groups: ['support'] };

let issuer: Issuer;
let signIn: SignIn;
beforeAll(async () => {
  issuer = await startIssuer(PERSON);
  signIn = oidcSignIn({ issuer: issuer.url, clientId: CLIENT_ID, redirectUri: REDIRECT, allowHttp: true });
});
afterAll(() => issuer.close());
afterEach(() => {
  for (const name of Object.keys(issuer.lies)) delete issuer.lies[name as keyof Issuer['lies']];
});

/** Goes to the issuer and comes back, as a browser does. */
async function visited(): Promise<{ parameters: URLSearchParams; login: PendingLogin }> {
  const { url, login } = await signIn.begin();
  const { headers } = await fetch(url, { redirect: 'manual' });
  return { parameters: new URL(headers.get('location') ?? '').searchParams, login };
}

async function finished(change: (visit: { parameters: URLSearchParams; login: PendingLogin }) => void = () => {}) {
  const visit = await visited();
  change(visit);
  return await signIn.finish(visit.parameters, visit.login);
}

test('a person who comes back from the issuer is signed in with the claims of the ID token', async () => {
  expect(await finished()).toMatchObject(PERSON);
});

test('each sign-in has another state, nonce and code challenge', async () => {
  const [one, other] = await Promise.all([signIn.begin(), signIn.begin()]);
  const of = (url: string) => ['state', 'nonce', 'code_challenge'].map((name) => new URL(url).searchParams.get(name));
  expect(new Set([...of(one.url), ...of(other.url)]).size).toBe(6);
  expect(new URL(one.url).searchParams.get('code_challenge_method')).toBe('S256');
});

test.each([
  ['another issuer', { claims: { iss: 'https://evil.example' } }],
  ['another audience', { claims: { aud: 'another-client' } }],
  ['another nonce', { claims: { nonce: 'replayed' } }],
  ['no nonce', { claims: { nonce: undefined } }],
  ['an expiry that has passed', { claims: { exp: Math.floor(Date.now() / 1000) - 3600 } }],
  ['a key that is not of the issuer', { foreignKey: true }],
  ['no signature (algorithm none)', { unsigned: true }],
  ['no subject', { claims: { sub: undefined } }],
])('an ID token with %s signs no one in', async (_, lies) => {
  Object.assign(issuer.lies, lies);
  expect(await finished()).toBeUndefined();
});

test('a code that is sent again signs no one in', async () => {
  const { parameters, login } = await visited();
  expect(await signIn.finish(parameters, login)).toBeDefined();
  expect(await signIn.finish(parameters, login)).toBeUndefined();
});

test('the state of another sign-in is refused before the issuer is asked', async () => {
  const asked = issuer.tokenRequests;
  expect(await finished(({ parameters }) => parameters.set('state', 'another'))).toBeUndefined();
  expect(await finished(({ parameters }) => parameters.append('state', 'two of them'))).toBeUndefined();
  expect(issuer.tokenRequests).toBe(asked);
});

test("a code that was stolen from another browser's sign-in opens nothing", async () => {
  const victim = await visited();
  const attacker = await visited();
  victim.parameters.set('state', attacker.login.state);
  // PKCE: the issuer compares the verifier of the sign-in that the code belongs to.
  expect(await signIn.finish(victim.parameters, attacker.login)).toBeUndefined();
});

test('a code that was stolen opens nothing even if the issuer forgets PKCE, by its nonce', async () => {
  issuer.lies.skipsPkce = true;
  const victim = await visited();
  const attacker = await visited();
  victim.parameters.set('state', attacker.login.state);
  expect(await signIn.finish(victim.parameters, attacker.login)).toBeUndefined();
});

test('a refusal of the issuer signs no one in', async () => {
  const { login } = await visited();
  const refused = new URLSearchParams({ error: 'access_denied', state: login.state });
  expect(await signIn.finish(refused, login)).toBeUndefined();
});

test('an issuer that does not answer is an outage, not a refusal', async () => {
  const gone = await startIssuer(PERSON);
  const options = { issuer: gone.url, clientId: CLIENT_ID, redirectUri: REDIRECT, allowHttp: true };
  const other = oidcSignIn(options);
  const { login } = await other.begin();
  await gone.close();
  await expect(oidcSignIn(options).begin()).rejects.toMatchObject({ code: 'unavailable' });
  const parameters = new URLSearchParams({ code: 'c', state: login.state });
  await expect(other.finish(parameters, login)).rejects.toMatchObject({ code: 'unavailable' });
});

test('metadata that names another issuer is refused', async () => {
  const lying = oidcSignIn({
    issuer: 'https://login.example.org',
    metadataAt: issuer.url,
    clientId: CLIENT_ID,
    redirectUri: REDIRECT,
    allowHttp: true,
  });
  await expect(lying.begin()).rejects.toMatchObject({ code: 'unavailable' });
});

test('plain HTTP is refused unless it is allowed', async () => {
  const strict = oidcSignIn({ issuer: issuer.url, clientId: CLIENT_ID, redirectUri: REDIRECT });
  await expect(strict.begin()).rejects.toMatchObject({ code: 'unavailable' });
});
