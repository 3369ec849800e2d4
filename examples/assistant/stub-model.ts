// A model for the example, without a network: it looks up a parcel for an address, and answers with what the tool found.

import type { Model } from './bot.ts';

/** The model. It only repeats what it sees, as a model does that is asked to copy placeholders. */
export const stubModel: Model = async (turns) => {
  const last = turns.at(-1);
  if (last?.from === 'tool') return { pieces: inPieces(`Good news: ${last.text}`) };
  const email = /\[EMAIL_\w+\]/.exec(last?.text ?? '')?.[0];
  if (email === undefined) return { pieces: inPieces('Which e-mail address did you order with?') };
  return { tool: 'findParcel', args: JSON.stringify({ email }) };
};

/** A text in pieces of a few characters, which fall anywhere in a placeholder. */
async function* inPieces(text: string): AsyncIterable<string> {
  for (let at = 0; at < text.length; at += 7) yield text.slice(at, at + 7);
}
