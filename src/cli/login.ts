import { parseArgs } from 'node:util';
import { z } from 'zod';
import { homeDir } from '../config.ts';
import { knownServer } from './agent-files.ts';
import type { Command } from './command.ts';

const usage = `warder login: make a new one-time link to the console of the running server.

Usage: warder login [--home DIR] [--json]

Exit status: 0 fine, 2 used wrongly, 3 no server is running for this home.
`;

const answer = z.looseObject({ loginUrl: z.string() });

export const command: Command = {
  name: 'login',
  summary: 'make a new one-time link to the console',
  usage,
  async run(args, io) {
    const { values } = parseArgs({ args: [...args], options: { home: { type: 'string' }, json: { type: 'boolean' } } });
    const home = homeDir(values.home, io.env);
    const server = knownServer(home);
    if (server === null) {
      io.stderr.write(`warder login: no server is running for ${home}. Start one: warder serve\n`);
      return 3;
    }
    const { url, apiToken } = server;
    const response = await fetch(`${url}/api/v1/login-links`, {
      method: 'POST',
      headers: { authorization: `Bearer ${apiToken}` },
    }).catch(() => null);
    if (!response?.ok) {
      io.stderr.write(
        `warder login: the server at ${url} does not answer (${response ? `status ${response.status}` : 'no connection'}). Start it: warder serve\n`,
      );
      return 3;
    }
    const { loginUrl } = answer.parse(await response.json());
    io.stdout.write(values.json ? `${JSON.stringify({ loginUrl })}\n` : `${loginUrl}\n`);
    return 0;
  },
};
