import { createInterface } from 'node:readline';

// For each line of JSON, one round of work and one line of JSON about it, until the input ends.
export async function rounds(work) {
  for await (const line of createInterface({ input: process.stdin }))
    process.stdout.write(JSON.stringify(await work(JSON.parse(line))) + '\n');
}

export async function timed(work) {
  const start = process.hrtime.bigint();
  const count = await work();
  return { count, seconds: Number(process.hrtime.bigint() - start) / 1e9 };
}
