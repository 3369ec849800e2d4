// What is sent to STS, where to, and what becomes of every answer.

import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { awsIdentity } from '../../../../client/sdk/aws-identity.ts';
import { stsIdentity } from '../../../../lambda/aws/sts-identity.ts';
import { formatAwsIdentity, sigV4Authorization } from '../../../../wire/aws-identity.ts';
import { fakeAws } from '../../../support/aws/fake-aws.ts';
import { faultyNetwork } from '../../../support/aws/faulty-network.ts';
import { aSignedIdentity, headerAround, sessionOf } from '../../../support/aws-callers.ts';
import { stsIdentityContract } from '../../../support/contracts/sts-identity-contract.ts';
import { anyText } from '../../../support/texts.ts';

const PLACE = {
  region: 'eu-central-1',
  dnsSuffix: 'amazonaws.com',
  audience: 'daykey:111122223333:eu-central-1:Vault',
};
const ARN = sessionOf('111122223333/desk');
const HEADER = formatAwsIdentity(aSignedIdentity());
const UNAVAILABLE = { code: 'unavailable', retryAfterSeconds: 1 };

/** STS's own words (STS API reference, GetCallerIdentity). */
const identified = (arn: string) =>
  `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>` +
  `<Arn>${arn}</Arn><UserId>AROA123:a-session</UserId><Account>111122223333</Account></GetCallerIdentityResult>` +
  `<ResponseMetadata><RequestId>0</RequestId></ResponseMetadata></GetCallerIdentityResponse>`;
const refused = (code: string) =>
  `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>${code}</Code>` +
  `<Message>no</Message></Error><RequestId>0</RequestId></ErrorResponse>`;

stsIdentityContract('STS', { verifies: true }, async () => {
  const aws = fakeAws();
  const caller = { accessKeyId: 'ASIA0000000000000000', secretAccessKey: 'a-secret', sessionToken: 'a-token' };
  aws.callers.push({ ...caller, arn: ARN });
  // Left open: the contract's tests come after this.
  const { endpoint } = await faultyNetwork(aws);
  return {
    sts: stsIdentity({ ...PLACE, endpoint }),
    arn: ARN,
    sign: (atMs) => awsIdentity({ ...PLACE, credentials: caller, clock: () => atMs })(),
  };
});

interface Received {
  readonly raw: IncomingMessage;
  readonly body: string;
}

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** A server that answers so, and what it has received. */
async function stsThat(answer: (response: ServerResponse) => void) {
  const received: Received[] = [];
  const server = createServer(async (raw, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of raw as AsyncIterable<Buffer>) chunks.push(chunk);
    received.push({ raw, body: Buffer.concat(chunks).toString('utf8') });
    answer(response);
  }).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { received, endpoint, sts: stsIdentity({ ...PLACE, endpoint }) };
}

const answering = (status: number, body: string, headers = {}) =>
  stsThat((response) => void response.writeHead(status, headers).end(body));

describe('what STS receives', () => {
  test('is the same for every caller, byte for byte', async () => {
    const { received, endpoint, sts } = await answering(200, identified(ARN));
    const identity = aSignedIdentity();
    await sts.callerArn(formatAwsIdentity(identity));
    const [{ raw, body } = { raw: undefined, body: '' }] = received;
    expect([raw?.method, raw?.url, body]).toEqual(['POST', '/', 'Action=GetCallerIdentity&Version=2011-06-15']);
    expect(pairsOf(raw)).toEqual([
      ['content-type', 'application/x-www-form-urlencoded; charset=utf-8'],
      // As it was signed, although the connection goes elsewhere.
      ['host', 'sts.eu-central-1.amazonaws.com'],
      ['x-amz-date', identity.date],
      ['x-amz-security-token', identity.sessionToken],
      ['x-daykey-audience', PLACE.audience],
      ['authorization', sigV4Authorization('eu-central-1', identity)],
      ['content-length', '43'],
      ['Connection', 'close'],
    ]);
    expect(endpoint).not.toContain('amazonaws');
  });

  test('is nothing at all for a header that is not well-formed', async () => {
    const { received, sts } = await answering(200, identified(ARN));
    const evil = JSON.stringify({ v: 1, ...aSignedIdentity(), host: 'evil.example' });
    for (const header of ['', 'Bearer dkt_x', headerAround('{}'), headerAround(evil), `${HEADER}\r\nX-Evil: 1`]) {
      expect(await sts.callerArn(header)).toBeUndefined();
    }
    expect(received).toEqual([]);
  });

  test('never names another host, path, action or header, whatever the caller makes up', async () => {
    const { received, sts } = await answering(403, refused('InvalidClientTokenId'));
    const hostile = fc.oneof(anyText(), fc.constantFrom('https://evil.example/?Action=x', 'x\r\nHost: evil.example'));
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(fc.constantFrom('accessKeyId', 'date', 'sessionToken', 'signature', 'host', 'path'), hostile),
        fc.boolean(),
        async (changes, isOurs) => {
          const identity = { v: 1, ...aSignedIdentity(), ...changes };
          await sts.callerArn(isOurs ? formatAwsIdentity(identity) : headerAround(JSON.stringify(identity)));
        },
      ),
    );
    for (const { raw, body } of received) {
      expect([raw.headers.host, raw.url, body]).toEqual([
        'sts.eu-central-1.amazonaws.com',
        '/',
        'Action=GetCallerIdentity&Version=2011-06-15',
      ]);
      expect(pairsOf(raw)).toHaveLength(8);
    }
  });
});

