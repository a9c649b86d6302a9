// Asks the app at ADDRESS with KEY what a client of the Model Context Protocol asks, and writes the answers as JSON.
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';

const [address, key] = process.argv.slice(2);
const client = new Client({ name: 'assay-tests', version: '1.0' });
await client.connect(new StreamableHTTPClientTransport(new URL(address), {
    requestInit: { headers: { Authorization: `Bearer ${key}` } },
}));
await client.ping();
const { prompts } = await client.listPrompts();
const { tools } = await client.listTools();
const call = (name, args) => client.callTool({ name, arguments: args });
const found = await call('search_prompts', { query: 'answer' });
const id = found.structuredContent.prompts[0].id;
const refusal = await client.getPrompt({ name: prompts[0].name, arguments: {} }).catch(error => error.message);
console.log(JSON.stringify({
    server: client.getServerVersion(),
    prompts,
    tools: tools.map(tool => tool.name),
    got: await client.getPrompt({ name: prompts[0].name, arguments: { question: 'Why?', sentences: '3' } }),
    refusal,
    found: found.structuredContent,
    read: (await call('get_prompt', { id })).structuredContent,
    composed: (await call('compose_prompt', { id, variables: { question: 'Why?' } })).structuredContent,
    wrong: await call('compose_prompt', { id, variables: { nonsense: 1 } }),
}));
await client.close();
