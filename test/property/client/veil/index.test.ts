// No placeholder ever restores another value: across threads, instances, tries, and however a model and a network cut it.

import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { type TestingVault, testingVault } from '../../../../client/testing/index.ts';
import { type Message, type Placeholders, type Veil, veil } from '../../../../client/veil/index.ts';
import { anyText } from '../../../support/texts.ts';

const TYPES = ['EMAIL', 'PHONE', 'PHONE_NUMBER', 'A', 'A_A'];
const PROPS = { apps: { shop: { integrations: { bot: { kind: 'component' } } } } } as const;

/** A value that a thread hides, with the name of its placeholder. No other value, and no text of a model, contains it. */
interface Hidden {
  readonly name: string;
  readonly value: string;
}

let vault: TestingVault;
let threads: { readonly own: Hidden[]; readonly all: Placeholders; readonly id: string }[];

/** Values of two threads. Two instances have hidden those of each, from the same stored state and at the same time. */
beforeAll(async () => {
  vault = await testingVault(PROPS);
  threads = await Promise.all(
    ['one', 'two'].map(async (id) => {
      const instances = [openThread(id), openThread(id)];
      const parts = await Promise.all(
        instances.map(async (instance, nr) => {
          const hidden = TYPES.map((type) => ({ type, value: `«${id}·${nr}·${type}»` }));
          const texts = await instance.hide(
            hidden.map(({ type, value }) => ({ text: value, spans: [{ start: 0, end: value.length, type }] })),
          );
          return hidden.map(({ value }, at) => ({ value, name: texts[at]?.slice(1, -1) ?? '' }));
        }),
      );
      return { id, own: parts.flat(), all: { ...instances[0]?.placeholders, ...instances[1]?.placeholders } };
    }),
  );
});

function openThread(id: string, placeholders?: Placeholders): Veil {
  return veil(vault.as('shop', 'bot'), id, placeholders);
}

/** How a model may write a name and still mean it. */
const aSpelling = fc.constantFrom<((name: string) => string)[]>(
  (name) => `[${name}]`,
  (name) => name,
  (name) => `[${name.toLowerCase()}]`,
  (name) => `\\[${name.replaceAll('_', '\\_')}\\]`,
  (name) => name.replaceAll('_', ' '),
  (name) => `[${name.replaceAll('_', '-')}]`,
);

/** One change of a text: a character more, less or other. */
function changed(text: string): fc.Arbitrary<string> {
  const aCharacter = fc.constantFrom(...'AEL0123456789_[]\\ -xyzé');
  return fc
    .tuple(fc.nat(text.length - 1), fc.nat(1), fc.option(aCharacter, { nil: '' }))
    .map(([at, removed, added]) => (text.slice(0, at) + added + text.slice(at + removed)).toWellFormed());
}

/** A piece of what a model writes, and what a person has to see of it in the first thread. */
function aPiece(): fc.Arbitrary<readonly [written: string, seen: string]> {
  const [own = [], others = []] = threads.map((thread) => thread.own);
  return fc.oneof(
    fc.tuple(fc.constantFrom(...own), aSpelling).map(([{ name, value }, spell]) => [spell(name), value] as const),
    fc.tuple(fc.constantFrom(...others), aSpelling).map(([{ name }, spell]) => [spell(name), spell(name)] as const),
    fc
      .tuple(fc.constantFrom(...TYPES), fc.stringMatching(/^[0-9A-HJKMNP-TV-Z]{8}$/), aSpelling)
      .map(([type, id, spell]) => [spell(`${type}_${id}`), spell(`${type}_${id}`)] as const),
    fc.constantFrom('[', ']', '\\', 'EMAIL', 'PHONE_', 'a', '"', '\n', '🎈', '').map((text) => [text, text] as const),
  );
}

/** Pieces with something between them that keeps them apart. */
const aReply = () =>
  fc.array(aPiece(), { maxLength: 8 }).map((pieces) => ({
    written: pieces.map(([written]) => written).join('; '),
    seen: pieces.map(([, seen]) => seen).join('; '),
  }));

