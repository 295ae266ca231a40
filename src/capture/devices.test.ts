import { expect, it } from 'vitest';
import { openDevices } from './devices.ts';
import { openTokens } from './tokens.ts';

const now = () => '2026-11-22T12:00:00.000Z';
const beat = { version: '1', platform: 'linux', agents: [], policy: '', waiting: 0, lost: 0 };

/** Settings in memory; `meanwhile` happens before a change is written. */
function settingsInMemory() {
  const all = new Map<string, string>();
  const set = (name: string, value: string | null) => (value === null ? all.delete(name) : all.set(name, value));
  const settings = {
    meanwhile: async () => {},
    setting: async (name: string) => all.get(name) ?? null,
    settingNames: async () => [...all.keys()],
    setSetting: async (name: string, value: string | null) => void set(name, value),
    async changeSetting(name: string, from: string | null, to: string | null) {
      await settings.meanwhile();
      if ((all.get(name) ?? null) !== from) return false;
      set(name, to);
      return true;
    },
  };
  return settings;
}

it('lets no heartbeat that was under way bring back a device that is revoked', async () => {
  const settings = settingsInMemory();
  const devices = openDevices({ settings, tokens: openTokens({ settings, now }), keyid: 'k', now });
  const { code } = await devices.invite({ person: 'ada', minutes: 5 });
  const enrolled = await devices.enrol(code, { name: 'laptop', version: '1', platform: 'linux' });
  if (!enrolled.ok) throw new Error(enrolled.error.detail);
  const { id } = enrolled.value.record;
  expect(await devices.seen(id, beat, now())).toMatchObject({ id, lastSeen: now() });
  settings.meanwhile = async () => {
    settings.meanwhile = async () => {};
    expect(await devices.revoke(id)).toBe(true);
  };
  expect(await devices.seen(id, { ...beat, waiting: 3 }, now())).toBeNull();
  expect(await devices.seen(id, beat, now())).toBeNull();
  expect(await devices.list()).toEqual([]);
});
