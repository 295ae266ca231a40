import fs from 'node:fs';
import type http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { openAccess } from './access-doors.ts';
import { asksItself, toolCall } from './agent-calls.ts';
import { openAperture } from './aperture-doors.ts';
import type { Approvals } from './approvals.ts';
import { createGateway } from './capture/gateway.ts';
import { createHookIntake } from './capture/hook-intake.ts';
import type { createIdentity } from './capture/identity.ts';
import type { Config } from './config.ts';
import { openConnectionWatch } from './connection-doors.ts';
import type { Identity } from './core/event.ts';
import type { Store } from './core/store.ts';
import type { Mode } from './core/verdict.ts';
import type { Decider } from './decide/decide.ts';
import { type DeviceDoors, openDeviceDoors } from './device-doors.ts';
import { readHomeRules } from './home-rules.ts';
import { openHomeTokens } from './home-tokens.ts';
import { openIdentity } from './identity-doors.ts';
import { type InventoryDoors, openInventory } from './inventory-doors.ts';
import { type Listening, openPorts } from './listening.ts';
import { openMcpDoors } from './mcp-doors.ts';
import type { Metering } from './metering.ts';
import { createModeSwitch, type ModeSwitch } from './mode.ts';
import { clientOf } from './normalise/clients.ts';
import type { LivePipeline } from './pipeline.ts';
import { agents, detectors, providers } from './plugs.ts';
import { openProviders } from './provider-doors.ts';
import { type Home, openHome, replaceFile } from './record/home.ts';
import { openSqliteStore } from './record/store/sqlite.ts';
import { sessionFindings } from './score/session-findings.ts';
import { createConsole } from './tell/api/console.ts';
import { createLoginCodes } from './tell/api/login-codes.ts';
import { inventoryRunbooks } from './tell/inventory-alerts.ts';
import { createLive, type Live } from './tell/live.ts';
import { openToldDoors } from './told-doors.ts';
import type { SecretScanner } from './understand/secrets.ts';
import { version } from './version.ts';
import { openPolicy, readPolicyFiles, wirePipeline } from './wiring.ts';

export interface ServerOptions extends Config {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** One line for the operator; never content. */
  log(line: string): void;
}

export interface RunningServer {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  /** Opens the console once, within ten minutes. */
  readonly loginUrl: string;
  /** API and client token of this home. */
  readonly token: string;
  mode(): Mode;
  /** Stops taking requests, finishes what is under way (5 s at most), writes a checkpoint. */
  close(): Promise<void>;
}

/** What the routes stand on once the home, the store and the live path are open. */
interface Opened {
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
  readonly policyDigest: string;
  readonly decider: Decider;
  readonly maskText: SecretScanner['maskText'];
  onTrouble(code: string, detail: string, cause: unknown): void;
}

const now = (): string => new Date().toISOString();

