// What every telemetry does, wherever its counts and lines go.

import { beforeEach, describe, expect, test } from 'vitest';
import type { RequestLine, Telemetry } from '../../../vault/ports/telemetry.ts';

/** What is tested, and what operators see of it. */
export interface SeenTelemetry {
  readonly telemetry: Telemetry;
  /** Sum of a metric: as alarms see it, or of one reason. */
  total(metric: string, reason?: string): number;
  /** Lines about requests, without what the log adds to each. */
  requests(): readonly unknown[];
  /** Messages of notes. */
  notes(): readonly string[];
}

const LINE: RequestLine = {
  operation: 'decrypt',
  status: 200,
  requestId: 'a-request',
  durationMs: 7,
  app: 'shop',
  integration: 'desk',
  opened: 2,
  redacted: 1,
};

/** Registers the contract's tests. `make` is called before each. */
export function telemetryContract(name: string, make: () => SeenTelemetry): void {
  describe(`${name} as telemetry`, () => {
    let seen: SeenTelemetry;
    beforeEach(() => {
      seen = make();
    });

    test('adds counts up by metric', () => {
      seen.telemetry.count('FieldsSealed', 2);
      seen.telemetry.count('FieldsSealed', 3);
      seen.telemetry.count('FieldsErased', 1);
      expect([seen.total('FieldsSealed'), seen.total('FieldsErased'), seen.total('FieldsOpened')]).toEqual([5, 1, 0]);
    });

    test('counts what has a reason towards the reason and towards the metric, once each', () => {
      seen.telemetry.count('FieldsRedacted', 2, { reason: 'expired' });
      seen.telemetry.count('FieldsRedacted', 1, { reason: 'unknown' });
      seen.telemetry.count('FieldsRedacted', 4);
      const totals = [undefined, 'expired', 'unknown', 'tampered'].map((reason) =>
        seen.total('FieldsRedacted', reason),
      );
      expect(totals).toEqual([7, 2, 1, 0]);
    });

    test('counts what has an integration towards the integration and towards the metric, once each', () => {
      seen.telemetry.count('ForgedRefs', 2, { integration: 'shop/web' });
      seen.telemetry.count('ForgedRefs', 1, { integration: 'shop/desk' });
      const totals = [undefined, 'shop/web', 'shop/desk', 'bank/web'].map((by) => seen.total('ForgedRefs', by));
      expect(totals).toEqual([3, 2, 1, 0]);
    });

    test('writes one line a request with exactly what it was given', () => {
      seen.telemetry.request(LINE);
      seen.telemetry.request({ ...LINE, status: 503, code: 'unavailable', cause: ['TimeoutError at send'] });
      expect(seen.requests()).toEqual([
        LINE,
        { ...LINE, status: 503, code: 'unavailable', cause: ['TimeoutError at send'] },
      ]);
    });

    test('takes a note with and without details', () => {
      seen.telemetry.note('the sweep took long');
      seen.telemetry.note('a key is lost', { app: 'shop', slot: 7 });
      expect(seen.notes()).toEqual(['the sweep took long', 'a key is lost']);
    });
  });
}
