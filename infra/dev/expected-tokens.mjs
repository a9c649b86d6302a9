// Writes tests/Tokens/expected.json: texts and the tokens that the npm package js-tiktoken gives for them.
//
//   npm install js-tiktoken@1.0.21 && node infra/dev/expected-tokens.mjs [seed count]
//
// With a seed and a count, that many random texts are written to standard output instead, for a longer comparison.
import { createRequire } from 'node:module';
import { writeFileSync } from 'node:fs';

const require = createRequire(`${process.cwd()}/`);
const { Tiktoken } = require('js-tiktoken/lite');
const load = name => { const ranks = require(`js-tiktoken/ranks/${name}`); return new Tiktoken(ranks.default ?? ranks); };
const encodings = { cl100k: load('cl100k_base'), o200k: load('o200k_base') };

const written = [
  '', ' ', '\n', '   ', '\t\t', '\r\n\r\n', ' \n \n ', 'a', "'s", "it's IT'S we'LL they'Re I'm o'clock 'tis ''s",
  'Hello, world! How are you today?',
  'The quick brown fox jumps over the lazy dog. '.repeat(3),
  'camelCaseName PascalCaseName HTTPServer XMLHttpRequest snake_case kebab-case SCREAMING_CASE',
  '1 12 123 1234 12345 1234567890 3.14159 1,000,000 ½ ² Ⅷ ٣٤٥ 四五',
  'Zażółć gęślą jaźń. Größe, façade, naïve, Ångström, crème brûlée, ĲSSELMEER, ǅungla',
  'Съешь же ещё этих мягких французских булок, да выпей чаю.',
  'Ξεσκεπάζω την ψυχοφθόρα βδελυγμία.', 'עטלף אבק נס דרך מזגן שהתפוצץ כי חם', 'نص حكيم له سر قاطع وذو شأن عظيم',
  'ऋषियों को सताने वाले दुष्ट राक्षसों के राजा रावण का सर्वनाश', 'เป็นมนุษย์สุดประเสริฐเลิศคุณค่า กว่าบรรดาฝูงสัตว์เดรัจฉาน',
  '我能吞下玻璃而不伤身体。視野無限廣,窗外有藍天。', 'いろはにほへと ちりぬるを ワタシハガラスヲタベラレマス。', '키스의 고유조건은 입술끼리 만나야 하고',
  '👍🏽👩‍👩‍👧‍👦🏳️‍🌈🇩🇪 😀😃 ❤️‍🔥 \u{1F469}\u{1F3FF}‍🚀 e\u0301e\u0300 a\u0308\u0323', '\u0301abc \u0301ABC \u0301\u0301 !\u0301x A\u0301B',
  'ⅣabcⅣ ʰʷ ªº ᾈ ǅ 𝒜𝒷𝒸 𐐀𐐨 𠀋𡈽', '文A文A文ABC Ab文C aB文', '\ufefftext \ufeff\u0085x\u00a0y\u2003\u3000z\u2028w',
  'lone \ud800 high, \udc00 low, \udc00\ud800 swapped, pair \ud83d\ude00, end \ud83d',
  'def fib(n):\n    if n < 2:\n        return n\n    return fib(n - 1) + fib(n - 2)\n\n\nprint([fib(i) for i in range(10)])\n',
  'public static void Main(string[] args) {\r\n\tConsole.WriteLine($"{args.Length:N0}"); // done\r\n}\r\n//\n/*x*/ a/b//c\n/d',
  '<div class="a b">\n  <p>Text &amp; more</p>\n</div>', '{"a":[1,2.5e-10,null,true],"b":{"c":"\\u00e9"}}',
  'SELECT id, name FROM t WHERE a >= 10 AND b <> \'x\';', '| a | b |\n|---|---|\n| 1 | 2 |\n\n- item\n  - nested\n\n```js\nlet x=1\n```\n',
  '<|endoftext|> and <|fim_prefix|>', 'https://example.org/path/to?q=1&r=%20#frag user@example.org', '……——“”‘’«»¿¡§¶†‡•′″',
  'a'.repeat(300), 'ab'.repeat(200), ' '.repeat(200), '\n'.repeat(100), '!'.repeat(150), '=-'.repeat(100), '😀'.repeat(60),
  'x'.repeat(128) + ' ' + 'X'.repeat(129), ' \t \n\n\t  x  \n  y   ', 'ACGT'.repeat(80),
];

function random(seed) {
  let state = seed >>> 0;
  return limit => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}

// Only code points that this runtime's Unicode version has assigned: for others, versions disagree on what is a letter.
const assigned = /\p{Assigned}/u;
const pools = [
  n => String.fromCharCode(32 + n(95)), n => ' \t\n\r\v\f'[n(6)], n => "aAsStTdDmMlLrReEvV'’ "[n(20)],
  n => String.fromCodePoint(0x300 + n(0x70)), n => String.fromCodePoint(0x4e00 + n(0x5000)),
  n => String.fromCodePoint(0x1f300 + n(0x300)), n => String.fromCharCode(0xd800 + n(0x800)),
  n => '\u00a0\u2003\u2028\u3000\ufeff\u0085\u200d\ufe0f'[n(8)], n => String(n(100000)),
  n => { for (;;) { const c = String.fromCodePoint(n(0x20000)); if (assigned.test(c)) return c; } },
];
function randomText(next) {
  const chosen = Array.from({ length: 1 + next(4) }, () => pools[next(pools.length)]);
  let text = '';
  for (let length = next(60); length > 0; length--) {
    const piece = chosen[next(chosen.length)](next);
    text += piece.repeat(next(12) === 0 ? 1 + next(5) : 1);
  }
  return text;
}

const row = text => ({
  // As UTF-16 code units in hexadecimal, since JSON tools differ on lone surrogates.
  text: Array.from({ length: text.length }, (_, i) => text.charCodeAt(i).toString(16).padStart(4, '0')).join(''),
  cl100k: encodings.cl100k.encode(text, [], []), o200k: encodings.o200k.encode(text, [], []),
});

const [seed, count] = process.argv.slice(2).map(Number);
const next = random(seed || 1);
const texts = count ? [] : [...written];
for (let index = 0; index < (count || 200); index++) texts.push(randomText(next));
const json = '[\n' + texts.map(text => JSON.stringify(row(text))).join(',\n') + '\n]\n';
if (count) process.stdout.write(json);
else writeFileSync(new URL('../../tests/Tokens/expected.json', import.meta.url), json);
