// Bodies of webhooks as messaging and support platforms send them, made up for tests: people, numbers and IDs are fictional.

/** One body. */
export interface Webhook {
  readonly name: string;
  /** The body as it came. */
  readonly bytes: Buffer;
  /**
   * What becomes of it as JSON inside a request: it comes back the same; the vault refuses it, because a parser would change
   * it or because it holds the reserved key; or it is no JSON.
   */
  readonly asJson: 'same' | 'refused' | 'none';
}

const LARGE_ID = '12345678901234567890';

/** Shapes by sender: JSON as a value, or as the text where the text matters. */
const SENDERS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  twilio: {
    'event stream': [
      {
        specversion: '1.0',
        type: 'com.twilio.messaging.message.delivered',
        source: '/2010-04-01/Accounts/AC0000/Messages/SM17.json',
        id: 'EZ17',
        time: '2026-11-23T11:00:00.000Z',
        data: { to: '+15550100', from: '+15550199', price: -0.0075, numSegments: 1, errorCode: null },
      },
    ],
    'conversation event': { EventType: 'onMessageAdded', Attributes: '{"vip":true,"score":0.1}', Index: 17 },
    'voice transcript': { CallSid: 'CA17', Confidence: 0.9876543, SpeechResult: 'my number is five five five' },
  },
  whatsapp: {
    text: whatsapp({
      from: '15550100',
      id: 'wamid.HBgL',
      timestamp: '1700000000',
      type: 'text',
      text: { body: 'Hi 👋🏽' },
    }),
    location: whatsapp({
      type: 'location',
      location: { latitude: 52.520008, longitude: 13.404954, name: 'Müllerstraße' },
    }),
    contacts: whatsapp({
      type: 'contacts',
      contacts: [{ name: { formatted_name: 'Maya E.' }, phones: [{ wa_id: '1' }] }],
    }),
    image: whatsapp({ type: 'image', image: { id: 900719925474099, sha256: 'mgK8/+A=', mime_type: 'image/jpeg' } }),
    reaction: whatsapp({ type: 'reaction', reaction: { message_id: 'wamid.1', emoji: '❤️' } }),
    order: whatsapp({ type: 'order', order: { product_items: [{ quantity: 2, item_price: 19.99, currency: 'EUR' }] } }),
    status: {
      object: 'whatsapp_business_account',
      entry: [{ changes: [{ value: { statuses: [{ status: 'read', pricing: { billable: false } }] } }] }],
    },
    'flow answer': whatsapp({ interactive: { nfm_reply: { response_json: '{"email":"maya@example.org","age":41}' } } }),
  },
  messenger: {
    message: messenger({
      message: { mid: 'm_17', text: 'Guten Tag', nlp: { entities: {}, traits: { a: [{ c: 0.99 }] } } },
    }),
    postback: messenger({ postback: { title: 'Yes', payload: '{"step":3}' }, timestamp: 1700000000123 }),
    attachment: messenger({
      message: { attachments: [{ type: 'image', payload: { url: 'https://f.example/a?x=1&y=%20' } }] },
    }),
    'large id as text': messenger({ sender: { id: LARGE_ID } }),
    'large id as number': `{"object":"page","entry":[{"messaging":[{"sender":{"id":${LARGE_ID}}}]}]}`,
    'escaped slashes and letters':
      '{"object":"page","entry":[{"url":"https:\\/\\/f.example\\/1","text":"\\u00fc\\u2605"}]}',
  },
  slack: {
    message: slack({ type: 'message', user: 'U17', text: 'Call &lt;+1 555 0100&gt;', ts: '1700000000.000200' }),
    blocks: slack({ blocks: [{ type: 'rich_text', elements: [{ elements: [{ type: 'emoji', name: 'wave' }] }] }] }),
    'file shared': slack({ type: 'file_shared', file: { id: 'F17', size: 4_294_967_296, thumb_64: null } }),
    'url verification': {
      token: 'Jhj5dZrVaK7ZwHHjRyZWjbDl',
      challenge: '3eZbrw1aBm2rZgRNFdxV2595E9C',
      type: 'url_verification',
    },
    'empty objects': slack({ type: 'app_home_opened', view: { state: {}, blocks: [], previous: null, hash: '' } }),
    reaction: slack({ type: 'reaction_added', reaction: '+1', item: { ts: '1700000000.000100' }, event_ts: '1' }),
  },
  telegram: {
    text: telegram({ text: 'привет', entities: [{ offset: 0, length: 6, type: 'bold' }] }),
    'large chat id': telegram({ chat: { id: -1001234567890, type: 'supergroup', title: 'Kundendienst' } }),
    'chat id near 2^53': telegram({ chat: { id: -9007199254740991 } }),
    contact: telegram({ contact: { phone_number: '+4915550100', first_name: 'Maya', user_id: 5_550_100_000 } }),
    location: telegram({ location: { latitude: -33.8688197, longitude: 151.2092955, horizontal_accuracy: 13.5 } }),
    voice: telegram({ voice: { duration: 3, mime_type: 'audio/ogg', file_size: 12_345, file_id: 'AwACAgIAAxk-_' } }),
    callback: { update_id: 10000, callback_query: { id: '4382bfdwdsb323b2d9', data: 'Data from button callback' } },
    passport: telegram({ passport_data: { data: [{ type: 'passport', data: 'q83vEjRWeJA=' }] } }),
  },
  intercom: {
    'user replied': intercom({
      item: { body: '<p>Hi &amp; bye,<br/>Maya</p>', custom_attributes: { 'Plan name': 'pro' } },
    }),
    'contact created': intercom({ item: { email: 'maya@example.org', location_data: {}, owner_id: null } }),
    'rating added': intercom({ item: { conversation_rating: { rating: 5, remark: 'Danke \u2028 schön' } } }),
    ping: { type: 'notification_event', topic: 'ping', delivery_attempts: 1, first_sent_at: 1700000000 },
    'nested parts': intercom({ item: { parts: { parts: [{ attachments: [{ size: 0 }] }], total_count: 1 } } }),
  },
  zendesk: {
    ticket: zendesk({
      type: 'zen:event-type:ticket.created',
      detail: { id: '35436', tags: ['a b', 'ü'], priority: null },
    }),
    'custom fields': zendesk({ detail: { custom_fields: { 360001: 'DE89 3704 0044 0532 0130 00', 360002: 41.5 } } }),
    'comment in HTML': zendesk({ detail: { body: '<table style="x:\'y\'"><tr><td>\t\u00a0</td></tr></table>' } }),
    'trigger with quotes': { ticket: { comment: 'She said "call me"\r\nat 5\\6 o\'clock', via: 'Web Form' } },
    'conversation message': {
      app: { id: '5ffc' },
      events: [{ payload: { message: { received: '2026-11-23T11:00:00.5Z' } } }],
    },
  },
};

