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

// Its work() sleeps half a second between looks; a loop of fetch and complete goes as fast as its statements can.
async function handle(count, toNext) {
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
      for (const { data } of jobs)
        sum += data.step;
      await boss.complete(queue, jobs.map(job => job.id));
      const next = jobs.map(job => toNext(job.data)).filter(data => data);
      if (next.length > 0)
        await insert(next);
    }
  };
  await Promise.all(Array.from({ length: workers }, worker));
  return sum;
}

const insert = all => boss.insert(all.map(data => ({ name: queue, data })));

// Each step is a job that starts the next one; the last one starts another workflow.
async function chains({ workflows, steps, parallel }) {
  let started = Math.min(parallel, workflows);
  await insert(Array.from({ length: started }, () => ({ step: 1 })));
  return handle(workflows * steps, ({ step }) =>
    step < steps ? { step: step + 1 } : started++ < workflows ? { step: 1 } : null);
}

async function independent({ jobs }) {
  await insert(Array.from({ length: jobs }, () => ({ step: 1 })));
  return handle(jobs, () => null);
}

await rounds(round => timed(() => (round.jobs ? independent(round) : chains(round))));

await boss.stop({ graceful: false });
