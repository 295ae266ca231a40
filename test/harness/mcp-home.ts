import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { readConfig } from '../../src/config.ts';
import type { Alert, CallRecord } from '../../src/core/verdict.ts';
import { type RunningServer, startServer } from '../../src/server.ts';

/** A Warder with a rule of its own about MCP tools. */
export interface McpHome {
  readonly dir: string;
  readonly url: string;
  readonly token: string;
  /** Everything `warder serve` logged. */
  readonly log: readonly string[];
  calls(): Promise<readonly CallRecord[]>;
  alerts(): Promise<readonly Alert[]>;
  api<T>(what: string): Promise<T>;
  stop(): Promise<void>;
  /** Again, in another mode if one is given. */
  start(mode?: 'observe' | 'enforce'): Promise<void>;
  /** Stops and removes everything. */
  remove(): Promise<void>;
}

const rules = `
@id("no-forbidden-tool")
@why("nobody may use it")
forbid (principal, action, resource == Warder::Tool::"mcp__notes__forbidden_tool");

@id("ask-about-it")
@effect("ask")
@why("a person has to look at it")
forbid (principal, action, resource == Warder::Tool::"mcp__notes__asked_tool");
`;

export async function startMcpHome(
  mode: 'observe' | 'enforce',
  config: Readonly<Record<string, unknown>> = {},
): Promise<McpHome> {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'warder-mcp-'));
  fs.mkdirSync(path.join(dir, 'policies'));
  fs.writeFileSync(path.join(dir, 'policies/tools.cedar'), rules);
  fs.writeFileSync(path.join(dir, 'config.json'), JSON.stringify(config));
  const log: string[] = [];
  const begin = (mode: 'observe' | 'enforce'): Promise<RunningServer> =>
    startServer({ ...readConfig(dir, { port: '0', mode }), env: {}, log: (line) => log.push(line) });
  let server = await begin(mode);
  let running = true;
  const api = async <T>(what: string): Promise<T> => {
    const response = await fetch(`${server.url}/api/v1/${what}`, {
      headers: { authorization: `Bearer ${server.token}` },
    });
    if (!response.ok) throw new Error(`${what}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  };
  const stop = async () => {
    if (running) await server.close();
    running = false;
  };
  return {
    dir,
    get url() {
      return server.url;
    },
    get token() {
      return server.token;
    },
    log,
    calls: async () => (await api<{ items: CallRecord[] }>('calls?limit=200')).items,
    alerts: async () => (await api<{ items: Alert[] }>('alerts?limit=200')).items,
    api,
    stop,
    async start(other = mode) {
      server = await begin(other);
      running = true;
    },
    async remove() {
      await stop();
      fs.rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** Waits until `read` gives something that is there. */
export async function eventually<T>(read: () => Promise<T | undefined> | T | undefined): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    const found = await read();
    if (found !== undefined) return found;
    if (attempt > 100) throw new Error('it never came');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
