import { type Command, UsageError } from './command.ts';

const usage = `warder mcp: MCP servers with verdicts in between.

Usage: warder mcp [--name NAME] [--when-gone refuse|pass] [--home DIR] -- COMMAND [ARGUMENTS…]
       warder mcp add NAME URL [--header NAME=VALUE]… [--secret-header NAME[=VARIABLE]]… [--home DIR] [--json]
       warder mcp list [--home DIR] [--json]
       warder mcp remove NAME [--home DIR] [--json]

  --               starts a stdio server and stands between it and the agent: put it before the command in the
                   agent's own configuration of the server
  --name NAME      the agent's name for the server, so that both speak of the same calls (default: from the command)
  --when-gone      what happens to calls while Warder does not answer. Without it: the last mode it was in,
                   enforce refuses and observe lets pass; refuse when no mode is known
  add              keeps a streamable-HTTP server, which agents then reach at http://127.0.0.1:7717/mcp/NAME with a
                   Warder token. Headers are kept encrypted. A secret header's value is read from standard input
                   (asked for and not shown on a terminal), or from the environment variable VARIABLE
  list             names, addresses and names of headers; a value is never shown
  remove           forgets a server

Exit status: that of the server; for add, list and remove 0 fine, 2 used wrongly, 3 could not (also: there was no such
server to remove). 127: the command is not there.
`;

export const command: Command = {
  name: 'mcp',
  summary: 'stand between an agent and an MCP server; keep a list of servers',
  usage,
  // The wrapper is on an agent's start-up path, so that nothing is loaded here that it does not need.
  async run(args, io) {
    if (args.includes('--')) return (await import('./mcp-wrap.ts')).wrap(args, io);
    const [what] = args;
    if (what === 'add' || what === 'list' || what === 'remove')
      return (await import('./mcp-list.ts')).runList(args, io);
    throw new UsageError('say one of: -- COMMAND, add NAME URL, list, remove NAME.');
  },
};
