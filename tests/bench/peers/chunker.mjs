import { readFileSync } from 'node:fs';
import { MarkdownTextSplitter, TokenTextSplitter } from '@langchain/textsplitters';
import { Tiktoken } from 'js-tiktoken/lite';
import cl100k_base from 'js-tiktoken/ranks/cl100k_base';
import { rounds, timed } from './rounds.mjs';

const tokens = new Tiktoken(cl100k_base);
const size = { chunkSize: 512, chunkOverlap: 50 };

// The token splitter would fetch its vocabulary; it takes one that is set before.
const token = new TokenTextSplitter({ ...size, encodingName: 'cl100k_base' });
token.tokenizer = tokens;

const splitters = {
  tokens: token,
  markdown: new MarkdownTextSplitter({ ...size, lengthFunction: text => tokens.encode(text, [], []).length }),
};

await rounds(({ file, splitter }) => {
  const text = readFileSync(file, 'utf8');
  return timed(async () => (await splitters[splitter].splitText(text)).length);
});
