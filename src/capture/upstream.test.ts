import { expect, it } from 'vitest';
import { providers } from '../normalise/providers.ts';
import { createUpstream } from './upstream.ts';

const [anthropic] = providers;

it('an unknown provider is a mistake of ours, not silence', async () => {
  if (!anthropic) throw new Error('no provider is listed');
  const upstream = createUpstream({
    origins: { anthropic: 'http://127.0.0.1:1/base/' },
    keys: { keys: () => [] },
    passThroughClientAuth: false,
  });
  expect(() => upstream.route({ ...anthropic, id: 'nobody' }, true)).toThrow(/no address for the provider nobody/);
  expect(await upstream.route(anthropic, false)).toMatchObject({
    ok: false,
    error: { code: 'no-provider-key', detail: expect.stringContaining('warder keys add anthropic') },
  });
  const route = await upstream.route(anthropic, true);
  expect(route.ok && (await route.value.next())?.base.pathname).toBe('/base/');
  await upstream.destroy();
});
