// Writes shared/Tokens/<encoding>.tokens.br from the token ranks in the npm package js-tiktoken (MIT), whose data are
// OpenAI's published cl100k_base and o200k_base vocabularies (tiktoken, MIT). Run it only when a vocabulary is added:
//
//   npm install js-tiktoken@1.0.21 && node infra/dev/vocabulary.mjs
//
// Format, before Brotli: every token in rank order from 0, without gaps, as one length byte and its bytes.
import { createRequire } from 'node:module';
import { writeFileSync } from 'node:fs';
import { brotliCompressSync, constants } from 'node:zlib';

// Resolved from the working directory, so that node_modules may be anywhere above it.
const require = createRequire(`${process.cwd()}/`);

for (const name of ['cl100k_base', 'o200k_base']) {
  const source = require(`js-tiktoken/ranks/${name}`);
  const { bpe_ranks: ranks } = source.default ?? source;
  const tokens = [];
  for (const line of ranks.split('\n').filter(Boolean)) {
    const [, first, ...row] = line.split(' ');
    row.forEach((token, index) => { tokens[Number(first) + index] = Buffer.from(token, 'base64'); });
  }
  if (tokens.some(token => token.length > 255) || Object.keys(tokens).length !== tokens.length)
    throw new Error(`${name} has a gap in its ranks or a token of more than 255 bytes.`);

  const raw = Buffer.concat(tokens.flatMap(token => [Buffer.from([token.length]), token]));
  const packed = brotliCompressSync(raw, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: 11,
      [constants.BROTLI_PARAM_LGWIN]: 22,
      [constants.BROTLI_PARAM_SIZE_HINT]: raw.length,
    },
  });
  const file = new URL(`../../shared/Tokens/${name}.tokens.br`, import.meta.url);
  writeFileSync(file, packed);
  console.log(`${name}: ${tokens.length} tokens, ${raw.length} bytes, ${packed.length} compressed`);
}
