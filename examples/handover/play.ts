// The play: a bot hands a user over to an agent. It checks that each party sees only what it should.

import { blobs } from '../../client/blobs/index.ts';
import {
  type Daykey,
  DaykeyProblem,
  type Json,
  type JsonObject,
  type LifeOptions,
  REDACTED,
  type RefObject,
} from '../../client/sdk/index.ts';
import { PARTIES, type Party, type Platform, platformOf, type Vaults } from './platform.ts';

/** The vault that it is played on, and how time passes there. */
export interface Stage {
  readonly vaults: Vaults;
  /** How long a value that is sealed now lives. */
  life(): LifeOptions;
  /** The same, for people. */
  readonly lifeInWords: string;
  /** Resolves at this instant. */
  until(instant: Date): Promise<void>;
}

/** One line of the transcript: what each party saw. A party that takes no part is absent. */
export interface Line {
  readonly what: string;
  readonly seen: Readonly<Partial<Record<Party, string>>>;
}

/** Lines under one heading. */
export interface Scene {
  readonly title: string;
  readonly lines: Line[];
}

/** The result of a play. */
export interface Played {
  readonly scenes: readonly Scene[];
  /** What the platform logged during the play. */
  readonly log: readonly string[];
}

/** Something that the play looks at again later. */
interface Kept {
  readonly what: string;
  /** An entry or a scope, with its refs. */
  readonly state: Json;
  /** Where in it the readable text is. */
  readonly path: readonly string[];
  readonly text: string;
  readonly isSealed: boolean;
  readonly parties: readonly Party[];
  /** Whether the ref of a blob is there, and the text is what a party that fetches the blob finds in it. */
  readonly isBlob?: boolean;
}

const GET_PLAINTEXT: readonly Party[] = ['user', 'agent'];
const BEFORE_HANDOVER: readonly Party[] = ['user', 'bot', 'analytics'];
const BEHIND_THE_SCENES: readonly Party[] = ['bot', 'agent', 'analytics'];
const EMAIL = 'maya@example.org';
/** They stand for the bytes of a picture and of a recording. */
const PICTURE = '[picture of a parcel]';
const VOICE = '[voice of a person]';
const SPOKEN = 'Call after six.';
/** Parcels by e-mail address. It stands for an external system, which knows nothing about refs. */
const PARCELS: Readonly<Record<string, string>> = { [EMAIL]: 'Parcel 17 is in Leeds.' };