async function streamed(thread: Veil, source: Iterable<string | Uint8Array>): Promise<string> {
  let text = '';
  for await (const piece of thread.restoreStream(source)) text += piece;
  return text;
}

/** A text cut into strings of these lengths, again and again. */
function* cutInto(text: string, lengths: readonly number[]): Iterable<string> {
  let at = 0;
  for (let nr = 0; at < text.length; nr += 1) {
    const length = lengths[nr % lengths.length] ?? 1;
    yield text.slice(at, at + length);
    at += length;
  }
}

test('a reply shows the value of each placeholder of its thread, and everything else as it is', async () => {
  await fc.assert(
    fc.asyncProperty(aReply(), async ({ written, seen }) => {
      const thread = openThread('one', threads[0]?.all);
      expect(await thread.restore(written)).toBe(seen);
    }),
  );
});

test('a stream shows the same, split at every byte and cut anywhere', async () => {
  const lengths = fc.array(fc.integer({ min: 1, max: 25 }), { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(aReply(), lengths, async ({ written, seen }, cut) => {
      const thread = openThread('one', threads[0]?.all);
      const bytes = Array.from(Buffer.from(written), (byte) => Uint8Array.of(byte));
      expect(await streamed(thread, bytes)).toBe(seen);
      expect(await streamed(thread, cutInto(written, cut))).toBe(seen);
    }),
  );
});

/** A text cut into strings and bytes in any order: bytes anywhere, strings between characters. Pieces can be empty. */
function aMix(text: string): fc.Arbitrary<(string | Uint8Array)[]> {
  const aLength = fc.integer({ min: 0, max: 12 });
  const aRun = fc.tuple(fc.boolean(), aLength, fc.array(fc.nat({ max: 5 }), { minLength: 1, maxLength: 4 }));
  return fc.array(aRun, { minLength: 1, maxLength: 6 }).map((runs) => {
    const characters = [...text];
    const mix: (string | Uint8Array)[] = [];
    for (const [isText, length, cuts] of runs) {
      const run = characters.splice(0, length).join('');
      if (isText) mix.push(run);
      else mix.push(...cutBytes(run, cuts));
    }
    return [...mix, ...cutBytes(characters.join(''), [1])];
  });
}

/** The bytes of a text in pieces of these lengths, and an empty string after each: it ends no character. */
function cutBytes(text: string, lengths: readonly number[]): (string | Uint8Array)[] {
  const bytes = Buffer.from(text);
  const pieces: (string | Uint8Array)[] = [];
  let at = 0;
  for (const length of [...lengths, bytes.length]) {
    pieces.push(bytes.subarray(at, at + length), '');
    at += length;
  }
  return pieces;
}

test('a stream shows the same, whatever of it arrives as strings and whatever as bytes', async () => {
  const aMixedReply = aReply().chain(({ written, seen }) => aMix(written).map((mix) => ({ mix, seen })));
  await fc.assert(
    fc.asyncProperty(aMixedReply, async ({ mix, seen }) => {
      expect(await streamed(openThread('one', threads[0]?.all), mix)).toBe(seen);
    }),
  );
});

test('a stream keeps the order of its pieces, also of bytes that are no characters', async () => {
  const aPart = fc.oneof(anyText({ maxLength: 4 }), fc.uint8Array({ maxLength: 4 }));
  await fc.assert(
    fc.asyncProperty(fc.array(aPart, { maxLength: 8 }), async (mix) => {
      // What strings and runs of bytes give, each by itself.
      let expected = '';
      const run: Uint8Array[] = [];
      const endRun = () => {
        expected += new TextDecoder('utf-8', { ignoreBOM: true }).decode(Buffer.concat(run.splice(0)));
      };
      for (const part of mix) {
        if (part === '') continue;
        if (typeof part !== 'string') run.push(part);
        else {
          endRun();
          expected += part;
        }
      }
      endRun();
      expect(await streamed(openThread('one', threads[0]?.all), mix)).toBe(expected);
    }),
  );
});

test('the arguments of a tool hold the same, as JSON', async () => {
  await fc.assert(
    fc.asyncProperty(aReply(), async ({ written, seen }) => {
      const thread = openThread('one', threads[0]?.all);
      const args = { [written]: [written, { text: written }], n: 1 };
      const expected = { [written]: [seen, { text: seen }], n: 1 };
      expect(await thread.restoreArguments(args, { types: TYPES })).toEqual(expected);
      const text = await thread.restoreArguments(JSON.stringify(args), { types: TYPES });
      expect(JSON.parse(text)).toEqual(expected);
    }),
  );
});

test('a placeholder that was changed restores its own value or none', async () => {
  const [own = []] = threads.map((thread) => thread.own);
  const aChange = fc
    .tuple(fc.constantFrom(...own), aSpelling)
    .chain(([hidden, spell]) => changed(spell(hidden.name)).map((written) => ({ hidden, written })));
  await fc.assert(
    fc.asyncProperty(aChange, async ({ hidden, written }) => {
      const thread = openThread('one', threads[0]?.all);
      const restored = await thread.restore(written);
      // What the change left beside the placeholder stays.
      expect(restored === written || restored.includes(hidden.value)).toBe(true);
      const wrong = threads.flatMap((each) => each.own).filter(({ value }) => value !== hidden.value);
      expect(wrong.filter(({ value }) => restored.includes(value))).toEqual([]);
      const bytes = Array.from(Buffer.from(written), (byte) => Uint8Array.of(byte));
      expect(await streamed(thread, bytes)).toBe(restored);
    }),
  );
});

/** A text that may hold placeholders of the thread and parts of them, with any spans. */
function aMessage(): fc.Arbitrary<Message> {
  const aPart = fc.oneof(
    anyText({ maxLength: 6 }),
    aPiece().map(([written]) => written),
    aPiece().chain(([written]) => (written === '' ? fc.constant('') : changed(written))),
  );
  return fc.array(aPart, { maxLength: 6 }).chain((parts) => {
    const text = parts.join('');
    // Cuts fall between characters, so that each part is a text that can be sealed.
    const isWhole = (at: number) => text.slice(0, at).isWellFormed() && text.slice(at).isWellFormed();
    const places = Array.from({ length: text.length + 1 }, (_, at) => at).filter(isWhole);
    const aPlace = fc.constantFrom(...places);
    const aSpan = fc.tuple(aPlace, aPlace, fc.constantFrom(...TYPES)).map(([a, b, type]) => {
      return { start: Math.min(a, b), end: Math.max(a, b), type };
    });
    const spans = fc.array(aSpan, { maxLength: 4 }).map((all) => all.filter(({ start, end }) => start < end));
    return spans.map((found) => ({ text, spans: found }));
  });
}

test('whatever is hidden comes back as it was, also from another instance and after a try that was lost', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(aMessage(), { maxLength: 3 }), async (messages) => {
      const stored = threads[0]?.all;
      await openThread('one', stored).hide(messages);
      const thread = openThread('one', stored);
      const hidden = await thread.hide(messages);
      const other = openThread('one', JSON.parse(JSON.stringify(thread.placeholders)) as Placeholders);
      for (const [at, { text }] of messages.entries()) {
        expect(await other.restore(hidden[at] ?? '')).toBe(text);
        expect(await streamed(other, cutInto(hidden[at] ?? '', [1]))).toBe(text);
      }
    }),
  );
});

test('no part of a span is left, and equal parts have equal placeholders', async () => {
  const aWord = fc.constantFrom('maya', 'ada', 'ben');
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(aWord, { maxLength: 5 }), { maxLength: 3 }), async (messages) => {
      const thread = openThread('three');
      const seen = new Map<string, string>();
      for (const words of messages) {
        const text = words.join(' ');
        const spans = [...text.matchAll(/\w+/g)].map(({ 0: word, index }) => {
          return { start: index, end: index + word.length, type: 'NAME' };
        });
        const [hidden = ''] = await thread.hide([{ text, spans }]);
        expect(hidden).not.toMatch(/maya|ada|ben/);
        for (const [at, name] of hidden.split(' ').filter(Boolean).entries()) {
          const word = words[at] ?? '';
          expect(name).toBe(seen.get(word) ?? name);
          seen.set(word, name);
        }
      }
      expect(new Set(seen.values()).size).toBe(seen.size);
    }),
  );
});
