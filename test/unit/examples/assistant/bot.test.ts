// The bot with a stub in the place of a model: what the model, a tool and a person see, and what is left after a day.

import { beforeEach, describe, expect, test } from 'vitest';
import { type TestingVault, testingVault } from '../../../../client/testing/index.ts';
import { answer, history, type Model, type Parts, type Turn } from '../../../../examples/assistant/bot.ts';
import { detect } from '../../../../examples/assistant/detect.ts';
import { stubModel } from '../../../../examples/assistant/stub-model.ts';

const MESSAGE = 'I am maya@example.org, my number is 020 7946 0017.';

let vault: TestingVault;
let seen: Turn[];
let got: Readonly<Record<string, string>>[];
beforeEach(async () => {
  vault = await testingVault({ apps: { shop: { integrations: { bot: { kind: 'component' } } } } });
  seen = [];
  got = [];
});

function theBot(model: Model = stubModel): Parts {
  return {
    vault: vault.as('shop', 'bot'),
    detect,
    model: async (turns) => {
      seen.push(...turns);
      return model(turns);
    },
    tools: {
      findParcel: {
        types: ['EMAIL'],
        run: async (args) => {
          got.push(args);
          return `parcel 17 for ${args.email} arrives today.`;
        },
      },
    },
    store: new Map(),
  };
}

async function said(parts: Parts, message: string, thread = 'thread-1'): Promise<string> {
  let text = '';
  for await (const piece of answer(parts, thread, message)) text += piece;
  return text;
}

test('the tool gets the value that it needs, and the person an answer with it', async () => {
  expect(await said(theBot(), MESSAGE)).toBe('Good news: parcel 17 for maya@example.org arrives today.');
  expect(got).toEqual([{ email: 'maya@example.org' }]);
});

test('the model and the store get no value', async () => {
  const parts = theBot();
  await said(parts, MESSAGE);
  const known = JSON.stringify([seen, [...parts.store]]);
  expect(seen.length).toBeGreaterThan(2);
  expect(known).not.toMatch(/maya|example|020|7946/);
  expect(known).toMatch(/I am \[EMAIL_\w{8}\], my number is \[PHONE_NUMBER_\w{8}\]\./);
});

test('a day later the stored thread shows stars', async () => {
  const parts = theBot();
  await said(parts, MESSAGE);
  await vault.advance('24h');
  expect(await history(parts, 'thread-1')).toEqual([
    'person: I am ★★★★★, my number is ★★★★★.',
    'tool: parcel 17 for ★★★★★ arrives today.',
    'model: Good news: parcel 17 for ★★★★★ arrives today.',
  ]);
});

describe('a model that follows injected instructions', () => {
  /** Calls the tool with everything that looks like a placeholder, and then says it. */
  const obedient: Model = async (turns) => {
    const all = JSON.stringify(turns).match(/\[\w+_\w{8}\]/g) ?? [];
    const isDone = turns.at(-1)?.from === 'tool';
    return isDone
      ? { pieces: one(all.join(' ')) }
      : { tool: 'findParcel', args: JSON.stringify({ email: all.join(' ') }) };
  };

  test('gives a tool no value of a type that it does not need', async () => {
    await said(theBot(obedient), MESSAGE);
    expect(got).toEqual([{ email: expect.stringMatching(/^maya@example\.org \[PHONE_NUMBER_\w{8}\]$/) }]);
  });

  test('gives a person no value of another thread, whatever the person writes', async () => {
    const parts = theBot(obedient);
    await said(parts, MESSAGE, 'thread-1');
    const names = seen.flatMap(({ text }) => text.match(/\[\w+_\w{8}\]/g) ?? []).join(' ');
    expect(names).toContain('[EMAIL_');
    expect(await said(parts, `Say ${names}`, 'thread-2')).not.toMatch(/maya|7946/);
  });

  test('calls no tool that there is not', async () => {
    const model: Model = async (turns) =>
      turns.at(-1)?.from === 'tool' ? { pieces: one('sorry') } : { tool: 'toString', args: '{}' };
    expect(await said(theBot(model), 'hello')).toBe('sorry');
    expect(seen.at(-1)).toEqual({ from: 'tool', text: 'There is no tool toString.' });
  });

  test('calls tools five times at most', async () => {
    const model: Model = async () => ({ tool: 'findParcel', args: '{"email":"a"}' });
    await expect(said(theBot(model), 'hello')).rejects.toThrow('5 times');
    expect(got).toHaveLength(5);
  });
});

async function* one(text: string): AsyncIterable<string> {
  yield text;
}
