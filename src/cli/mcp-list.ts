import { parseArgs } from 'node:util';
import type { McpServers } from '../capture/mcp-servers.ts';
import { homeDir, readConfig } from '../config.ts';
import { mcpServersOf } from '../mcp-doors.ts';
import { type ExitStatus, type Io, UsageError } from './command.ts';
import { withHomeStore } from './home-store.ts';
import { readSecret } from './read-secret.ts';

interface Flags {
  readonly home?: string | undefined;
  readonly json?: boolean | undefined;
  readonly header?: readonly string[] | undefined;
  readonly 'secret-header'?: readonly string[] | undefined;
}

/** `warder mcp add`, `list` and `remove`: args begin with the word. */
export async function runList(args: readonly string[], io: Io): Promise<ExitStatus> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      home: { type: 'string' },
      json: { type: 'boolean' },
      header: { type: 'string', multiple: true },
      'secret-header': { type: 'string', multiple: true },
    },
  });
  const [what, name, url, ...rest] = positionals;
  const most = what === 'list' ? undefined : what === 'remove' ? url : rest[0];
  if (most !== undefined || (what === 'list' && name !== undefined))
    throw new UsageError(`there is one word too many: ${JSON.stringify(most ?? name)}.`);
  if (what === 'add') return add(nameOf(name), urlOf(url), values, io);
  if (what === 'remove') return remove(nameOf(name), values, io);
  return withServers(values, io, (servers) => list(servers, values, io));
}

function nameOf(name: string | undefined): string {
  if (name !== undefined && /^[A-Za-z0-9._-]{1,100}$/.test(name)) return name;
  throw new UsageError("a server's name has 1 to 100 letters, digits, dots, dashes or underscores.");
}

function urlOf(text: string | undefined): string {
  const url = URL.canParse(text ?? '') ? new URL(text ?? '') : null;
  if (url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '') return url.href;
  throw new UsageError('the address must begin with https:// or http:// and hold no user or password.');
}

function withServers(values: Flags, io: Io, work: (servers: McpServers) => Promise<ExitStatus>): Promise<ExitStatus> {
  const dir = homeDir(values.home, io.env);
  const config = readConfig(dir, {});
  return withHomeStore(dir, (home, store) => work(mcpServersOf(store, home, config)));
}

async function add(name: string, url: string, values: Flags, io: Io): Promise<ExitStatus> {
  const headers: Record<string, string> = {};
  for (const header of values.header ?? []) {
    const [key, value] = halvesOf(header);
    if (value === undefined) throw new UsageError('--header takes NAME=VALUE.');
    headers[key] = headerValue(value);
  }
  for (const header of values['secret-header'] ?? []) {
    const [key, variable] = halvesOf(header);
    const value = variable === undefined ? await readSecret(io, `${key} for ${name} (not shown): `) : io.env[variable];
    if (value === undefined || value === '') throw new UsageError(`the environment variable ${variable} is not set.`);
    headers[key] = headerValue(value);
  }
  return withServers(values, io, async (servers) => {
    const listed = await servers.add(name, { url, headers }, new Date().toISOString());
    io.stdout.write(
      values.json
        ? `${JSON.stringify(listed)}\n`
        : `The MCP server ${name} is kept. Agents reach it at /mcp/${name} of this Warder, with a Warder token.\n`,
    );
    return 0;
  });
}

function halvesOf(header: string): readonly [string, string | undefined] {
  const at = header.indexOf('=');
  const name = at === -1 ? header : header.slice(0, at);
  if (!/^[\w!#$%&'*+.^`|~-]{1,100}$/.test(name)) throw new UsageError("a header's name is missing or not one.");
  return [name, at === -1 ? undefined : header.slice(at + 1)];
}

function headerValue(value: string): string {
  if (/^[\t\x20-\x7e]{1,4096}$/.test(value.trim())) return value.trim();
  throw new UsageError("a header's value is one line of visible characters.");
}

async function list(servers: McpServers, values: Flags, io: Io): Promise<ExitStatus> {
  const items = await servers.list();
  if (values.json) {
    io.stdout.write(`${JSON.stringify({ items, next: null })}\n`);
    return 0;
  }
  for (const { name, url, headers, addedAt } of items) {
    const with_ = headers.length === 0 ? '' : `  headers ${headers.join(', ')}`;
    io.stdout.write(`${name.padEnd(20)} ${url}${with_}  ${addedAt === '' ? 'config.json' : `added ${addedAt}`}\n`);
  }
  if (items.length === 0) io.stderr.write('No MCP servers are kept. Add one: warder mcp add NAME URL\n');
  return 0;
}

async function remove(name: string, values: Flags, io: Io): Promise<ExitStatus> {
  return withServers(values, io, async (servers) => {
    const removed = await servers.remove(name);
    if (values.json) io.stdout.write(`${JSON.stringify({ name, removed })}\n`);
    else if (removed) io.stdout.write(`The MCP server ${name} is forgotten.\n`);
    if (!removed) io.stderr.write(`warder mcp: no server ${name} was kept.\n`);
    return removed ? 0 : 3;
  });
}
