import { spawn } from 'node:child_process';
import fs from 'node:fs';
import type { HookConnection, HookReply, SetupFile } from '../core/agent.ts';
import { knownServer, type RunningServer, readIfThere, realFile } from './agent-files.ts';
import { deviceClientPath } from './claude-client.ts';
import type { Io } from './command.ts';
import { type Finding, fine, lookAtServer, wrong } from './doctor-claude-code.ts';
import { isRouted, lookAtProgram, lookBesideHooks } from './doctor-route.ts';
import { type HookAgent, programOnPath, readText, surroundingsOf } from './hook-agents.ts';
import { askServer } from './hook-server.ts';
import { routeAgent } from './route-agents.ts';

/** Everything that decides whether an agent reports to Warder through its hooks and obeys it, in reading order. */
export async function lookAtHooks(agent: HookAgent, home: string, io: Io): Promise<readonly Finding[]> {
  const at = surroundingsOf(io.env);
  const server = knownServer(home);
  const route = routeAgent(agent.id);
  const reached = await lookAtServer(server, home);
  const to: HookConnection = {
    client: deviceClientPath(home),
    url: server === null ? 'http://127.0.0.1:7717' : new URL(server.url).origin,
    token: server?.token ?? '',
  };
  const files = agent.setup.files(at, to, readText);
  const client = await lookAtClient(agent, io);
  const beside = route ? lookBesideHooks(route, home, io.env) : [];
  if (route && isRouted(route, home, io.env) && !files.some(isConnected)) {
    const way = `warder install ${agent.id} --hooks --gateway`;
    return [
      client,
      ...reached,
      fine('hooks', `Its hooks are not connected; the gateway alone sees its calls. To connect them: ${way}`),
      ...beside,
    ];
  }
  const weak = (agent.setup.weaknesses?.(at, readText) ?? []).map(({ what, mend }) => wrong('weakness', what, mend));
  return [
    client,
    ...reached,
    ...(server === null ? [] : files.map((file) => lookAtFile(agent, file))),
    ...lookAtManaged(agent, io, to),
    ...weak,
    ...(server !== null && reached.every(({ ok }) => ok) ? [await lookAtWay(agent, server, to)] : []),
    ...beside,
    lookAtGone(agent),
  ];
}

/** An agent inside an editor has a folder, and no program to ask. */
async function lookAtClient(agent: HookAgent, io: Io): Promise<Finding> {
  const at = surroundingsOf(io.env);
  if (
    programOnPath(agent.setup.program, at) === null &&
    agent.setup.folders?.(at).some((folder) => fs.existsSync(folder))
  )
    return fine(
      'client',
      `${agent.title} is here; its version cannot be told, as ${agent.setup.program} is not on the PATH.`,
    );
  return lookAtProgram({ ...agent.setup, title: agent.title }, io.env);
}

function isConnected(file: SetupFile): boolean {
  const text = readText(file.path);
  const held = text === null ? null : file.without(text);
  return held?.ok === true && held.value.changes.length > 0;
}

/** A file is as it should be when an install would change nothing in it. */
function lookAtFile(agent: HookAgent, file: SetupFile, managed = ''): Finding {
  const settings = realFile(file.path);
  const install = `warder install ${agent.id}${managed}`;
  const text = readIfThere(settings);
  if (text === null) return wrong('hooks', `There is no ${settings}: ${agent.title} is not connected by it.`, install);
  const edited = file.with(text);
  if (!edited.ok) return wrong('hooks', `${settings}: ${edited.error.detail}`, `Correct ${settings}, then: ${install}`);
  const { text: wanted, changes } = edited.value;
  if (changes.length === 0 && (wanted === text || wanted === null))
    return fine('hooks', `${settings} is as it should be.`);
  const off = changes.length === 0 ? 'it was altered' : changes.join('; ');
  return wrong('hooks', `${settings} is not as it should be (an install would say: ${off}).`, install);
}

/** Only where there is one: most machines have none. */
function lookAtManaged(agent: HookAgent, io: Io, to: HookConnection): Finding[] {
  const files = agent.setup.managedFiles?.(surroundingsOf(io.env), to) ?? [];
  return files.flatMap((file) => {
    const text = readText(file.path);
    if (text === null || !isConnected(file)) return [];
    return [fine('managed', `${file.path} is in force and holds Warder's hooks.`)];
  });
}

const probe = '{"warder":"probe"}';

/** The whole way there and back: once for an answer that lets go, once for a refusal. Nothing is recorded of it. */
async function lookAtWay(agent: HookAgent, server: RunningServer, to: HookConnection): Promise<Finding> {
  const call = agent.callHook ?? 'PreToolUse';
  const expected = agent.refuse(call, 'It was only asked whether a refusal arrives.');
  const refusing = JSON.stringify({ warder: 'probe', refuse: call });
  const viaClient = agent.capability?.hooks !== 'plugin' && process.platform !== 'win32';
  const name = viaClient ? `the device client ${to.client}` : 'the server';
  const mend = `warder install ${agent.id}`;
  if (viaClient && !fs.existsSync(to.client)) return wrong('way', `The device client ${to.client} is gone.`, mend);
  const ask = (body: string) =>
    viaClient ? throughClient(agent.id, call, to.client, body) : straight(agent.id, server, body);
  const [passed, refused] = [await ask(probe), await ask(refusing)];
  if (passed.exit !== 0)
    return wrong('way', `A test event through ${name} was not answered: ${passed.said.trim().slice(0, 300)}`, mend);
  if (refused.exit === (expected.exit ?? 0) && refused.said.trim() === expected.body.trim())
    return fine(
      'way',
      `A test event through ${name} was answered, and a refusal arrives as ${agent.title} honours it.`,
    );
  return wrong(
    'way',
    `A refusal through ${name} does not arrive as ${agent.title} honours it (exit status ${refused.exit}).`,
    mend,
  );
}

interface Answered {
  readonly exit: number | null;
  /** What came on stdout, or on stderr where the exit status is not 0. */
  readonly said: string;
}

function throughClient(agent: string, event: string, client: string, body: string): Promise<Answered> {
  const { promise, resolve } = Promise.withResolvers<Answered>();
  const child = spawn(client, [agent, event, 'block'], { stdio: 'pipe', timeout: 10_000 });
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk) => (out += String(chunk)));
  child.stderr.on('data', (chunk) => (err += String(chunk)));
  child.stdin.on('error', () => undefined);
  child.on('error', (error) => resolve({ exit: null, said: error.message }));
  child.on('close', (exit) => resolve({ exit, said: exit === 0 ? out : err }));
  child.stdin.end(body);
  return promise;
}

async function straight(agent: string, server: RunningServer, body: string): Promise<Answered> {
  const ways = [{ url: new URL(server.url).origin, token: server.token }];
  const reply = await askServer(ways, { agent, event: undefined, body, signal: AbortSignal.timeout(5000) });
  const { exit = 0, body: said }: Partial<HookReply> = reply.ok ? reply.value : { exit: 3, body: reply.error.detail };
  return { exit, said: said ?? '' };
}

/** What happens without Warder is no fault of this machine: it is told, not held against it. */
function lookAtGone({ title, capability }: HookAgent): Finding {
  if (capability?.whenGone.calls !== 'run') return fine('gone', `When Warder is gone, ${title} runs no tool call.`);
  return fine('gone', `When Warder is gone, ${title} runs its tool calls: ${capability.whenGone.because}`);
}
