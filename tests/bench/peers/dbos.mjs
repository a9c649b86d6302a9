import { DBOS } from '@dbos-inc/dbos-sdk';
import { rounds, timed } from './rounds.mjs';

const [, , systemDatabaseUrl] = process.argv;

const steps = DBOS.registerWorkflow(
  async count => {
    let sum = 0;
    for (let step = 1; step <= count; step++)
      sum += await DBOS.runStep(async () => step, { name: 'add' });
    return sum;
  },
  { name: 'steps' });

DBOS.setConfig({ name: 'bench', systemDatabaseUrl, logLevel: 'error', runAdminServer: false });
await DBOS.launch();

await rounds(({ workflows, steps: count, parallel }) => timed(async () => {
  let started = 0;
  let sum = 0;
  const lane = async () => {
    while (started < workflows) {
      started++;
      const handle = await DBOS.startWorkflow(steps)(count);
      const result = await handle.getResult();
      sum += result;
    }
  };
  await Promise.all(Array.from({ length: parallel }, lane));
  return sum;
}));

await DBOS.shutdown();
