import fs from 'node:fs';
import type http from 'node:http';
import path from 'node:path';
import { toolCall } from './agent-calls.ts';
import { openAperture } from './aperture-doors.ts';
import { createHookIntake } from './capture/hook-intake.ts';
import { openConnectionWatch } from './connection-doors.ts';
import { openConsole } from './console-doors.ts';
import type { Mode } from './core/verdict.ts';
import { openGateways } from './gateway-doors.ts';
import { type Listening, openPorts } from './listening.ts';
import { openMcpDoors } from './mcp-doors.ts';
import { sayMode } from './mode.ts';
import { type Opened, open, type ServerOptions } from './opened.ts';
import { agents } from './plugs.ts';
import { openHome, replaceFile } from './record/home.ts';
import { createLoginCodes } from './tell/api/login-codes.ts';
import { openToldDoors } from './told-doors.ts';
import { version } from './version.ts';

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
    sayMode(home, opened.mode.now());
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

/** `/anthropic/…` and `/hooks/…` without a framework in their path; the console and its API answer the rest. */
async function routes(
  opened: Opened,
  ports: Listening,
  loginCodes: ReturnType<typeof createLoginCodes>,
  closers: (() => Promise<void> | void)[],
): Promise<http.RequestListener> {
  const { pipeline, identity, mode, now, onTrouble } = opened;
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
  const mcp = openMcpDoors({ ...opened, config: opened.options, waitingRoom: opened.approvals, mode: mode.now });
  closers.push(() => mcp.destroy());
  const aperture = openAperture({
    ...opened,
    settings: opened.options.aperture,
    mask: opened.maskText,
    call: toolCall,
    mode: mode.now,
  });
  // Before the server waits for its requests: those whose calls wait for a person are ended.
  closers.push(() => opened.approvals.close());
  const told = openToldDoors(opened);
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

/** A log without it at the end of a run tells of a crash. A store that is gone must not keep the rest from closing. */
async function sayStopped({ pipeline, onTrouble }: Opened): Promise<void> {
  try {
    await pipeline.system('stopped');
  } catch (error) {
    onTrouble('store-unavailable', 'the stop could not be recorded', error);
  }
}