/** Numbers as senders write them. A vault takes those that come back as they were written, if only by value. */
const NUMBERS: Readonly<Record<string, Webhook['asJson']>> = {
  '0': 'same',
  '-0.5': 'same',
  '0.1': 'same',
  '19.90': 'same',
  '3.141592653589793': 'same',
  '0.30000000000000004': 'same',
  '1700000000.0002': 'same',
  '1700000000123': 'same',
  '9007199254740991': 'same',
  '9007199254740992': 'same',
  '9007199254740993': 'refused',
  '-9007199254740993': 'refused',
  '18014398509481984': 'same',
  '12345678901234567890': 'refused',
  '170141183460469231731687303715884105727': 'refused',
  '1e3': 'same',
  '1E+2': 'same',
  '1e21': 'same',
  '1e-7': 'same',
  '0.1234567890123456789': 'refused',
  '1.7976931348623157e308': 'same',
  '1e309': 'refused',
  '5e-324': 'same',
  '1e-400': 'refused',
};

/** Texts that encodings, templates and printers like to change. */
const TEXTS: Readonly<Record<string, string>> = {
  nothing: '',
  blanks: '  leading, trailing and\u00a0non-breaking  ',
  'control characters': '\u0000\u0001\b\f\n\r\t\u001f\u007f\u0085',
  'line separators': 'a\u2028b\u2029c',
  'byte order mark': '\ufeffBOM',
  emoji: '👩🏽‍💻🏴󠁧󠁢󠁥󠁮󠁧󠁿👍',
  'combining marks': 'e\u0301 é ñ n\u0303',
  'right to left': 'שלום \u202e مرحبا',
  Chinese: '你好，我的电话是五五五',
  'private use and noncharacters': '\ue000\uffff\u{10ffff}',
  HTML: '<script>alert("x")</script>&amp;&#39;',
  SQL: "Robert'); DROP TABLE Students;--",
  template: '{{ user.email }} {% raw %} <%= secret %> %s %%',
  'JSON in text': '{"a":{"b":"\\"c\\""}}',
  'JSON twice in text': JSON.stringify(JSON.stringify({ a: '"' })),
  'a ref as text': `dk2_${'A'.repeat(76)}`,
  stars: '★★★★★',
  'a name like __proto__': '__proto__',
  'a number as text': '00012345678901234567890.500',
  Base64: 'JVBERi0xLjQKJcOkw7zDtsOfCjIgMCBvYmoK/+8=',
  'Base64 of a URL': 'SGVsbG8_d29ybGQ-',
  'a data URL': 'data:image/png;base64,iVBORw0KGgo=',
  backslashes: '\\\\server\\share\\n\\u0041',
  long: 'ab★"\\'.repeat(8000),
};

