// Commits until it is killed and says each receipt it was answered, so that a test can look for all of them afterwards.
import { writeSync } from 'node:fs';
import { openHome } from '../../src/record/home.ts';
import { openSqliteStore } from '../../src/record/store/sqlite.ts';
import { hooked } from './commits.ts';

const [dir = '', inFlight = '8'] = process.argv.slice(2);
const { dbPath, signingKeyPem, keyid, lock } = openHome(dir);
lock();
const store = await openSqliteStore({ path: dbPath, signingKeyPem, keyid });

async function commitForever(line: number): Promise<never> {
  for (let n = 0; ; n++) {
    const { receipt } = await store.commit(hooked({ id: `${process.pid}-${line}-${n}` }));
    writeSync(1, `${receipt?.seq} ${receipt?.leaf}\n`);
  }
}
await Promise.all(Array.from({ length: Number(inFlight) }, (_, line) => commitForever(line)));
