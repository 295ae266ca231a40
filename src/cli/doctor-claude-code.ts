import fs from 'node:fs';
import path from 'node:path';
import {
  type Connection,
  failsClosed,
  foundHooks,
  gatewayUrl,
  hookUrl,
  isGatewayUrl,
  minimumVersion,
  readSettings,
  type Settings,
  same,
  wantedHooks,
} from '../normalise/agents/claude-code.settings.ts';
import { knownServer, type RunningServer, readIfThere } from './agent-files.ts';
import { claudeFolder, claudeVersion, deviceClientPath, managedFolder } from './claude-client.ts';
import type { Io } from './command.ts';

/** One thing looked at. `mend` is the one command or act that puts it right. */
export interface Finding {
  readonly id: string;
  readonly ok: boolean;
  readonly what: string;
  readonly mend?: string;
}

export const fine = (id: string, what: string): Finding => ({ id, ok: true, what });
export const wrong = (id: string, what: string, mend: string): Finding => ({ id, ok: false, what, mend });

/** Everything that decides whether Claude Code on this machine reports to Warder and obeys it, in reading order. */
export async function lookAtClaudeCode(
  home: string,
  env: Io['env'],
  settingsFile?: string,
): Promise<readonly Finding[]> {
  const version = await claudeVersion(env);
  const server = knownServer(home);
  const file = settingsFile ?? path.join(claudeFolder(env), 'settings.json');
  const settings = lookAtSettings(file);
  return [
    lookAtVersion(version),
    ...(await lookAtServer(server, home)),
    ...settings.findings,
    ...(settings.value ? lookAtHooks(settings.value, file, server, home, version) : []),
    ...lookAtEnvironment(env),
    ...lookAtManaged(),
    ...(settings.value ? [lookAtRoute(settings.value, env, server)] : []),
  ];
}

function lookAtVersion(version: string | null): Finding {
  if (version === null)
    return wrong('client', 'There is no claude on the PATH.', 'npm install -g @anthropic-ai/claude-code');
  const closed = failsClosed(version);
  const short = version.replace(/ .*$/, '');
  return closed
    ? fine('client', `Claude Code ${short} blocks a tool call when its hook fails.`)
    : wrong(
        'client',
        `Claude Code ${short} runs a tool when its hook fails; ${minimumVersion} and later block.`,
        'claude update',
      );
}

/** Is the server there, and does it take the token that agents send? */
export async function lookAtServer(server: RunningServer | null, home: string): Promise<Finding[]> {
  if (server === null) return [wrong('server', `No server was started in ${home}.`, 'warder serve')];
  const health = await ask(new URL('/healthz', server.url));
  if (health === null) return [wrong('server', `The server at ${server.url} does not answer.`, 'warder serve')];
  const up = fine('server', `The server at ${server.url} answers.`);
  // Only hooks may be posted there, so a known token gets 405 and any other 401.
  const status = await ask(new URL(hookUrl(server.url)), server.token);
  return status === 405
    ? [up, fine('token', 'It accepts the token of this home.')]
    : [
        up,
        wrong(
          'token',
          `It does not accept the token of this home (${status ?? 'no answer'}).`,
          'Stop what runs on that port, then: warder serve',
        ),
      ];
}

/** HTTP status; null when there is no answer within 2 s. */
async function ask(url: URL, token?: string): Promise<number | null> {
  try {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const response = await fetch(url, { headers, signal: AbortSignal.timeout(2000) });
    await response.body?.cancel();
    return response.status;
  } catch {
    // No answer is the finding.
    return null;
  }
}

function lookAtSettings(file: string): { readonly findings: readonly Finding[]; readonly value?: Settings } {
  const text = readIfThere(file);
  if (text === null) {
    return { findings: [wrong('settings', `There is no ${file}.`, 'warder install claude-code')] };
  }
  const settings = readSettings(text);
  if (!settings.ok) {
    return {
      findings: [
        wrong('settings', `${file}: ${settings.error.detail}`, `Correct ${file}, then: warder install claude-code`),
      ],
    };
  }
  const findings = [fine('settings', `${file} can be read.`)];
  if (settings.value.disableAllHooks === true) {
    findings.push(
      wrong(
        'hooks-disabled',
        'disableAllHooks is true there: no hook runs at all.',
        `Remove disableAllHooks from ${file}`,
      ),
    );
  }
  return { findings, value: settings.value };
}

