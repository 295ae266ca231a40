import type { Store } from '../core/store.ts';

/** The settings of a store as several processes share them. */
export type SharedSettings = Pick<Store, 'setting' | 'changeSetting'>;

const mostTries = 50;

/**
 * Makes a setting's next text out of its text now (null: none), so that no change of another process is lost: when one
 * was faster, `next` is asked again about what is there now. A `text` equal to the one before writes nothing.
 */
export async function changeShared<T>(
  settings: SharedSettings,
  name: string,
  next: (text: string | null) => { readonly text: string | null; readonly value: T },
): Promise<T> {
  for (let tries = 0; tries < mostTries; tries += 1) {
    const before = await settings.setting(name);
    const { text, value } = next(before);
    if (text === before || (await settings.changeSetting(name, before, text))) return value;
  }
  throw new Error(`the setting ${name} is being changed by others all the time. Try again.`);
}
