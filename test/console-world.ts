import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { FastifyInstance } from 'fastify';
import type { Identity } from '../src/core/event.ts';
import type { Decided } from '../src/core/ports.ts';
import type { Store } from '../src/core/store.ts';
import type { Mode } from '../src/core/verdict.ts';
import { claudeCode } from '../src/normalise/agents/claude-code.ts';
import { type Home, openHome } from '../src/record/home.ts';
import { openSqliteStore } from '../src/record/store/sqlite.ts';
import { createConsole } from '../src/tell/api/console.ts';
import { createLoginCodes, type LoginCodes } from '../src/tell/api/login-codes.ts';
import { createLive, type Live } from '../src/tell/live.ts';
import { openPolicy, wirePipeline } from '../src/wiring.ts';

/** A console over a real store and the real live path, fed with hook bodies, in a folder of its own. */
export interface World {
  readonly app: FastifyInstance;
  readonly store: Store;
  readonly live: Live;
  readonly home: Home;
  readonly loginCodes: LoginCodes;
  /** What was reported to the operator: reference and message. */
  readonly reported: string[];
  /** The clock of everything here, milliseconds; tests move it. */
  readonly clock: { ms: number };
  /** One hook body, as the agent would post it. */
  hook(body: Record<string, unknown>): Promise<Decided | null>;
  /** A Bash call of a session, before and after. */
  bash(session: string, command: string): Promise<string>;
  close(): Promise<void>;
}

export const apiToken = 'api-token-of-this-test';
export const origin = 'http://127.0.0.1:7717';
export const bearer = { authorization: `Bearer ${apiToken}` };
const owner: Identity = { person: 'dev', device: 'laptop', via: 'local' };

export async function openWorld(
  change: { wrapStore?: (store: Store) => Store; webDir?: string; noModeSwitch?: boolean } = {},
): Promise<World> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'warder-console-'));
  const home = openHome(path.join(folder, 'home'));
  const clock = { ms: Date.parse('2026-03-10T09:00:00.000Z') };
  const now = (): string => new Date(clock.ms).toISOString();
  const { dbPath, signingKeyPem, keyid } = home;
  const real = await openSqliteStore({ path: dbPath, signingKeyPem, keyid, now: () => clock.ms });
  const store = change.wrapStore?.(real) ?? real;
  const live = createLive({ start: 'world' });
  const mode: { now: Mode } = { now: 'enforce' };
  const decider = openPolicy(path.join(folder, 'none'));
  const onTrouble = (code: string, detail: string, cause: unknown): void => {
    throw new Error(`${code}: ${detail}`, { cause });
  };
  const pipeline = await wirePipeline({
    store: real,
    decider,
    live,
    hmac: home.hmac,
    home: home.dir,
    mode: () => mode.now,
    now,
    onTrouble,
  });
  const loginCodes = createLoginCodes(owner, () => clock.ms);
  const reported: string[] = [];
  const app = await createConsole({
    store,
    live,
    auth: { apiToken: async (token) => (token === apiToken ? { ...owner, via: 'token' } : null) },
    loginCodes,
    webDir: change.webDir ?? path.join(folder, 'no-web'),
    info: () => ({
      version: '0.0.0',
      mode: mode.now,
      url: origin,
      home: home.dir,
      policyDigest: decider.digest,
      keyid,
      publicKeyPem: home.publicKeyPem,
      connect: ['claude'],
    }),
    now,
    ...(change.noModeSwitch
      ? {}
      : {
          setMode: async (wanted: Mode) => {
            mode.now = wanted;
          },
        }),
    report: (error, reference) => reported.push(`${reference} ${error instanceof Error ? error.message : error}`),
  });

  const hook: World['hook'] = async (body) => {
    const event = claudeCode.parseHook({ cwd: '/home/dev/shop', ...body }, { at: now(), identity: owner });
    if (!event.ok) throw new Error(event.error.detail);
    if (event.value.kind === 'call-before') return pipeline.decide(event.value);
    await pipeline.note(event.value);
    return null;
  };
  let calls = 0;
  return {
    app,
    store,
    live,
    home,
    loginCodes,
    reported,
    clock,
    hook,
    async bash(session, command) {
      calls += 1;
      const call = { session_id: session, tool_name: 'Bash', tool_input: { command }, tool_use_id: `toolu_${calls}` };
      const decided = await hook({ ...call, hook_event_name: 'PreToolUse' });
      clock.ms += 250;
      if (decided?.verdict.effective === 'allow') {
        await hook({
          ...call,
          hook_event_name: 'PostToolUse',
          tool_response: { stdout: 'done', stderr: '', interrupted: false },
        });
      }
      clock.ms += 750;
      return decided?.call ?? '';
    },
    async close() {
      await app.close();
      await real.close();
      fs.rmSync(folder, { recursive: true, force: true });
    },
  };
}
