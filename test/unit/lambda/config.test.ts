// The environment of the functions: read once, all that is missing named at once.

import { expect, test } from 'vitest';
import {
  endpointOf,
  environmentOf,
  mayMissConditionKeys,
  readConfig,
  VARIABLES,
  type Variable,
} from '../../../lambda/config.ts';

test('what the stack sets is what the function reads', () => {
  const values = { stack: 'Vault', vaultTable: 'bundles', ringTable: 'ring' };
  const environment = environmentOf(values);
  expect(environment).toEqual({
    DAYKEY_STACK: 'Vault',
    DAYKEY_VAULT_TABLE: 'bundles',
    DAYKEY_RING_TABLE: 'ring',
  });
  expect(readConfig(environment, ['stack', 'vaultTable', 'ringTable'])).toEqual(values);
});

test('every variable that is missing or empty is named, and no other', () => {
  const environment = { DAYKEY_STACK: 'Vault', DAYKEY_VAULT_TABLE: '' };
  expect(() => readConfig(environment, ['stack', 'vaultTable', 'ringTable'])).toThrow(
    /^set these environment variables: DAYKEY_VAULT_TABLE, DAYKEY_RING_TABLE$/,
  );
});

test('no variable is read that was not asked for', () => {
  expect(Object.keys(readConfig({ DAYKEY_STACK: 'Vault', DAYKEY_RING_TABLE: 'ring' }, ['stack']))).toEqual(['stack']);
});

test('variables have names that no other software sets', () => {
  const names = Object.values(VARIABLES);
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(name).toMatch(/^DAYKEY_[A-Z_]+$/);
  for (const [variable, name] of Object.entries(VARIABLES)) {
    expect(environmentOf({ [variable as Variable]: 'x' })).toEqual({ [name]: 'x' });
  }
});

test('Lambda is found in the Region, or where the variables of AWS say that an emulator is', () => {
  const place = { region: 'cn-north-1', dnsSuffix: 'amazonaws.com.cn' };
  expect(endpointOf('lambda', {}, place)).toBe('https://lambda.cn-north-1.amazonaws.com.cn');
  expect(endpointOf('lambda', { AWS_ENDPOINT_URL: 'http://e:1' }, place)).toBe('http://e:1');
  expect(endpointOf('lambda', { AWS_ENDPOINT_URL: 'http://e:1', AWS_ENDPOINT_URL_LAMBDA: 'http://l:2' }, place)).toBe(
    'http://l:2',
  );
  expect(endpointOf('lambda', { AWS_ENDPOINT_URL: '' }, place)).toBe('https://lambda.cn-north-1.amazonaws.com.cn');
});

test('only an emulator may miss condition keys, and only where the settings allow it', () => {
  const allowed = { allowMissingConditionKeys: 'true' };
  expect(mayMissConditionKeys({ AWS_ENDPOINT_URL: 'http://127.0.0.1:4566' }, allowed)).toBe(true);
  expect(mayMissConditionKeys({ AWS_ENDPOINT_URL_KMS: 'http://127.0.0.1:4566' }, allowed)).toBe(true);
  expect(mayMissConditionKeys({}, allowed)).toBe(false);
  const forbidden = { allowMissingConditionKeys: 'false' };
  expect(mayMissConditionKeys({ AWS_ENDPOINT_URL: 'http://127.0.0.1:4566' }, forbidden)).toBe(false);
});
