import { parseArgs } from 'node:util';
import { homeDir } from '../config.ts';
import type { AgentAdapter, HookReply } from '../core/agent.ts';
import { fail, ok, type Result } from '../core/result.ts';
import { refusalFor } from '../normalise/hooks/reason.ts';
import { agents } from '../plugs.ts';
import { type Command, type ExitStatus, type Io, UsageError } from './command.ts';
import { askServer, waysToServer } from './hook-server.ts';

const usage = `warder hook: answer one hook of a coding agent, as that agent honours it.

Usage: warder hook AGENT [EVENT] [--on-failure block|pass] [--home DIR] < the hook's body

AGENT is one of: ${agents.map(({ id }) => id).join(' ')}
EVENT is the agent's name of the hook, for agents whose hook bodies do not tell it.

The answer's stdout, stderr and exit status are exactly those that the agent takes for what Warder decided. The server is
the one that WARDER_URL and WARDER_TOKEN name, else the one of this device (WARDER_HOME, else ~/.warder).
It answers within 5 seconds. When Warder cannot be asked, a call is refused, and so is what cannot be read; everything
else goes on. With --on-failure pass a call then goes on too.
docs/generic-agent.md describes the body of the agent \`generic\`, for agents and scripts that Warder does not know.
Exit status: the agent's own: 0, or 2 for a refusal where the agent wants that.
`;

/** Everything together; below the shortest time limit that an agent sets its hooks. */
const deadlineMs = 5000;
/** Longest body that is sent, in bytes; the server reads 8 MiB. */
const maxBodyBytes = 16 << 20;

export const command: Command = {
  name: 'hook',
  summary: 'answer one hook of a coding agent (stdin) in its own form',
  usage,
  async run(args, io) {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { home: { type: 'string' }, 'on-failure': { type: 'string' } },
      allowPositionals: true,
    });
    const [id, event, ...more] = positionals;
    const adapter = agents.find((agent) => agent.id === id);
    if (adapter === undefined)
      throw new UsageError(`Say which agent, one of: ${agents.map((agent) => agent.id).join(', ')}.`);
    if (more.length > 0 || (event !== undefined && !/^[A-Za-z][A-Za-z0-9._-]{0,63}$/.test(event)))
      throw new UsageError('After the agent comes at most the name of its hook, such as PreToolUse.');
    const onFailure = values['on-failure'] ?? 'block';
    if (onFailure !== 'block' && onFailure !== 'pass') throw new UsageError('--on-failure takes block or pass.');
    const reply = await answer(adapter, { event, home: values.home, passes: onFailure === 'pass' }, io);
    return put(reply, io);
  },
};

interface Asked {
  readonly event: string | undefined;
  readonly home: string | undefined;
  readonly passes: boolean;
}

/** Never throws: an agent takes an accident of its hook as leave to go on. */
async function answer(adapter: AgentAdapter, asked: Asked, io: Io): Promise<HookReply> {
  const signal = AbortSignal.timeout(deadlineMs);
  let body = '';
  try {
    const read = await readAll(io.stdin, signal);
    if (!read.ok) return withoutServer(adapter, asked, body, read.error.detail);
    body = read.value;
    const ways = waysToServer(homeDir(asked.home, io.env), io.env);
    if (!ways.ok) return withoutServer(adapter, asked, body, ways.error.detail);
    const reply = await askServer(ways.value, { agent: adapter.id, event: asked.event, body, signal });
    return reply.ok ? reply.value : withoutServer(adapter, asked, body, reply.error.detail);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return withoutServer(adapter, asked, body, `${(why.split('\n')[0] ?? '').slice(0, 300)} Run: warder doctor`);
  }
}

function readAll(stdin: Io['stdin'], signal: AbortSignal): Promise<Result<string>> {
  const { promise, resolve } = Promise.withResolvers<Result<string>>();
  const chunks: Buffer[] = [];
  let size = 0;
  const late = () => resolve(fail('late', 'The hook’s body did not come to its end within 5 seconds.'));
  signal.addEventListener('abort', late, { once: true });
  stdin.on('data', (chunk: Buffer | string) => {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > maxBodyBytes) resolve(fail('too-large', `The hook’s body is larger than ${maxBodyBytes} bytes.`));
    else chunks.push(bytes);
  });
  stdin.on('end', () => resolve(ok(Buffer.concat(chunks).toString('utf8'))));
  stdin.on('error', (error) => resolve(fail('unreadable', `The hook’s body could not be read: ${error.message}.`)));
  return promise.finally(() => {
    signal.removeEventListener('abort', late);
    if ('destroy' in stdin && typeof stdin.destroy === 'function') stdin.destroy();
  });
}

const here = { at: '1970-01-01T00:00:00.000Z', identity: { person: '', device: '', via: 'local' } } as const;

/** What the agent gets when nobody could be asked: calls and what cannot be told are refused, all else goes on. */
function withoutServer(adapter: AgentAdapter, { event, passes }: Asked, body: string, why: string): HookReply {
  const parsed = jsonOf(body);
  const call = adapter.callHook ?? 'PreToolUse';
  const name = event ?? nameIn(adapter, parsed) ?? call;
  const read = adapter.parseHook(parsed, event === undefined ? here : { ...here, event });
  const known = read.ok ? read.value : null;
  const calls = known === null || known.kind === 'call-before' || known.kind === 'permission-asked' || name === call;
  if (!calls) return adapter.reply(known, null);
  if (passes) return adapter.letGo(why);
  return adapter.refuse(name, why);
}

function nameIn(adapter: AgentAdapter, body: unknown): string | undefined {
  if (adapter.hookName) return adapter.hookName(body);
  const name: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, 'hook_event_name') : undefined;
  return typeof name === 'string' ? name : undefined;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // What is no JSON is refused like everything that cannot be told.
    return undefined;
  }
}

function put({ body, exit = 0 }: HookReply, io: Io): ExitStatus {
  const line = body === '' ? '' : `${body}\n`;
  if (exit === 0) {
    io.stdout.write(line);
    return 0;
  }
  io.stderr.write(line === '' ? `${refusalFor('Run: warder doctor')}\n` : line);
  return exit === 1 || exit === 3 ? exit : 2;
}
