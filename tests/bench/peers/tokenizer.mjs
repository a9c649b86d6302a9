import { readFileSync } from 'node:fs';
import { Tiktoken } from 'js-tiktoken/lite';
import cl100k_base from 'js-tiktoken/ranks/cl100k_base';
import o200k_base from 'js-tiktoken/ranks/o200k_base';
import { rounds, timed } from './rounds.mjs';

const encodings = { cl100k_base: new Tiktoken(cl100k_base), o200k_base: new Tiktoken(o200k_base) };

await rounds(({ file, encoding }) => {
  const text = readFileSync(file, 'utf8');
  return timed(() => encodings[encoding].encode(text, [], []).length);
});
