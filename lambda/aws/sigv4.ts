// The parts of AWS's Signature Version 4 that every way of signing shares (AWS General Reference, "Signature Version 4").

import { createHmac, createSecretKey, hash, type KeyObject } from 'node:crypto';

/** The instant of a signature, `20261126T063801Z`. Its first eight characters are the day of the scope. */
export function signingTime(instant: Date): string {
  return instant.toISOString().replace(/[:-]|\.\d{3}/g, '');
}

/** What a signature holds for: one day, Region and service. */
export function signingScope(time: string, region: string, service: string): string {
  return `${[dayOf(time), region, service].join('/')}/${TERMINATOR}`;
}

/** The signing key of one day, Region and service. */
export function signingKey(secret: string, time: string, region: string, service: string): KeyObject {
  return [dayOf(time), region, service, TERMINATOR].reduce(
    (key, text) => createSecretKey(hmac(key, text)),
    createSecretKey(`AWS4${secret}`, 'utf8'),
  );
}

/** What is signed of a canonical request. */
export function stringToSign(time: string, scope: string, canonicalRequest: string): string {
  return `${ALGORITHM}\n${time}\n${scope}\n${hash('sha256', canonicalRequest)}`;
}

/** HMAC-SHA-256. */
export function hmac(key: KeyObject, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

/** A text as AWS percent-encodes it: all but letters, digits and `-._~`. */
export function uriEncoded(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** The only algorithm. */
export const ALGORITHM = 'AWS4-HMAC-SHA256';
const TERMINATOR = 'aws4_request';

function dayOf(time: string): string {
  return time.slice(0, 'YYYYMMDD'.length);
}
