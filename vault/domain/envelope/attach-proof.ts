// The proof that an integration sealed a blob itself, so that it may attach that blob, and no other, to an entry.

import { createHmac, timingSafeEqual } from 'node:crypto';
import { derive } from './derive.ts';

/** Who sealed which blob. */
export interface Attachment {
  readonly app: string;
  readonly integration: string;
  /** Of the integration: one that is removed and set up again attaches nothing that it sealed before. */
  readonly generation: string;
  /** The whole ref, so that the holder of a part of it has no proof. */
  readonly ref: string;
}

const KEY_BYTES = 32;

/** `slot.mac`: the slot in decimal digits, and base64url of an HMAC-SHA-256. @param tagSalt the slot's, 32 bytes. */
export function attachProof(slot: number, tagSalt: Buffer, attachment: Attachment): string {
  return `${slot}.${macOf(tagSalt, attachment).toString('base64url')}`;
}

/** The slot that a proof names; `undefined` for what is no proof. */
export function slotInProof(proof: string): number | undefined {
  const [, slot] = /^(\d{1,12})\.[A-Za-z0-9_-]{43}$/.exec(proof) ?? [];
  return slot === undefined ? undefined : Number(slot);
}

/** Whether the proof is the one of this attachment under its slot's salt. Compares in constant time. */
export function proves(proof: string, slot: number, tagSalt: Buffer, attachment: Attachment): boolean {
  const [given, right] = [Buffer.from(proof), Buffer.from(attachProof(slot, tagSalt, attachment))];
  return given.length === right.length && timingSafeEqual(given, right);
}

function macOf(tagSalt: Buffer, { app, integration, generation, ref }: Attachment): Buffer {
  const key = derive(tagSalt, 'attachKey', KEY_BYTES);
  try {
    return createHmac('sha256', key)
      .update(JSON.stringify([app, integration, generation, ref]))
      .digest();
  } finally {
    key.fill(0);
  }
}
