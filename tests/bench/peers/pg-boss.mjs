import PgBoss from 'pg-boss';
import { rounds, timed } from './rounds.mjs';

const [, , connectionString] = process.argv;
const queue = 'steps';
const batchSize = 50;
const workers = 4;
const idle = () => new Promise(resolve => setTimeout(resolve, 1));

const boss = new PgBoss({ connectionString, max: 10, supervise: false, schedule: false });
boss.on('error', error => console.error(error));
await boss.start();
await boss.createQueue(queue);

// Its work() sleeps half a second between looks; loops of fetch and complete go as fast as the statements can.
async function handle(count, handler) {
  let left = count;
  let sum = 0;
  const worker = async () => {
    while (left > 0) {
      const jobs = await boss.fetch(queue, { batchSize });
      if (jobs.length === 0) {
        await idle();
        continue;
      }
      left -= jobs.length;
      await Promise.all(jobs.map(async ({ data }) => {
        sum += data.step;
        await handler(data);
      }));
      await boss.complete(queue, jobs.map(job => job.id));
    }
  };
  await Promise.all(Array.from({ length: workers }, worker));
  return sum;
}

// Each step is a job whose handler sends the next one; the last one of a workflow starts another workflow.
async function chains({ workflows, steps, parallel }) {
  let started = Math.min(parallel, workflows);
  await Promise.all(Array.from({ length: started }, () => boss.send(queue, { step: 1 })));
  return handle(workflows * steps, async ({ step }) => {
    if (step < steps)
      await boss.send(queue, { step: step + 1 });
    else if (started++ < workflows)
      await boss.send(queue, { step: 1 });
  });
}

async function independent({ jobs }) {
  await boss.insert(Array.from({ length: jobs }, () => ({ name: queue, data: { step: 1 } })));
  return handle(jobs, async () => {});
}

await rounds(round => timed(() => (round.jobs ? independent(round) : chains(round))));

await boss.stop({ graceful: false });