/** Opens the home and listens on loopback, and where the configuration says. Throws an Error that says what to do when something it needs is not there. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const home = openHome(options.home, options.env);
  const lock = home.lock();
  const closers: (() => Promise<void> | void)[] = [() => lock.release()];
  const closeAll = async () => {
    for (const close of closers.toReversed()) await close();
  };
  try {
    const opened = await open(options, home, closers);
    const ports = await openPorts(options.listen, options.port);
    const { url } = ports;
    let started = false;
    closers.push(() => (started ? sayStopped(opened) : undefined)); // after the last request, while the store is open
    closers.push(() => ports.close()); // before the routes' own closers, so that live streams have ended when it waits
    const loginCodes = createLoginCodes(opened.tokens.owner);
    ports.answer(await routes(opened, ports, loginCodes, closers));
    await opened.pipeline.system(`started: warder ${version}, mode ${opened.mode.now()}`);
    started = true;
    announce(opened, url, closers);
    sayMode(opened);
    const { env } = options;
    const watch = openConnectionWatch({ ...opened, home: home.dir, env, owner: opened.tokens.owner });
    closers.push(() => watch.close());
    return {
      url,
      loginUrl: `${url}/login?code=${loginCodes.issue()}`,
      token: opened.tokens.apiToken,
      mode: opened.mode.now,
      close: closeAll,
    };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

async function open(options: ServerOptions, home: Home, closers: (() => Promise<void> | void)[]): Promise<Opened> {
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
    mode: mode.now,
    now,
    onTrouble,
  });
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
    policyDigest: decider.digest,
    decider,
    maskText: rules.secrets.maskText,
    onTrouble,
  };
}

/** `/anthropic/…` and `/hooks/…` without a framework in their path; the console and its API answer the rest. */
async function routes(
  opened: Opened,
  ports: Listening,
  loginCodes: ReturnType<typeof createLoginCodes>,
  closers: (() => Promise<void> | void)[],
): Promise<http.RequestListener> {
  const { pipeline, identity, mode, onTrouble } = opened;
  const gateways = openGateways(opened);
  const hooks = createHookIntake({
    agents,
    pipeline,
    identifyByToken: identity.identifyByToken,
    mode: mode.now,
    now,
    maxBodyBytes: 8 * 1024 * 1024,
    onTrouble,
  });
  const mcp = openMcpDoors({ ...opened, config: opened.options, waitingRoom: opened.approvals, mode: mode.now, now });
  closers.push(() => mcp.destroy());
  const aperture = openAperture({
    ...opened,
    settings: opened.options.aperture,
    mask: opened.maskText,
    call: toolCall,
    mode: mode.now,
    now,
  });
  // Before the server waits for its requests: those whose calls wait for a person are ended.
  closers.push(() => opened.approvals.close());
  const told = openToldDoors({ ...opened, now });
  const app = await openConsole(opened, ports, loginCodes, told.health);
  closers.push(() => app.close());
  return (req, res) => {
    const first = /^\/([^/?#]*)/.exec(req.url ?? '')?.[1] ?? '';
    const gateway = gateways.get(first);
    if (gateway) return gateway(req, res);
    if (first === 'hooks') return hooks(req, res);
    if (first === 'device') return opened.devices.listener(req, res);
    if (first === 'aperture') return aperture.listener(req, res);
    if (first === 'mcp') return mcp.proxy(req, res);
    if (first === 'mcp-events') return mcp.intake(req, res);
    if (first === 'import') return told.transcripts(req, res);
    if (first === 'v1') return told.telemetry(req, res);
    app.routing(req, res);
  };
}

function openGateways(opened: Opened): Map<string, http.RequestListener> {
  const { upstream, pipeline, identity, metering, approvals, mode, onTrouble } = opened;
  const listener = (provider: (typeof providers)[number]) =>
    createGateway({
      provider,
      pipeline,
      identify: identity.identify,
      upstream,
      mode: mode.now,
      call: toolCall,
      hooksSeen: pipeline.hooksSeen,
      asksAtHook: (session, agent) => asksItself(agent) && pipeline.hooksSeen(session),
      guard: metering,
      agentOf: (headers) => clientOf(headers).agent ?? '',
      waitingRoom: approvals,
      now,
      onTrouble,
    });
  return new Map(providers.map((provider) => [provider.id, listener(provider)]));
}

function openConsole(
  opened: Opened,
  { url, hosts }: Listening,
  loginCodes: ReturnType<typeof createLoginCodes>,
  told: () => Readonly<Record<string, number>>,
) {
  const { options, home, store, live, mode, pipeline, tokens, upstream, metering, approvals, policyDigest } = opened;
  return createConsole({
    store,
    live,
    devices: opened.devices.devices,
    inventory: opened.inventory,
    auth: { apiToken: tokens.apiOwner },
    loginCodes,
    webDir: fileURLToPath(new URL('../dist/web', import.meta.url)),
    info: () => ({
      version,
      mode: mode.now(),
      url,
      hosts,
      home: home.dir,
      policyDigest,
      keyid: home.keyid,
      publicKeyPem: home.publicKeyPem,
      connect: connectLines(options.env.WARDER_COMMAND ?? 'warder'),
      detectors: [...detectors, ...inventoryRunbooks, ...sessionFindings].map(({ id, title, runbook }) => ({
        id,
        title,
        runbook,
      })),
    }),
    now,
    async setMode(wanted, by) {
      // The receipt comes first: a change that cannot be recorded is not made.
      await pipeline.system(`mode: ${mode.now()} → ${wanted} by ${by.person}`);
      await mode.set(wanted);
      sayMode(opened);
      options.log(`mode is ${wanted} now`);
    },
    keys: upstream.health,
    teamOf: metering.teamOf,
    approvals,
    health: () => ({
      version,
      mode: mode.now(),
      uptimeSeconds: Math.floor(performance.now() / 1000),
      ...pipeline.health(),
      ...metering.health(),
      ...approvals.health(),
      ...told(),
    }),
    report: (error, reference) =>
      options.log(
        `the console failed (reference ${reference}): ${error instanceof Error ? error.message : String(error)}`,
      ),
  });
}

/** What connects an agent, as typed where Warder runs. */
const connectLines = (me: string): string[] => [
  `${me} keys add anthropic                # the provider key, kept here, encrypted`,
  `${me} install claude-code --gateway     # hooks and gateway; your settings are backed up first`,
  `${'claude'.padEnd(me.length + 34)}# work as always: its calls appear here`,
];

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

/** `<home>/server.json` (0600) tells `warder install`, `login` and `doctor` where the server is. */
function announce({ home, tokens }: Opened, url: string, closers: (() => Promise<void> | void)[]): void {
  const file = path.join(home.dir, 'server.json');
  replaceFile(
    file,
    `${JSON.stringify({ url, token: tokens.apiToken, clientToken: tokens.clientToken, pid: process.pid })}\n`,
    0o600,
  );
  closers.push(() => fs.rmSync(file, { force: true }));
}

/** `<home>/mode` tells wrappers how to fail while no server runs, so it stays. */
function sayMode({ home, mode }: Opened): void {
  replaceFile(path.join(home.dir, 'mode'), `${mode.now()}\n`, 0o600);
}

/** A log without it at the end of a run tells of a crash. A store that is gone must not keep the rest from closing. */
async function sayStopped({ pipeline, onTrouble }: Opened): Promise<void> {
  try {
    await pipeline.system('stopped');
  } catch (error) {
    onTrouble('store-unavailable', 'the stop could not be recorded', error);
  }
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
