import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { createDeviceIntake, type DeviceIntakeDeps } from './capture/device-intake.ts';
import { type Devices, openDevices } from './capture/devices.ts';
import type { Tokens } from './capture/tokens.ts';
import { canonicalJson } from './core/canonical.ts';
import type { PolicyBundle, SignedBundle } from './core/device.ts';
import type { Store } from './core/store.ts';
import type { Mode } from './core/verdict.ts';
import { openSealed } from './device/sealed-box.ts';
import { signBundle } from './device/signed-bundle.ts';
import type { HomeRules } from './home-rules.ts';
import { agents } from './plugs.ts';
import type { PolicyFiles } from './policy-files.ts';
import type { Home } from './record/home.ts';

const defaultOfflineHours = 72;
const settingName = 'device-seal-key';

export interface DeviceDoors {
  /** `/device/…` */
  readonly listener: RequestListener;
  readonly devices: Devices;
  /** Digest of the policy in force. */
  policy(): string;
}

/** The server's side of devices: they enrol, tell that they live, fetch what to judge by alone, and deliver what waited. */
export async function openDeviceDoors(world: {
  readonly home: Home;
  readonly store: Store;
  readonly tokens: Tokens;
  readonly policy: PolicyFiles;
  readonly rules: Pick<HomeRules, 'files'>;
  /** How long a device may judge by a policy it fetched. */
  readonly offlineHours?: number | undefined;
  readonly deliver: DeviceIntakeDeps['deliver'];
  readonly inventory?: DeviceIntakeDeps['inventory'];
  mode(): Mode;
  now(): string;
  /** Told when a device or an invite is not as it was. */
  changed?(): void;
  onTrouble(code: string, detail: string, cause: unknown): void;
}): Promise<DeviceDoors> {
  const { home, store, tokens, mode, now, onTrouble } = world;
  const { keyid, publicKeyPem } = home;
  const privateKey = await sealKey(home, store);
  const sealFor = createPublicKey(privateKey).export({ type: 'spki', format: 'der' }).toString('base64');
  const devices = openDevices({ settings: store, tokens, keyid, now, changed: oncePer(250, world.changed) });
  const bundles = bundlesOf(world);
  return {
    devices,
    policy: bundles.digest,
    listener: createDeviceIntake({
      devices,
      agents,
      identifyByToken: tokens.identifyByToken,
      deliver: world.deliver,
      open: (box) => openSealed(privateKey, box),
      introduce: () => ({ mode: mode(), keyid, publicKeyPem, sealFor }),
      policy: bundles.signed,
      inForce: () => ({ mode: mode(), policy: bundles.digest() }),
      ...(world.inventory === undefined ? {} : { inventory: world.inventory }),
      now,
      onTrouble,
    }),
  };
}

/** A new policy changes every device within a minute: those who watch are told once for many of them. */
function oncePer(ms: number, tell: (() => void) | undefined): () => void {
  let planned = false;
  return () => {
    if (planned) return;
    planned = true;
    const timer = setTimeout(() => {
      planned = false;
      tell?.();
    }, ms);
    timer.unref();
  };
}

/** Made at the first start; what waits on devices is sealed for it, so a restart keeps it. */
async function sealKey(home: Home, store: Store): Promise<KeyObject> {
  const kept = await store.setting(settingName);
  const opened = kept === null ? null : home.unseal(kept);
  if (opened?.ok) return createPrivateKey(opened.value);
  if (opened) throw new Error(`The key for deliveries of devices cannot be read. ${opened.error.detail}`);
  const made = generateKeyPairSync('x25519').privateKey;
  await store.setSetting(settingName, home.seal(made.export({ type: 'pkcs8', format: 'pem' }).toString()));
  return made;
}

function bundlesOf({
  home,
  policy,
  rules,
  mode,
  now,
  offlineHours = defaultOfflineHours,
}: Pick<Parameters<typeof openDeviceDoors>[0], 'home' | 'policy' | 'rules' | 'mode' | 'now' | 'offlineHours'>) {
  const contents = { schema: policy.schema, policies: policy.policies, rules: rules.files };
  const sum = createHash('sha256').update(canonicalJson(contents)).digest('hex');
  const digest = (): string => createHash('sha256').update(`${sum} ${mode()}`).digest('hex');
  return {
    digest,
    signed(): SignedBundle {
      const issuedAt = now();
      const expiresAt = new Date(Date.parse(issuedAt) + offlineHours * 3_600_000).toISOString();
      const head = { v: 1, issuedAt, expiresAt, digest: digest(), mode: mode() } as const;
      return signBundle({ ...head, ...contents, keyid: home.keyid } satisfies PolicyBundle, home.signingKeyPem);
    },
  };
}