/** Structures of JSON that a parser may lose. */
const STRUCTURES: Readonly<Record<string, readonly [text: string, asJson: Webhook['asJson']]>> = {
  'blanks between everything': ['{ "a" :\t[ 1 ,\r\n 2 ] , "b" : { } }', 'same'],
  'a member __proto__': ['{"__proto__":{"admin":true},"constructor":1}', 'same'],
  'names that are numbers': ['{"2":"b","1":"a","10":"c"}', 'same'],
  'names with slashes, tildes and dots': ['{"a/b":1,"a~b":2,"a.b":3,"":4,"*":5}', 'same'],
  'an empty name': ['{"":{"":[]}}', 'same'],
  'one name twice': ['{"id":1,"id":2}', 'refused'],
  'one name twice, once escaped': ['{"id":1,"\\u0069d":2}', 'refused'],
  'the reserved key': ['{"a":{"$sensitive":"hi"}}', 'refused'],
  'the reserved key, escaped': ['{"a":{"\\u0024sensitive":"hi"}}', 'refused'],
  'half a surrogate pair': ['{"text":"\\ud83d"}', 'refused'],
  'a surrogate pair, escaped': ['{"text":"\\ud83d\\ude00"}', 'same'],
  '50 levels': [`{"a":${'['.repeat(49)}${']'.repeat(49)}}`, 'same'],
  '100 levels': [`{"a":${'['.repeat(99)}${']'.repeat(99)}}`, 'refused'],
  'an array': ['[{"a":1},null,[],{}]', 'same'],
  'many members': [`{${Array.from({ length: 500 }, (_, i) => `"field_${i}":${i / 8}`).join()}}`, 'same'],
  'broken off': ['{"a":[1,2', 'none'],
  'no JSON but nearly': ["{'a': NaN, b: undefined,}", 'none'],
};

