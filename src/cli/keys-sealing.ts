import { changeShared } from '../capture/settings.ts';
import type { Store } from '../core/store.ts';
import type { Home } from '../record/home.ts';
import type { ExitStatus, Io } from './command.ts';
import { withHomeStore } from './home-store.ts';

/** A sealed value wherever it stands in a setting's text. */
const sealed = /\bv(?:1|2\.[0-9a-f]{8})\.[A-Za-z0-9_-]{38,}/g;

/** Throws when something kept here is sealed under a key that this process was not given: what it adds would be sealed under another. */
export async function requireOpen(home: Home, store: Store): Promise<void> {
  for (const name of await store.settingNames()) {
    for (const [value] of ((await store.setting(name)) ?? '').matchAll(sealed)) {
      const id = /^v2\.([0-9a-f]{8})\./.exec(value)?.[1];
      if (id === undefined || home.unseal(value).ok) continue;
      throw new Error(
        `this home keeps secrets under the key ${id}, which was not given here. Set WARDER_KEY or WARDER_KEY_FILE as the server has it. If it is lost: restart the server without it, then take out what it sealed (warder keys remove, warder mcp remove) and add it anew.`,
      );
    }
  }
}

/** `warder keys rotate --sealing-key`. */
export function renewSealing(dir: string, json: boolean, io: Io): Promise<ExitStatus> {
  return withHomeStore<ExitStatus>(
    dir,
    async (home, store) => {
      await requireOpen(home, store);
      const before = home.sealingKey();
      // First all under the present key: only that one stays beside the new one.
      await sealAnew(home, store);
      const renewed = home.renewSealingKey();
      const count = await sealAnew(home, store);
      const { id, source } = home.sealingKey();
      if (json)
        io.stdout.write(`${JSON.stringify({ id, before: before.id, source, renewed: renewed !== null, count })}\n`);
      else if (renewed)
        io.stdout.write(`A new key (${id}, in ${source}) seals ${count} secrets; ${before.id} did before.\n`);
      else io.stdout.write(`${count} secrets are sealed under the key ${id} of ${source}.\n`);
      if (!renewed && !json)
        io.stderr.write(
          'To renew that key, put a new one before it (NEW,OLD), restart the server, and run this again.\n',
        );
      return 0;
    },
    io.env,
  );
}

/** Every sealed value of every setting under the key that seals now; how many there are. */
async function sealAnew(home: Home, store: Store): Promise<number> {
  let count = 0;
  for (const name of await store.settingNames()) {
    count += await changeShared(store, name, (text) => {
      let found = 0;
      const next = (text ?? '').replace(sealed, (value) => {
        const opened = home.unseal(value);
        if (!opened.ok) return value;
        found += 1;
        return home.seal(opened.value);
      });
      return { text: found === 0 ? text : next, value: found };
    });
  }
  return count;
}
