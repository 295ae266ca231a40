import { z } from 'zod';
import type { Result } from '../core/result.ts';
import { fresh } from './fresh.ts';
import { changeShared, type SharedSettings } from './settings.ts';

/** An MCP server behind the proxy: its address, and the headers that go with every request. */
export interface McpServer {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** A server as it is listed: the names of its headers, never a value. */
interface McpServerListed {
  readonly name: string;
  readonly url: string;
  readonly headers: readonly string[];
  readonly addedAt: string;
}

export interface McpServers {
  /** Null when there is none of this name. Rejects when the store cannot be read. */
  server(name: string): Promise<McpServer | null>;
  add(name: string, server: McpServer, at: string): Promise<McpServerListed>;
  list(): Promise<readonly McpServerListed[]>;
  /** False when there was none. */
  remove(name: string): Promise<boolean>;
}

export interface McpServersDeps {
  readonly settings: SharedSettings;
  seal(plaintext: string): string;
  unseal(sealed: string): Result<string>;
  /** Servers of the configuration file; one that was added by the same name lends it its headers. */
  readonly configured: Readonly<Record<string, McpServer>>;
  monotonicMs?(): number;
}

const settingName = 'mcp-servers';
const stored = z.record(
  z.string(),
  z.strictObject({ url: z.string(), headers: z.record(z.string(), z.string()), addedAt: z.string() }),
);

/** Servers kept in the store's settings, every header's value sealed; a change by another process is seen within a second. */
export function openMcpServers(deps: McpServersDeps): McpServers {
  const parse = (text: string | null) => stored.parse(JSON.parse(text ?? '{}'));
  const read = async () => parse(await deps.settings.setting(settingName));
  const known = fresh(read, 1000, deps.monotonicMs ?? (() => performance.now()));
  const listed = (name: string, { url, headers, addedAt }: z.infer<typeof stored>[string]): McpServerListed => ({
    name,
    url,
    headers: Object.keys(headers),
    addedAt,
  });
  return {
    async server(name) {
      const servers = await known.get();
      const own = Object.hasOwn(servers, name) ? servers[name] : undefined;
      const written = Object.hasOwn(deps.configured, name) ? deps.configured[name] : undefined;
      const url = written?.url ?? own?.url;
      if (url === undefined) return null;
      return { url, headers: { ...written?.headers, ...unsealed(deps, name, own?.headers ?? {}) } };
    },
    async add(name, { url, headers }, at) {
      const sealed = Object.fromEntries(Object.entries(headers).map(([key, value]) => [key, deps.seal(value)]));
      const entry = { url, headers: sealed, addedAt: at };
      return changeShared(deps.settings, settingName, (text) => ({
        text: JSON.stringify({ ...parse(text), [name]: entry }),
        value: listed(name, entry),
      }));
    },
    async list() {
      const servers = Object.entries(await read()).map(([name, entry]) => listed(name, entry));
      const written = Object.entries(deps.configured).map(([name, { url, headers }]) => ({
        name,
        url,
        headers: [
          ...new Set([...Object.keys(headers), ...(servers.find((each) => each.name === name)?.headers ?? [])]),
        ],
        addedAt: '',
      }));
      return [...written, ...servers.filter(({ name }) => !Object.hasOwn(deps.configured, name))];
    },
    async remove(name) {
      return changeShared(deps.settings, settingName, (text) => {
        const { [name]: gone, ...rest } = parse(text);
        return { text: gone ? JSON.stringify(rest) : text, value: gone !== undefined };
      });
    },
  };
}

function unsealed(
  deps: McpServersDeps,
  name: string,
  headers: Readonly<Record<string, string>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([key, sealed]) => {
      const value = deps.unseal(sealed);
      if (value.ok) return [key, value.value];
      throw new Error(
        `the stored header ${key} of the MCP server ${name} cannot be opened: ${value.error.detail} Run: warder mcp add ${name}`,
      );
    }),
  );
}
