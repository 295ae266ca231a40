import { parseArgs } from 'node:util';
import { homeDir, readConfig } from '../config.ts';
import { startServer } from '../server.ts';
import type { Command } from './command.ts';

const usage = `warder serve: the gateway, the hooks and the console, in one process on this machine.

Usage: warder serve [--home DIR] [--port N] [--mode observe|enforce] [--upstream anthropic=URL]
                    [--secret-rules FILE] [--json]

  --home DIR             where Warder keeps its database and keys (default: WARDER_HOME or ~/.warder)
  --port N               port on 127.0.0.1 (default 7717; 0 = any free one)
  --mode MODE            observe records what would have happened; enforce makes verdicts bind.
                         Without it: the mode set in the console, at first observe
  --upstream NAME=URL    send a provider's traffic elsewhere, e.g. anthropic=http://127.0.0.1:8080
  --secret-rules FILE    further rules for secrets in gitleaks' form, beside secret-rules.toml of the home; may be repeated
  --json                 print one line of JSON when ready: {"url","loginUrl","token","pid"}

The provider key is read from ANTHROPIC_API_KEY, or from \`warder keys add anthropic\`.
Stop with Ctrl-C. Exit status: 0 stopped, 2 used wrongly, 3 could not start.
`;

export const command: Command = {
  name: 'serve',
  summary: 'run the gateway, the hooks and the console on this machine',
  usage,
  async run(args, io) {
    const { values } = parseArgs({
      args: [...args],
      options: {
        home: { type: 'string' },
        port: { type: 'string' },
        mode: { type: 'string' },
        upstream: { type: 'string', multiple: true },
        'secret-rules': { type: 'string', multiple: true },
        json: { type: 'boolean' },
      },
    });
    const config = readConfig(homeDir(values.home, io.env), values);
    const stopping = waitForSignal();
    const server = await startServer({ ...config, env: io.env, log: (line) => io.stderr.write(`warder: ${line}\n`) });
    const { url, loginUrl, token } = server;
    if (values.json) io.stdout.write(`${JSON.stringify({ url, loginUrl, token, pid: process.pid })}\n`);
    else io.stdout.write(welcome(url, loginUrl, server.mode(), config.home, io.env.WARDER_COMMAND ?? 'warder'));
    await stopping;
    if (!values.json) io.stderr.write('warder: stopping; what is under way is finished first\n');
    await server.close();
    return 0;
  },
};

function welcome(url: string, loginUrl: string, mode: string, home: string, me: string): string {
  return [
    '',
    `  Warder is running in ${mode} mode at ${url}`,
    '',
    `  Console (this link works once, for 10 minutes; \`${me} login\` makes another):`,
    `    ${loginUrl}`,
    '',
    '  Connect Claude Code on this machine:',
    `    ${me} install claude-code --gateway    hooks and gateway; --dry-run shows the change first`,
    `    ${me} keys add anthropic               the provider key, kept here, encrypted`,
    `    ${'claude'.padEnd(me.length + 34)}work as always`,
    `    ${me} install codex --gateway          or gemini-cli, copilot-cli, opencode … (${me} install --help names all)`,
    '',
    `  State is kept in ${home}. Stop with Ctrl-C.`,
    '',
    '',
  ].join('\n');
}

/** Resolves at the first Ctrl-C or termination; a second one ends the process at once. */
function waitForSignal(): Promise<void> {
  return new Promise((resolve) => {
    let signals = 0;
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => {
        signals += 1;
        if (signals > 1) process.exit(130);
        resolve();
      });
    }
  });
}
