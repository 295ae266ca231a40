import { openProviderKeys } from './capture/provider-keys.ts';
import { createUpstream } from './capture/upstream.ts';
import type { Config } from './config.ts';
import type { Store } from './core/store.ts';
import { severityOf } from './core/verdict.ts';
import { providers } from './plugs.ts';
import type { Home } from './record/home.ts';
import type { Live } from './tell/live.ts';

/** Keys, addresses and their health; a key that its provider refuses raises an alert. */
export function openProviders(from: {
  readonly config: Pick<Config, 'upstream' | 'regions' | 'passThroughClientAuth'>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly store: Store;
  readonly home: Pick<Home, 'seal' | 'unseal'>;
  readonly live: Live;
  onTrouble(code: string, detail: string, cause: unknown): void;
}): ReturnType<typeof createUpstream> {
  const { config, env, store, home, live, onTrouble } = from;
  const { seal, unseal } = home;
  return createUpstream({
    origins: { ...config.upstream, ...config.regions },
    keys: openProviderKeys({ settings: store, providers, seal, unseal, env, onTrouble }),
    passThroughClientAuth: config.passThroughClientAuth,
    onTrouble,
    onKeyOut({ provider, name, fingerprint }, status) {
      const title = `${provider} refuses the key ${name} (${fingerprint}): status ${status}`;
      onTrouble('key-out', `${title}. Renew it: warder keys rotate ${provider} --name ${name}`, null);
      const alert = {
        key: `provider-key:${provider}:${name}:${fingerprint}`,
        severity: severityOf(70),
        score: 70,
        detector: 'provider-key-refused',
        title,
        session: '',
        agent: 'warder',
        person: 'warder',
        call: '',
      } as const;
      store.commit({ alerts: [alert] }).then(
        ({ alerts }) => {
          for (const raised of alerts) live.publish({ type: 'alert', alert: raised });
        },
        (cause: unknown) => onTrouble('alert-lost', 'an alert about a provider key could not be kept', cause),
      );
    },
  });
}
