import { spawn } from 'node:child_process';
import { platform } from 'node:os';
import { parseArgs } from 'node:util';
import type { Command, Io } from './command.ts';
import { replayForever, startDemoServer } from './demo-server.ts';
import { demoFolder, loadSessions } from './replay-session.ts';

const usage = `warder demo: the whole product with made-up sessions, for someone who wants to see it.

Usage: warder demo [--port N] [--mode observe|enforce] [--fast] [--no-open] [--json]

Starts a real server on a home of its own, which is removed at the end, and replays made-up Claude Code sessions through
the real hooks: ordinary work, a prompt injection, a destructive command, a new MCP server, an agent that tampers with its
guardrails, a sub-agent, secrets in commands. Nothing runs: only the agent's side of the conversation is replayed.
Your own Warder, agents and settings are not touched.

  --port N      port on 127.0.0.1 (default 0 = any free one)
  --mode MODE   enforce (default here) shows calls being denied; observe shows what would have been denied
  --fast        ten times faster
  --no-open     do not open a browser
  --json        print one line of JSON when ready: {"url","loginUrl","token","pid"}

Stop with Ctrl-C. Exit status: 0 stopped, 2 used wrongly, 3 could not start.`;

export const command: Command = {
  name: 'demo',
  summary: 'see the product at work with made-up sessions; nothing of yours is touched',
  usage,
  async run(args, io) {
    const { values } = parseArgs({
      args: [...args],
      options: {
        port: { type: 'string', default: '0' },
        mode: { type: 'string', default: 'enforce' },
        fast: { type: 'boolean', default: false },
        'no-open': { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
      },
      strict: true,
    });
    const sessions = loadSessions(demoFolder());
    const stop = stopSignal();
    const server = await startDemoServer({
      port: values.port,
      mode: values.mode,
      env: io.env,
      log: (line) => io.stderr.write(`warder: ${line}\n`),
    });
    const { url, loginUrl, token } = server;
    if (values.json) io.stdout.write(`${JSON.stringify({ url, loginUrl, token, pid: process.pid })}\n`);
    else io.stdout.write(welcome(loginUrl, sessions));
    if (!values['no-open'] && !values.json && io.stdout.isTTY === true) openBrowser(loginUrl, io);
    try {
      await replayForever(
        sessions,
        {
          url,
          token,
          speed: values.fast ? 10 : 1,
          signal: stop,
          onTrouble: (what) => io.stderr.write(`warder demo: ${what}\n`),
        },
        ({ sessions: played, sent, stopped }) => {
          if (!values.json) {
            io.stderr.write(`Replayed ${played} sessions: ${sent} hook calls, ${stopped} tool calls did not run.\n`);
          }
        },
      );
    } finally {
      await server.close();
    }
    return 0;
  },
};

function welcome(loginUrl: string, sessions: readonly { readonly name: string; readonly about: string }[]): string {
  const list = sessions.map(({ name, about }) => `  ${name.replace(/^\d+-/, '').replaceAll('-', ' ')}: ${about}`);
  return `\n  Open this link once, within 10 minutes:\n\n    ${loginUrl}\n\n  Made-up sessions are replayed now:\n\n${list.join('\n')}\n\n  Stop with Ctrl-C; everything is removed then.\n\n`;
}

/** Fires at the first Ctrl-C or termination; a second one ends the process at once. */
function stopSignal(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (stop.signal.aborted) process.exit(130);
      stop.abort();
    });
  }
  return stop.signal;
}

/** Best effort: the link has been printed already. */
function openBrowser(url: string, io: Io): void {
  const hasDisplay = platform() !== 'linux' || io.env.DISPLAY !== undefined || io.env.WAYLAND_DISPLAY !== undefined;
  if (!hasDisplay) return;
  const [program, ...args] =
    platform() === 'darwin' ? ['open', url] : platform() === 'win32' ? ['explorer', url] : ['xdg-open', url];
  if (program === undefined) return;
  const child = spawn(program, args, { stdio: 'ignore', detached: true });
  child.on('error', () => io.stderr.write('warder demo: no browser could be opened; open the link yourself.\n'));
  child.unref();
}
