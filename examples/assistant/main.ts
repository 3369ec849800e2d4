// Plays a talk with the bot on the testing kit, and shows what the model sees, what the person sees, and what is left a day later.

import { testingVault } from '../../client/testing/index.ts';
import { answer, history, type Parts } from './bot.ts';
import { detect } from './detect.ts';
import { stubModel } from './stub-model.ts';

const vault = await testingVault({ apps: { shop: { integrations: { bot: { kind: 'component' } } } } });
const parts: Parts = {
  vault: vault.as('shop', 'bot'),
  detect,
  model: async (turns) => {
    print('model sees', turns.at(-1)?.text ?? '');
    return stubModel(turns);
  },
  tools: {
    findParcel: {
      types: ['EMAIL'],
      run: async ({ email = '' }) => {
        print('tool gets', email);
        return `parcel 17 for ${email} arrives today.`;
      },
    },
  },
  store: new Map(),
};

for (const message of ['Where is my parcel?', 'I am maya@example.org, my number is 020 7946 0017.']) {
  print('person says', message);
  let seen = '';
  for await (const piece of answer(parts, 'thread-1', message)) seen += piece;
  print('person sees', seen);
}
await vault.advance('24h');
print('24 hours later', '');
for (const line of await history(parts, 'thread-1')) print('', line);

function print(who: string, what: string): void {
  console.log(`${who.padEnd(16)}${what}`.trimEnd());
}
