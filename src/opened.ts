import os from 'node:os';
import path from 'node:path';
import { openAccess } from './access-doors.ts';
import type { Approvals } from './approvals.ts';
import type { createIdentity } from './capture/identity.ts';
import type { Config } from './config.ts';
import type { Identity } from './core/event.ts';
import type { Store } from './core/store.ts';
import type { Decider } from './decide/decide.ts';
import { type DeviceDoors, openDeviceDoors } from './device-doors.ts';
import { readHomeRules } from './home-rules.ts';
import { openHomeTokens } from './home-tokens.ts';
import { openIdentity } from './identity-doors.ts';
import { type InventoryDoors, openInventory } from './inventory-doors.ts';
import type { Metering } from './metering.ts';
import { createModeSwitch, type ModeSwitch } from './mode.ts';
import type { LivePipeline } from './pipeline.ts';
import { openProviders } from './provider-doors.ts';
import { type Home, replaceFile } from './record/home.ts';
import { openSqliteStore } from './record/store/sqlite.ts';
import { createLive, type Live } from './tell/live.ts';
import type { SecretScanner } from './understand/secrets.ts';
import { openUpkeep, type Upkeep } from './upkeep.ts';
import { openPolicy, readPolicyFiles, wirePipeline } from './wiring.ts';

export interface ServerOptions extends Config {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** One line for the operator; never content. */
  log(line: string): void;
}

const now = (): string => new Date().toISOString();

/** What the routes stand on once the home, the store and the live path are open. */
export interface Opened {
  readonly options: ServerOptions;
  readonly home: Home;
  readonly store: Store;
  readonly live: Live;
  readonly mode: ModeSwitch;
  readonly pipeline: LivePipeline;
  readonly identity: ReturnType<typeof createIdentity>;
  readonly upstream: ReturnType<typeof openProviders>;
  readonly tokens: Awaited<ReturnType<typeof openHomeTokens>>;
  readonly devices: DeviceDoors;
  readonly inventory: InventoryDoors;
  readonly metering: Metering;
  readonly approvals: Approvals;
  readonly upkeep: Upkeep;
  readonly policyDigest: string;
  readonly decider: Decider;
  readonly maskText: SecretScanner['maskText'];
  now(): string;
  onTrouble(code: string, detail: string, cause: unknown): void;
}

/** Opens the home's store and everything that stands on it; what must be closed again is pushed on `closers`. */
export async function open(
  options: ServerOptions,
  home: Home,
  closers: (() => Promise<void> | void)[],
): Promise<Opened> {
  const rules = readHomeRules(home.dir, options.secretRules);
  const policy = readPolicyFiles(options.policies, rules.digest);
  const decider = openPolicy(options.policies, rules.digest, policy);
  const store = await openSqliteStore({ path: home.dbPath, signingKeyPem: home.signingKeyPem, keyid: home.keyid });
  closers.push(() => closeStore(home, store));
  const mode = await createModeSwitch(store, options.mode);
  const live = createLive({ start: Date.now().toString(36) });
  const onTrouble = troubleLog(options, rules.secrets.maskText);
  // Who is disallowed is known once the inventory is open; the pipeline that records its changes comes first.
  let disallowed: InventoryDoors['alertsForCaller'] = () => [];
  const pipeline = await wirePipeline({
    store,
    decider,
    rules,
    live,
    hmac: home.hmac,
    maskPersonal: options.maskPersonalData,
    alsoAlerts: (call) => disallowed(call),
    home: home.dir,
    mode: mode.now,
    now,
    onTrouble,
  });
  const owner: Identity = { person: os.userInfo().username, device: os.hostname(), via: 'local' };
  const identity = await openIdentity({ config: options, settings: store, owner, now, onTrouble });
  const { metering, approvals } = await openAccess({
    config: options,
    store,
    pipeline,
    live,
    mask: (text) => rules.secrets.maskText(text).text,
    now,
    onTrouble,
  });
  closers.push(() => metering.close());
  const upstream = openProviders({ config: options, env: options.env, store, home, live, onTrouble });
  closers.push(() => upstream.destroy());
  const tokens = await openHomeTokens({ store, home, tokens: identity, owner });
  const inventory = await openInventory({
    store,
    maskDeep: (value) => rules.secrets.maskDeep(value).value,
    system: pipeline.system,
    publish: (alert) => live.publish({ type: 'alert', alert }),
    enrolled: async () => (await devices.devices.list()).map(({ name }) => name),
    now,
    onTrouble,
  });
  disallowed = inventory.alertsForCaller;
  const devices = await openDeviceDoors({
    home,
    store,
    tokens: identity,
    policy,
    rules,
    offlineHours: options.devices?.offlineHours,
    deliver: pipeline.deliver,
    inventory: inventory.take,
    changed: () => live.publish({ type: 'devices' }),
    mode: mode.now,
    now,
    onTrouble,
  });
  const { keep, log } = options;
  const upkeep = openUpkeep({ store, devices: devices.devices.list, ...(keep ? { keep } : {}), now, log, onTrouble });
  closers.push(() => upkeep.close());
  return {
    options,
    home,
    store,
    live,
    mode,
    pipeline,
    identity,
    upstream,
    tokens,
    devices,
    inventory,
    metering,
    approvals,
    upkeep,
    policyDigest: decider.digest,
    decider,
    maskText: rules.secrets.maskText,
    now,
    onTrouble,
  };
}

/** Trouble on standard error, the same one at most once a second. */
function troubleLog({ log }: ServerOptions, maskText: SecretScanner['maskText']): Opened['onTrouble'] {
  const last = new Map<string, number>();
  return (code, detail, cause) => {
    const at = performance.now();
    if (at - (last.get(code) ?? Number.NEGATIVE_INFINITY) < 1000) return;
    last.set(code, at);
    // A foreign error may quote what it could not read.
    log(`${code}: ${detail}${cause instanceof Error ? ` (${maskText(cause.message).text})` : ''}`);
  };
}

/** The last checkpoint stays beside the log, so that a tail cut off while no server runs is noticed. */
async function closeStore(home: Home, store: Store): Promise<void> {
  try {
    const checkpoint = await store.checkpoint();
    replaceFile(path.join(home.dir, 'checkpoint.json'), `${JSON.stringify(checkpoint)}\n`, 0o600);
  } finally {
    await store.close();
  }
}
