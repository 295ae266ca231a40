import type { Store } from '../core/store.ts';
import { type Home, openHome } from '../record/home.ts';
import { openSqliteStore } from '../record/store/sqlite.ts';

/** Opens a Warder home and its store for one piece of work, beside a running server too. Throws when the home cannot be used. */
export async function withHomeStore<T>(
  dir: string,
  work: (home: Home, store: Store) => Promise<T>,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<T> {
  const home = openHome(dir, env);
  const store = await openSqliteStore({ path: home.dbPath, signingKeyPem: home.signingKeyPem, keyid: home.keyid });
  try {
    return await work(home, store);
  } finally {
    await store.close();
  }
}