/** Plays it. @throws Error when a party sees something else than it should. */
export async function play(stage: Stage): Promise<Played> {
  const platform = platformOf(stage.vaults, () => stage.life());
  const { bot, analytics } = stage.vaults;
  const scenes: Scene[] = [];
  const kept: Kept[] = [];

  const begin = (title: string) => void scenes.push({ title, lines: [] });
  const add = (line: Line) => void scenes.at(-1)?.lines.push(line);
  const show = async (one: Kept) => {
    kept.push(one);
    add(await lineOf(stage, platform, one));
  };
  const say = async (mode: string, from: Party, text: string, parties: readonly Party[]) => {
    const entry = { type: 'text.say', user: { type: from }, data: { text } };
    const said = await platform.receive(from, entry, { thread: { mode } });
    const isSealed = mode !== 'bot';
    await show({ what: `${from} says`, state: said.entry, path: ['data', 'text'], text, isSealed, parties });
    return said;
  };

  /** The bytes go to the store, encrypted. The entry carries their ref. */
  const send = async (what: string, type: string, content: string, data: JsonObject) => {
    const blob = await blobs(stage.vaults.user).sealBlob(Buffer.from(content), stage.life());
    const entry = { type, user: { type: 'user' }, data };
    const sent = await platform.receive('user', entry, { thread: { mode: 'agent' }, blob });
    const inEntry = { what, state: sent.entry, path: ['data', 'blob'], isBlob: true };
    await show({ ...inEntry, text: content, isSealed: true, parties: PARTIES });
    return sent;
  };

  begin('bot mode: nothing is sealed');
  await say('bot', 'user', 'Where is my parcel?', BEFORE_HANDOVER);
  await say('bot', 'bot', 'What is your e-mail?', BEFORE_HANDOVER);

  begin('prechat: everything is sealed');
  const form = { type: 'form.answer', user: { type: 'user' }, data: { answers: { email: EMAIL } } };
  const { entry: answer } = await platform.receive('user', form, { thread: { mode: 'prechat' } });
  const inForm = { what: 'user fills in a form', state: answer, path: ['data', 'answers', 'email'] };
  await show({ ...inForm, text: EMAIL, isSealed: true, parties: BEFORE_HANDOVER });

  // The bot copies the ref. The value stays sealed and keeps its expiry.
  const user = bot.scope({ email: at(answer, inForm.path) as unknown as RefObject<string> });
  platform.note('user scope:', user);

  // A component opens the e-mail address for its work. It is plaintext only where `reveal` is called.
  const { email } = await user.decrypted();
  if (email.status !== 'ok') throw new Error('the component could not open the e-mail address');
  platform.note('the component opened', email);
  add({ what: 'component at work', seen: { bot: `decrypts ${email.value}` } });
  const result = PARCELS[email.value.reveal()] ?? 'There is no parcel.';
  // A result that comes from the address expires no later than the address.
  const found = await platform.receive(
    'bot',
    { type: 'component.response', data: { result } },
    { component: { sensitive: true }, derivedFrom: [email.value] },
  );

  // Analytics may not decrypt it.
  const { email: ref } = user.encrypted;
  const refusal: unknown = await analytics.decrypt({ email: ref.$sensitive }).catch((problem: unknown) => problem);
  if (!(refusal instanceof DaykeyProblem) || refusal.code !== 'forbidden') throw new Error('analytics was not refused');
  add({ what: 'analytics asks', seen: { analytics: `${refusal.status} ${refusal.code}` } });

  begin('agent mode: everything is sealed');
  const inScope = { what: 'user scope: email', state: user.encrypted as unknown as Json, path: ['email'] };
  await show({ ...inScope, text: EMAIL, isSealed: true, parties: BEHIND_THE_SCENES });
  const inResponse = { what: 'component found', state: found.entry, path: ['data', 'result'] };
  await show({ ...inResponse, text: result, isSealed: true, parties: BEHIND_THE_SCENES });
  await say('agent', 'agent', 'Maya, may we call you?', PARTIES);
  await send('user sends a picture', 'image.share', PICTURE, { mediaType: 'image/png', name: 'maya-at-home.png' });
  const voice = await send('user sends a voice', 'audio.share', VOICE, { seconds: 4, transcript: SPOKEN });
  const inVoice = { what: 'its transcript', state: voice.entry, path: ['data', 'transcript'] };
  await show({ ...inVoice, text: SPOKEN, isSealed: true, parties: PARTIES });
  const { expiresAt } = await say('agent', 'user', 'Yes, on 020 7946 0017.', PARTIES);

  // The value that was sealed last expires last.
  if (expiresAt === undefined) throw new Error('what a user says to an agent was not sealed');
  await stage.until(expiresAt);
  begin(`${stage.lifeInWords} later: what was sealed is gone`);
  for (const one of kept) add(await lineOf(stage, platform, { ...one, text: one.isSealed ? REDACTED : one.text }));
  return { scenes, log: platform.log };
}

/** What each party sees of something kept. @throws Error when that is not what it should see. */
async function lineOf({ vaults }: Stage, platform: Platform, kept: Kept): Promise<Line> {
  const { what, state, path, text, isSealed, parties, isBlob } = kept;
  const seen = new Map<Party, string>();
  for (const [party, view] of await platform.show(state, parties)) {
    const found = at(view, path);
    const saw = isBlob ? await blobText(vaults[party], found) : found;
    const expected = isSealed && !GET_PLAINTEXT.includes(party) ? REDACTED : text;
    if (saw !== expected) throw new Error(`${what}: ${party} saw something else than it should`);
    seen.set(party, saw);
  }
  return { what, seen: Object.fromEntries(seen) };
}

/** What is in the blob of a ref, as text; what stands for the ref where a party has none. */
async function blobText(vault: Daykey, found: Json): Promise<Json> {
  const ref = Object(found).$sensitive;
  if (typeof ref !== 'string') return found;
  const opened = await blobs(vault).openBlob(ref);
  return opened.status === 'ok' ? (await opened.blob.reveal()).toString('utf8') : REDACTED;
}

/** The value at a path in JSON. */
function at(json: Json, path: readonly string[]): Json {
  return path.reduce<Json>((inside, name) => (Object(inside) as { [name: string]: Json })[name] ?? null, json);
}