/** Bodies of forms, XML and bytes. */
const OTHERS: Readonly<Record<string, string | Buffer>> = {
  'twilio form: SMS': 'ToCountry=DE&SmsSid=SM17&Body=Meine+Nummer+ist+%2B49+155+50100&From=%2B15550100&NumMedia=0',
  'twilio form: voice': 'CallSid=CA17&Digits=4111111111111111&CallStatus=in-progress&Direction=inbound',
  'twilio form: WhatsApp with media':
    'MediaUrl0=https%3A%2F%2Ff.example%2F1%3Fa%3Db%26c&Latitude=52.520008&Body=%F0%9F%91%8B',
  'slack form: command': 'token=x&command=%2Fweather&text=94070+%26+more&response_url=https%3A%2F%2Fhooks.example%2F1',
  'slack form: interactive': `payload=${encodeURIComponent('{"type":"block_actions","actions":[{"value":"ja & nein"}]}')}`,
  'form: one name many times': 'a=1&a=2&a=&=&a',
  'form: broken escapes': 'a=%zz&b=%C3%28&c=%',
  XML: '<?xml version="1.0"?>\r\n<m a="1">caf\u00e9 &lt;<![CDATA[<x>]]></m>\n',
  'multipart text': '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--x--\r\n',
  'Latin-1 form': Buffer.from('Body=caf\xe9', 'latin1'),
  gzip: Buffer.from('H4sIAAAAAAAAA6tWSlSyUjJUqgUAYYWCUAkAAAA=', 'base64'),
  'every byte': Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)),
  'a text cut inside a letter': Buffer.from('grüße').subarray(0, 3),
  'UTF-16': Buffer.from('{"a":1}', 'utf16le'),
  nothing: '',
};

/** All of them. */
export const WEBHOOKS: readonly Webhook[] = [
  ...Object.entries(SENDERS).flatMap(([sender, bodies]) =>
    Object.entries(bodies).map(([name, body]): Webhook => {
      const isText = typeof body === 'string';
      const asJson = isText && body.includes(LARGE_ID) ? 'refused' : 'same';
      return { name: `${sender}: ${name}`, bytes: Buffer.from(isText ? body : JSON.stringify(body)), asJson };
    }),
  ),
  ...Object.entries(NUMBERS).map(([number, asJson]): Webhook => {
    return {
      name: `the number ${number}`,
      bytes: Buffer.from(`{"event":{"amount":${number},"ids":[${number}]}}`),
      asJson,
    };
  }),
  ...Object.entries(TEXTS).map(([name, text]): Webhook => {
    return {
      name: `a text: ${name}`,
      bytes: Buffer.from(JSON.stringify({ message: { text, [text]: 1 } })),
      asJson: 'same',
    };
  }),
  ...Object.entries(STRUCTURES).map(([name, [text, asJson]]): Webhook => ({ name, bytes: Buffer.from(text), asJson })),
  ...Object.entries(OTHERS).map(([name, body]): Webhook => ({ name, bytes: Buffer.from(body), asJson: 'none' })),
];

function whatsapp(message: object): object {
  const metadata = { display_phone_number: '15550199', phone_number_id: '106540352242922' };
  const value = { messaging_product: 'whatsapp', metadata, messages: [message] };
  return { object: 'whatsapp_business_account', entry: [{ id: '0', changes: [{ value, field: 'messages' }] }] };
}

function messenger(event: object): object {
  return {
    object: 'page',
    entry: [{ id: '17', time: 1700000000123, messaging: [{ recipient: { id: '1' }, ...event }] }],
  };
}

function slack(event: object): object {
  return { token: 'x', team_id: 'T17', api_app_id: 'A17', event, type: 'event_callback', event_time: 1700000000 };
}

function telegram(message: object): object {
  return {
    update_id: 123456789,
    message: { message_id: 1365, from: { id: 1111111, is_bot: false }, date: 1, ...message },
  };
}

function intercom(data: object): object {
  return {
    type: 'notification_event',
    id: 'notif_ccd8a4d0',
    app_id: 'a86dr8yl',
    topic: 'conversation.user.replied',
    data,
  };
}

function zendesk(event: object): object {
  return { account_id: 22129848, zendesk_event_version: '2022-11-06', subject: 'zen:ticket:35436', ...event };
}