describe('an answer of STS', () => {
  test('with 200 gives the ARN of any kind of principal', async () => {
    for (const arn of [ARN, 'arn:aws:iam::111122223333:user/ann']) {
      const { sts } = await answering(200, identified(arn));
      expect(await sts.callerArn(HEADER)).toBe(arn);
    }
  });

  test.each([
    [403, 'InvalidClientTokenId'],
    [403, 'SignatureDoesNotMatch'],
    [403, 'ExpiredToken'],
    [403, 'AccessDenied'],
    [400, 'IncompleteSignature'],
    [403, 'RegionDisabledException'],
  ])('with %i %s gives no identity', async (status, code) => {
    const { sts } = await answering(status, refused(code));
    expect(await sts.callerArn(HEADER)).toBeUndefined();
  });

  test.each<[status: number, body: string]>([
    [400, refused('Throttling')],
    [429, refused('TooManyRequestsException')],
    [500, refused('InternalFailure')],
    [503, refused('ServiceUnavailable')],
    [503, ''],
    // Not STS speaks here, but something in between.
    [403, '<html><body>blocked by the proxy</body></html>'],
    [407, ''],
    [200, '{"Arn":"arn:aws:sts::111122223333:assumed-role/desk/a-session"}'],
    [200, identified(ARN).slice(0, -1)],
    [200, identified(`${ARN}</Arn><Arn>${ARN}`)],
    [200, `<Other>${identified(ARN)}</Other>`],
    [200, refused('AccessDenied')],
    [201, identified(ARN)],
    [500, identified(ARN)],
  ])('with %i and %j is an outage, not an answer about the caller', async (status, body) => {
    const { sts } = await answering(status, body);
    await expect(sts.callerArn(HEADER)).rejects.toMatchObject(UNAVAILABLE);
  });

  test.each([301, 302, 303, 307, 308])('with a redirect (%i) is not followed', async (status) => {
    const elsewhere = await answering(200, identified(ARN));
    const { sts, received } = await answering(status, identified(ARN), { Location: elsewhere.endpoint });
    await expect(sts.callerArn(HEADER)).rejects.toMatchObject(UNAVAILABLE);
    expect([received.length, elsewhere.received.length]).toEqual([1, 0]);
  });

  test('that declares entities has none of them put in', async () => {
    const { sts } = await answering(200, `<!DOCTYPE a [<!ENTITY desk "${ARN}">]>${identified('&desk;')}`);
    const arn = await sts.callerArn(HEADER).catch(() => undefined);
    expect(arn).not.toBe(ARN);
  });

  test('over 64 KB is cut off', async () => {
    let isCutOff = false;
    const { sts } = await stsThat((response) => {
      response.on('close', () => {
        isCutOff = !response.writableFinished;
      });
      const drip = () => void (response.destroyed || response.write(' '.repeat(16 * 1024), drip));
      drip();
    });
    await expect(sts.callerArn(HEADER)).rejects.toMatchObject(UNAVAILABLE);
    await expect.poll(() => isCutOff).toBe(true);
  });

  test.each<[what: string, answer: (response: ServerResponse) => void]>([
    ['never begins', () => {}],
    ['never ends', (response) => void response.writeHead(200).write('<GetCaller')],
    [
      'drips',
      (response) => {
        const drip = setInterval(() => response.write(' '), 20);
        response.on('close', () => clearInterval(drip));
      },
    ],
  ])('that %s is given up in time', async (_, answer) => {
    const { endpoint } = await stsThat(answer);
    const startedMs = performance.now();
    const asking = stsIdentity({ ...PLACE, endpoint, timeoutMs: 200 }).callerArn(HEADER);
    await expect(asking).rejects.toMatchObject(UNAVAILABLE);
    expect(performance.now() - startedMs).toBeLessThan(20_000);
  });

  test('that breaks off, or a server that is not there, is an outage', async () => {
    const broken = await stsThat((response) => void response.destroy());
    await expect(broken.sts.callerArn(HEADER)).rejects.toMatchObject(UNAVAILABLE);
    const gone = stsIdentity({ ...PLACE, endpoint: 'http://127.0.0.1:1' });
    await expect(gone.callerArn(HEADER)).rejects.toMatchObject(UNAVAILABLE);
  });
});

/** Names and values of the headers as they came, one by one. */
function pairsOf(raw: IncomingMessage | undefined): [string, string][] {
  const flat = raw?.rawHeaders ?? [];
  return flat.flatMap((name, index) => (index % 2 === 0 ? [[name, flat[index + 1] ?? ''] as [string, string]] : []));
}