/** Hooks are compared with what an install would write now, except for the route and the way (http or command). */
function lookAtHooks(
  settings: Settings,
  file: string,
  server: RunningServer | null,
  home: string,
  version: string | null,
): Finding[] {
  const found = foundHooks(settings);
  const before = found.get('PreToolUse')?.[0];
  if (before === undefined) {
    return [
      wrong('hooks', `Warder's hooks are not in ${file}: tool calls are not seen.`, 'warder install claude-code'),
    ];
  }
  const viaCommand = JSON.stringify(before).includes('"command"');
  const install = `warder install claude-code${viaCommand ? ' --command-hook' : ''}`;
  const device = process.platform === 'win32' ? null : deviceClientPath(home);
  const findings: Finding[] = [];
  if (server !== null) {
    const to: Connection = {
      url: new URL(server.url).origin,
      token: server.token,
      via: viaCommand ? 'command' : 'http',
      deviceClient: device,
      gateway: 'no',
      knowsOnFailure: version === null || failsClosed(version) !== false,
    };
    const wanted = wantedHooks(to);
    const off = [...wanted].filter(([event, group]) => {
      const ours = found.get(event) ?? [];
      return ours.length !== 1 || !same(ours[0], group);
    });
    findings.push(
      off.length === 0
        ? fine('hooks', `All ${wanted.size} hooks are there and point to ${hookUrl(to.url)}.`)
        : wrong(
            'hooks',
            `${off.length} of ${wanted.size} hooks are missing or differ (${off.map(([event]) => event).join(', ')}).`,
            install,
          ),
    );
  }
  if (device !== null && !fs.existsSync(device))
    findings.push(wrong('device-client', `The device client ${device} is gone.`, install));
  return findings;
}

function lookAtEnvironment(env: Io['env']): Finding[] {
  const findings: Finding[] = [];
  if (env.CLAUDE_CODE_SIMPLE)
    findings.push(
      wrong('simple-mode', 'CLAUDE_CODE_SIMPLE is set: user hooks do not run.', 'unset CLAUDE_CODE_SIMPLE'),
    );
  if (env.CLAUDE_CONFIG_DIR)
    findings.push(
      fine('config-dir', `CLAUDE_CONFIG_DIR is set: only sessions that have it too use ${env.CLAUDE_CONFIG_DIR}.`),
    );
  return findings;
}

/** Managed settings stand above the user's file, and may switch its hooks off. */
function lookAtManaged(): Finding[] {
  const folder = managedFolder();
  const dropIns = path.join(folder, 'managed-settings.d');
  const files = [path.join(folder, 'managed-settings.json')];
  if (fs.existsSync(dropIns))
    files.push(
      ...fs
        .readdirSync(dropIns)
        .filter((name) => name.endsWith('.json'))
        .map((name) => path.join(dropIns, name)),
    );
  return files.flatMap((file) => {
    const text = readIfThere(file);
    if (text === null) return [];
    const settings = readSettings(text);
    if (!settings.ok) return [wrong('managed', `${file}: ${settings.error.detail}`, `Correct ${file}`)];
    const { disableAllHooks, allowManagedHooksOnly } = settings.value;
    const ours = foundHooks(settings.value).has('PreToolUse');
    if (disableAllHooks === true)
      return [
        wrong('managed', `${file} sets disableAllHooks: no hook runs at all.`, `Remove disableAllHooks from ${file}`),
      ];
    if (allowManagedHooksOnly === true && !ours)
      return [
        wrong(
          'managed',
          `${file} allows managed hooks only, and Warder's are not among them.`,
          'warder install claude-code --managed',
        ),
      ];
    return [fine('managed', `${file} is in force${ours ? " and holds Warder's hooks" : ''}.`)];
  });
}

/** Settings beat the shell, so the file's route counts first. */
function lookAtRoute(settings: Settings, env: Io['env'], server: RunningServer | null): Finding {
  const base = settings.env?.ANTHROPIC_BASE_URL ?? env.ANTHROPIC_BASE_URL;
  if (base === undefined)
    return fine(
      'route',
      'Model traffic goes straight to the provider; hooks alone guard tool calls. To route it through Warder: warder install claude-code --gateway',
    );
  if (server !== null && base === gatewayUrl(new URL(server.url).origin))
    return fine('route', `Model traffic goes through ${String(base)}.`);
  if (!isGatewayUrl(base)) return fine('route', `Model traffic goes to ${String(base)}; hooks alone guard tool calls.`);
  return wrong(
    'route',
    `Model traffic goes to ${String(base)}, which is not the Warder of this home.`,
    'warder install claude-code --gateway',
  );
}
