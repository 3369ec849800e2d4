// Signs receipts with an asymmetric KMS key, so that an auditor can check them with its public key.

import { type KMSClient, SignCommand } from '@aws-sdk/client-kms';
import type { ReceiptSigner } from '../../vault/ports/ledger.ts';
import { translating } from '../aws/errors.ts';

/** Bytes of r and of s on P-256. */
const COORDINATE_BYTES = 32;

/** A {@link ReceiptSigner} on KMS. Needs only `kms:Sign` on that key. */
export function kmsReceiptSigner(kms: KMSClient, keyArn: string): ReceiptSigner {
  return {
    keyArn,
    async sign(message) {
      const sign = new SignCommand({ KeyId: keyArn, Message: message, SigningAlgorithm: 'ECDSA_SHA_256' });
      const { Signature } = await translating('sign a receipt', {}, () => kms.send(sign));
      return joseSignature(Buffer.from(Signature ?? []));
    },
  };
}

/** Converts DER, SEQUENCE { INTEGER r, INTEGER s } (RFC 3279, 2.2.3), to the 64 bytes of JWS (RFC 7518, 3.4). */
export function joseSignature(der: Buffer): Buffer {
  const rLength = der.readUInt8(3);
  const r = der.subarray(4, 4 + rLength);
  const s = der.subarray(4 + rLength + 2);
  return Buffer.concat([r, s].map(coordinate));
}

function coordinate(integer: Buffer): Buffer {
  // DER puts a zero in front of a first byte from 0x80 on, and leaves leading zeros out.
  const digits = integer.length > COORDINATE_BYTES ? integer.subarray(integer.length - COORDINATE_BYTES) : integer;
  return Buffer.concat([Buffer.alloc(COORDINATE_BYTES - digits.length), digits]);
}
