// Who sees an app in the Console: the values of a claim that a person has, and those that the settings of the app list.

import type { AppSettings } from '../settings.ts';

/** How many viewers an app may list. Each is a row, and all are read with the settings. */
export const MAX_VIEWERS = 100;
/** How long a value of a claim may be, in characters. */
export const CLAIM_CHARACTERS = 256;
/** How many values of the claim count, the first ones of the token. Microsoft Entra ID puts no more groups into one. */
export const MAX_CLAIM_VALUES = 200;
/** How many apps one list of them has. */
export const LISTED_APPS = 100;

/** A person's way to an app. */
export interface Sight {
  readonly app: string;
  /** See {@link claimValues}. */
  readonly values: readonly string[];
}

/** The values in a claim that is a text or a list of texts. Anything else has none. */
export function claimValues(claim: unknown): string[] {
  const texts = [claim].flat().filter((value) => typeof value === 'string');
  return [...new Set(texts.filter(isClaimText))].slice(0, MAX_CLAIM_VALUES);
}

/** Whether a text may be a value of a claim that counts. Viewers are parts of keys, which hold no half of a surrogate pair. */
export function isClaimText(text: string): boolean {
  return text.length >= 1 && text.length <= CLAIM_CHARACTERS && text.isWellFormed();
}

/** Whether an app is shown to people with these values. Only a live app is. */
export function isShownTo({ state, console: own }: AppSettings, values: readonly string[]): boolean {
  return state === 'live' && own !== undefined && own.viewers.some((viewer) => values.includes(viewer));
}
