import type { Effect } from '../../core/effect.ts';
import type { Detector, DetectorInput } from '../../core/ports.ts';
import { finding, heaviest, type Judged, onlyShows, perEffect, plain } from '../findings.ts';

const id = 'new-mcp-server';

const serverList = /(?:^|\/)(?:\.mcp\.json|mcp\.json|\.claude\.json|claude_desktop_config\.json|managed-mcp\.json)$/;

/** A settings file says where the code of a server comes from; other changes of the list are weighed by the file alone. */
function inFile(effect: Effect, { action, meaning }: DetectorInput): Judged | null | undefined {
  if (action.kind !== 'file-write' && action.kind !== 'file-edit' && action.kind !== 'text') return undefined;
  const { verb, resource, flags } = effect;
  if (verb === 'install' && resource.kind === 'mcp-tool')
    return flags.includes('untrusted')
      ? { weight: 45, why: `Adds an MCP server whose publisher is not known (${plain(resource.name)}).` }
      : {
          weight: 20,
          why: `Adds an MCP server of a known publisher or of the project itself (${plain(resource.name)}).`,
        };
  if (!serverList.test(resource.name)) return undefined;
  return meaning.effects.some((other) => other.verb === 'install' && other.resource.kind === 'mcp-tool')
    ? null
    : { weight: 30, why: `Changes the list of MCP servers (${plain(resource.name)}).` };
}

function added(effect: Effect, input: DetectorInput): Judged | null {
  const { verb, resource } = effect;
  if (onlyShows(effect)) return null;
  const read = inFile(effect, input);
  if (read !== undefined) return read;
  // A tool that installs is itself no server that is added.
  if (
    verb === 'install' &&
    !effect.by.startsWith('mcp__') &&
    (resource.kind === 'mcp-tool' || resource.kind === 'agent-config')
  ) {
    return {
      weight: 50,
      why: `Adds an MCP server${resource.name === '' ? '' : ` (${plain(resource.name)})`} with ${plain(effect.by, 40)}.`,
    };
  }
  if ((verb !== 'write' && verb !== 'configure') || !serverList.test(resource.name)) return null;
  return { weight: 50, why: `Changes which MCP servers the agent uses (${plain(resource.name)}).` };
}

/** An MCP server that was never used before, or a change to the list of servers. */
export const newMcpServer: Detector = {
  id,
  title: 'New MCP server',
  runbook:
    'Who runs the server and where does its code come from? Read its tool descriptions: they are text the model obeys. If it is wanted, acknowledge it; it is known from then on.',
  detect: (input) => {
    const found = perEffect(id, input, added);
    const { action, knownMcpServers } = input;
    if (action.kind === 'mcp' && knownMcpServers !== null && !knownMcpServers.has(action.server)) {
      const why = `Uses the MCP server ${plain(action.server)}, which was not seen before.`;
      found.push(finding(id, { weight: 45, why, alert: true }));
    }
    return heaviest(found);
  },
  hits: [
    'claude mcp add notes -- npx -y notes-mcp',
    {
      tool: 'Write',
      input: {
        file_path: '/home/dev/project/.mcp.json',
        content: '{"mcpServers":{"notes":{"command":"npx","args":["-y","notes-mcp"]}}}',
      },
    },
    {
      tool: 'Edit',
      input: {
        file_path: '/home/dev/.claude.json',
        old_string: '{}',
        new_string: '{"mcpServers":{"notes":{"url":"http://notes.example/mcp"}}}',
      },
    },
  ],
  misses: [
    'claude mcp list',
    { tool: 'Read', input: { file_path: '/home/dev/project/.mcp.json' } },
    { tool: 'Write', input: { file_path: '/home/dev/project/src/mcp.ts', content: 'export {}' } },
    {
      tool: 'Write',
      input: {
        file_path: '/home/dev/project/.mcp.json',
        content:
          '{"mcpServers":{"files":{"command":"npx","args":["-y","@modelcontextprotocol/server-filesystem","."]}}}',
      },
    },
    {
      tool: 'Edit',
      input: {
        file_path: '/home/dev/project/.mcp.json',
        old_string: '{}',
        new_string: '{"mcpServers":{"own":{"command":"node","args":["tools/mcp/server.js"]}}}',
      },
    },
    // Nothing is known of earlier servers here, so none is new.
    { tool: 'mcp__notes__list', input: {} },
  ],
};
