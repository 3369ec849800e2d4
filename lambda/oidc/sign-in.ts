// Signs people in with an OpenID Connect issuer: authorization code with PKCE, as a public client.

import * as oauth from 'oauth4webapi';
import { DaykeyError } from '../../vault/domain/errors.ts';
import type { SignIn } from '../../vault/ports/sign-in.ts';

export interface OidcOptions {
  /** What `iss` must say. */
  readonly issuer: string;
  /** Where the issuer's metadata is, without the well-known path. @default the issuer itself */
  readonly metadataAt?: string | undefined;
  readonly clientId: string;
  /** Where the issuer sends the browser back to. */
  readonly redirectUri: string;
  /** Allows plain HTTP: for an issuer on this machine. @default false */
  readonly allowHttp?: boolean;
}

const SCOPE = 'openid email profile';
const TIMEOUT_MS = 5000;
/** How long the issuer's metadata and keys are used without a new look-up, in milliseconds. */
const METADATA_AGE_MS = 3600_000;

/** A {@link SignIn} at one issuer. Its metadata and keys are fetched once an hour. */
export function oidcSignIn(options: OidcOptions): SignIn {
  const { issuer, metadataAt = issuer, clientId, redirectUri, allowHttp = false } = options;
  const client: oauth.Client = { client_id: clientId };
  const request = () => ({ [oauth.allowInsecureRequests]: allowHttp, signal: AbortSignal.timeout(TIMEOUT_MS) });
  let found: { readonly server: oauth.AuthorizationServer; readonly atMs: number } | undefined;

  async function server(): Promise<oauth.AuthorizationServer> {
    if (found !== undefined && Date.now() - found.atMs < METADATA_AGE_MS) return found.server;
    try {
      const response = await oauth.discoveryRequest(new URL(metadataAt), { ...request(), algorithm: 'oidc' });
      found = { server: await oauth.processDiscoveryResponse(new URL(issuer), response), atMs: Date.now() };
      return found.server;
    } catch (cause) {
      throw new DaykeyError('unavailable', 'the issuer of the Console does not answer', { cause });
    }
  }

  return {
    async begin() {
      const { authorization_endpoint } = await server();
      if (authorization_endpoint === undefined) throw new Error('the issuer has no authorization endpoint');
      const login = {
        state: oauth.generateRandomState(),
        nonce: oauth.generateRandomNonce(),
        verifier: oauth.generateRandomCodeVerifier(),
      };
      const url = new URL(authorization_endpoint);
      const parameters = {
        response_type: 'code',
        client_id: clientId,
        redirect_uri: redirectUri,
        scope: SCOPE,
        state: login.state,
        nonce: login.nonce,
        code_challenge: await oauth.calculatePKCECodeChallenge(login.verifier),
        code_challenge_method: 'S256',
      };
      for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
      return { url: url.href, login };
    },

    async finish(parameters, { state, nonce, verifier }) {
      const issuedBy = await server();
      try {
        const answer = oauth.validateAuthResponse(issuedBy, client, parameters, state);
        const response = await oauth.authorizationCodeGrantRequest(
          issuedBy,
          client,
          oauth.None(),
          answer,
          redirectUri,
          verifier,
          request(),
        );
        const tokens = await oauth.processAuthorizationCodeResponse(issuedBy, client, response, {
          expectedNonce: nonce,
          requireIdToken: true,
        });
        // The code came over TLS, but keys are checked all the same: the metadata alone then decides whom to believe.
        await oauth.validateApplicationLevelSignature(issuedBy, response, request());
        return oauth.getValidatedIdTokenClaims(tokens);
      } catch (error) {
        if (isOutage(error))
          throw new DaykeyError('unavailable', 'the issuer of the Console does not answer', { cause: error });
        return undefined;
      }
    },
  };
}

/** A network that broke, or an issuer that did. Everything else is an answer that is refused. */
function isOutage(error: unknown): boolean {
  if (error instanceof TypeError && error.message === 'fetch failed') return true;
  return error instanceof Error && error.name === 'TimeoutError';
}
