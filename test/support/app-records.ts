// Records of an app as tests make them: the integrations that were stored, one step after the other.

import { type AppRecord, changeSettings, documentDigest, newRecord } from '../../vault/domain/app-record.ts';
import type { AppSettings, Integration } from '../../vault/domain/settings.ts';
import { someSettings } from './virtual-vault.ts';

export const NOW_S = 1_800_000_000;
export const web: Integration = { kind: 'messaging', processSensitive: false, roles: [] };
export const lab: Integration = { kind: 'other', processSensitive: false, roles: [] };

let made = 0;
export const newGeneration = () => {
  made += 1;
  return `generation-${made}`;
};

/** The record once these integrations are stored. The digest follows from the settings, as that of a document does. */
export function changed(record: AppRecord, integrations: AppSettings['integrations'], nowS = NOW_S): AppRecord {
  const settings = someSettings({ integrations });
  return changeSettings(record, { settings, digest: documentDigest(JSON.stringify(settings)) }, nowS, newGeneration);
}

export const settled = (...steps: AppSettings['integrations'][]) =>
  steps.reduce((record, step) => changed(record, step), newRecord('shop'));
