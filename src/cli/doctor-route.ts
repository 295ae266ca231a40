import { execFile } from 'node:child_process';
import { knownServer, type RunningServer, readIfThere, realFile } from './agent-files.ts';
import type { Io } from './command.ts';
import { type Finding, fine, lookAtServer, wrong } from './doctor-claude-code.ts';
import { keptModel, shadowing } from './install-route.ts';
import type { RouteAgent, RouteFile } from './route-agent.ts';
import { holdsOurs, inForce, valuesIn } from './route-text.ts';

/** Everything that decides whether an agent's model traffic goes through Warder, in reading order. */
export async function lookAtRoute(agent: RouteAgent, home: string, env: Io['env']): Promise<readonly Finding[]> {
  const server = knownServer(home);
  return [
    await lookAtProgram(agent, env),
    ...(await lookAtServer(server, home)),
    ...(server === null ? [] : lookAtFiles(agent, home, env, server)),
    ...lookAtShell(agent, home, env, server),
  ];
}

/** Whether model traffic goes through Warder, for an agent whose hooks are looked at beside it. */
export function lookBesideHooks(agent: RouteAgent, home: string, env: Io['env']): readonly Finding[] {
  const server = knownServer(home);
  if (server === null) return [];
  if (isRouted(agent, home, env))
    return [...lookAtFiles(agent, home, env, server), ...lookAtShell(agent, home, env, server)];
  const way = `warder install ${agent.id} --gateway`;
  return [fine('route', `Model traffic does not go through Warder; hooks alone guard tool calls. To send it: ${way}`)];
}

/** True when a file of the agent's holds an address of a gateway's, or cannot be read so that nobody knows. */
export function isRouted(agent: RouteAgent, home: string, env: Io['env']): boolean {
  return agent
    .files(env, home, { url: 'http://127.0.0.1', token: 'wrd_', model: null })
    .some(({ file, kind, entries }) => {
      const text = readIfThere(realFile(file));
      if (text === null) return false;
      try {
        const values = valuesIn(kind, text);
        return entries.some((entry) => holdsOurs(entry, values(entry.path)));
      } catch {
        // Whoever looks at the file says what is wrong with it.
        return true;
      }
    });
}

/** Is the program there, and in which version? `npm`: how it is brought; absent: by its own installer. */
export async function lookAtProgram(
  { program, npm, title }: { readonly program: string; readonly npm?: string | undefined; readonly title: string },
  env: Io['env'],
): Promise<Finding> {
  const version = await new Promise<string | null>((resolve) => {
    const options = { env: { ...env }, timeout: 10_000, windowsHide: true };
    execFile(program, ['--version'], options, (error, stdout) =>
      resolve(error ? null : (stdout.trim().split('\n')[0] ?? '')),
    );
  });
  return version === null
    ? wrong('client', `There is no ${program} on the PATH.`, npm ? `npm install -g ${npm}` : `Install ${title}`)
    : fine('client', `${title} is there: ${version}.`);
}

function lookAtFiles(agent: RouteAgent, home: string, env: Io['env'], server: RunningServer): Finding[] {
  const to = { url: new URL(server.url).origin, token: server.token, model: keptModel(agent, home) };
  return agent.files(env, home, to).map((file) => lookAtFile(agent, file));
}

function lookAtFile(agent: RouteAgent, { file, kind, entries }: RouteFile): Finding {
  const settings = realFile(file);
  const install = `warder install ${agent.id} --gateway`;
  const text = readIfThere(settings);
  if (text === null) return wrong('settings', `There is no ${settings}.`, install);
  try {
    const values = valuesIn(kind, text);
    const off = entries.filter((entry) => !inForce(entry, values(entry.path)));
    const profile = profileElsewhere(values);
    if (agent.id === 'codex' && profile !== null)
      return wrong(
        'settings',
        `${settings}: the profile ${JSON.stringify(profile)} has a model_provider of its own.`,
        `Take model_provider out of [profiles.${profile}]`,
      );
    if (off.length === 0) return fine('settings', `${settings} sends model traffic through Warder.`);
    const names = off.map(({ path }) => path.join('.')).join(', ');
    return wrong('settings', `${settings} does not lead to the Warder of this home: ${names}.`, install);
  } catch (error) {
    const why = (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
    return wrong('settings', `${settings} cannot be read: ${why}`, `Correct ${settings}, then: ${install}`);
  }
}

/** Codex: the chosen profile, when it leads to another provider. */
function profileElsewhere(values: ReturnType<typeof valuesIn>): string | null {
  const profile = values(['profile']);
  if (typeof profile !== 'string') return null;
  const provider = values(['profiles', profile, 'model_provider']);
  return provider === undefined || provider === 'warder' ? null : profile;
}

function lookAtShell(agent: RouteAgent, home: string, env: Io['env'], server: RunningServer | null): Finding[] {
  if (server === null) return [];
  const to = { url: new URL(server.url).origin, token: server.token };
  const beaten = shadowing(agent, env, to).map((name) =>
    wrong('environment', `${name} is set in this shell and wins over the settings.`, `unset ${name}`),
  );
  if (!agent.byShell) return beaten;
  const wanted = agent.files(env, home, { ...to, model: null }).filter(({ kind }) => kind === 'shell');
  // The first of a file says where to, its token by what right; the rest is the person's choice.
  const there = wanted.every(({ entries }) =>
    entries.every(({ path: [name = ''], value, secret }, at) => (at > 0 && !secret) || env[name] === value),
  );
  return [
    ...beaten,
    there
      ? fine('shell', 'This shell sends its model traffic through Warder.')
      : wrong(
          'shell',
          'This shell has not read the file.',
          `warder install ${agent.id} --gateway shows the line for your shell`,
        ),
  ];
}
