// An OpenID Connect issuer on a port of this machine, for tests: signs one person in, and lies as a test says.

import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose';

/** What a test may change of the next ID token. */
export interface Lies {
  claims?: JWTPayload;
  /** Signs with a key that the issuer's JWKS does not have. */
  foreignKey?: boolean;
  /** Sends a token without a signature. */
  unsigned?: boolean;
  /** Accepts any code verifier, as an issuer without PKCE would. */
  skipsPkce?: boolean;
}

export interface Issuer {
  readonly url: string;
  readonly lies: Lies;
  /** How often tokens were asked for. */
  readonly tokenRequests: number;
  close(): Promise<void>;
}

export const CLIENT_ID = 'console-test';

/** Listens on `localhost`, another site than 127.0.0.1, so that cookies behave as with a real issuer. */
export async function startIssuer(person: JWTPayload): Promise<Issuer> {
  const [own, foreign] = await Promise.all([generateKeyPair('RS256'), generateKeyPair('RS256')]);
  const jwk = { ...(await exportJWK(own.publicKey)), kid: 'own', alg: 'RS256', use: 'sig' };
  const codes = new Map<string, { readonly nonce: string; readonly challenge: string }>();
  const lies: Lies = {};
  let tokenRequests = 0;

  async function idToken(nonce: string): Promise<string> {
    const nowS = Math.floor(Date.now() / 1000);
    const standard = { iss: url(), aud: CLIENT_ID, iat: nowS, exp: nowS + 300, nonce };
    const claims = { ...standard, ...person, ...lies.claims };
    if (lies.unsigned) return new UnsecuredJWT(claims).encode();
    const { privateKey } = lies.foreignKey ? foreign : own;
    return await new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'own' }).sign(privateKey);
  }

  const server = createServer((request, response) => {
    const asked = new URL(request.url ?? '', 'http://localhost');
    const json = (status: number, body: unknown) =>
      response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
    const answer = async () => {
      if (asked.pathname === '/.well-known/openid-configuration') {
        return json(200, {
          issuer: url(),
          authorization_endpoint: `${url()}/authorize`,
          token_endpoint: `${url()}/token`,
          jwks_uri: `${url()}/jwks`,
          response_types_supported: ['code'],
          subject_types_supported: ['public'],
          id_token_signing_alg_values_supported: ['RS256'],
        });
      }
      if (asked.pathname === '/jwks') return json(200, { keys: [jwk] });
      if (asked.pathname === '/authorize') {
        const code = randomUUID();
        const { searchParams } = asked;
        codes.set(code, {
          nonce: searchParams.get('nonce') ?? '',
          challenge: searchParams.get('code_challenge') ?? '',
        });
        const back = new URL(searchParams.get('redirect_uri') ?? '');
        back.searchParams.set('code', code);
        back.searchParams.set('state', searchParams.get('state') ?? '');
        return response.writeHead(302, { Location: back.href }).end();
      }
      if (asked.pathname === '/token') {
        tokenRequests += 1;
        const chunks: Buffer[] = [];
        for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
        const form = new URLSearchParams(Buffer.concat(chunks).toString());
        const code = form.get('code') ?? '';
        const kept = codes.get(code);
        codes.delete(code);
        const challenge = createHash('sha256')
          .update(form.get('code_verifier') ?? '')
          .digest('base64url');
        if (!kept || (!lies.skipsPkce && challenge !== kept.challenge)) return json(400, { error: 'invalid_grant' });
        return json(200, {
          access_token: 'unused',
          token_type: 'Bearer',
          expires_in: 300,
          id_token: await idToken(kept.nonce),
        });
      }
      return json(404, {});
    };
    answer().catch(() => response.destroy());
  });
  server.listen(0, 'localhost');
  await once(server, 'listening');
  const url = () => `http://localhost:${(server.address() as AddressInfo).port}`;
  return {
    url: url(),
    lies,
    get tokenRequests() {
      return tokenRequests;
    },
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
