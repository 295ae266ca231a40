// One of the threads of `warder scan`: it judges the session it is given, and answers with what is to be counted.
import { parentPort, workerData } from 'node:worker_threads';
import { answering } from './scan-jobs.ts';

const answer = answering(workerData);
parentPort?.on('message', (asked: unknown) => {
  for (const reply of answer(asked)) parentPort?.postMessage(reply);
});
