import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CallRecord } from '../src/core/verdict.ts';
import { listening } from './harness/gateway-rig.ts';
import { eventually, type McpHome, startMcpHome } from './harness/mcp-home.ts';

// One call, told by the agent's hook and by the MCP connection: the same record, whatever the ids.

let upstream: Awaited<ReturnType<typeof listening>>;
let home: McpHome;
let rpc = 0;

beforeAll(async () => {
  upstream = await listening((req, res) => {
    let body = '';
    req.on('data', (chunk) => (body += chunk));
    req.on('end', () => {
      const { id } = JSON.parse(body) as { id: number };
      res.writeHead(200, { 'content-type': 'application/json', 'mcp-session-id': 'one' });
      res.end(JSON.stringify({ jsonrpc: '2.0', id, result: { content: [{ type: 'text', text: `ran ${id}` }] } }));
    });
  });
  home = await startMcpHome('enforce', { mcp: { notes: { url: upstream.url } } });
});
afterAll(async () => {
  await home.remove();
  await upstream.close();
});

async function hook(session: string, id: string, tool: string, input: unknown, event = 'PreToolUse'): Promise<unknown> {
  const response = await fetch(`${home.url}/hooks/claude-code`, {
    method: 'POST',
    headers: { authorization: `Bearer ${home.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      session_id: session,
      cwd: '/home/dev/app',
      hook_event_name: event,
      tool_name: tool,
      tool_input: input,
      tool_use_id: id,
      ...(event === 'PostToolUse' ? { tool_response: 'fine' } : {}),
    }),
  });
  return response.json();
}

async function call(session: string, name: string, input: unknown, meta?: Record<string, string>): Promise<string> {
  const response = await fetch(`${home.url}/mcp/notes`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'x-warder-token': home.token,
      'mcp-session-id': session,
    },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: ++rpc,
      method: 'tools/call',
      params: { name, arguments: input, ...(meta ? { _meta: meta } : {}) },
    }),
  });
  return response.text();
}

const phases = ({ phases: all }: CallRecord) => all.map(({ phase, source }) => `${phase} ${source}`);
const found = (session: string, toolUseId: string, count: number) =>
  eventually(async () => {
    const { items } = await home.api<{ items: CallRecord[] }>(`calls?session=${session}&limit=50`);
    return items.find((record) => record.toolUseId === toolUseId && record.phases.length >= count);
  });

describe("the agent's own call and the one at its MCP server", () => {
  it('are one record, by server, tool and input', async () => {
    await hook('join-1', 'toolu_a', 'mcp__notes__add_note', { text: 'milk', tags: ['a', 'b'] });
    expect(await call('s1', 'add_note', { tags: ['a', 'b'], text: 'milk' })).toContain('ran');
    await found('join-1', 'toolu_a', 3);
    await hook('join-1', 'toolu_a', 'mcp__notes__add_note', { text: 'milk', tags: ['a', 'b'] }, 'PostToolUse');
    const record = await found('join-1', 'toolu_a', 4);
    expect(phases(record)).toEqual(['before hook', 'before mcp', 'result mcp', 'after hook']);
    expect(record.findings.map(({ detector }) => detector)).not.toContain('hook-did-not-fire');
  });

  it('are joined in order when several are alike, and by the id where the client tells it', async () => {
    for (const id of ['toolu_b', 'toolu_c', 'toolu_d'])
      await hook('join-2', id, 'mcp__notes__add_note', { text: 'same' });
    await call('s2', 'add_note', { text: 'same' }, { 'claudecode/toolUseId': 'toolu_c' });
    expect(phases(await found('join-2', 'toolu_c', 3))).toContain('before mcp');
    await call('s2', 'add_note', { text: 'same' });
    expect(phases(await found('join-2', 'toolu_b', 3))).toContain('before mcp');
    expect(phases(await found('join-2', 'toolu_d', 1))).toEqual(['before hook']);
  });

  it('are not joined by an id alone: another tool stays another call', async () => {
    await hook('join-3', 'toolu_e', 'mcp__notes__add_note', { text: 'harmless' });
    const answer = await call('s3', 'run_command', { command: 'rm -rf ~/' }, { 'claudecode/toolUseId': 'toolu_e' });
    expect(answer).toContain('was refused and did not run');
    expect(phases(await found('join-3', 'toolu_e', 1))).toEqual(['before hook']);
  });

  it('lets a call run that the hook put to a person, and only that one', async () => {
    const reply = await hook('join-4', 'toolu_f', 'mcp__notes__asked_tool', {});
    expect(JSON.stringify(reply)).toContain('"ask"');
    expect(await call('s4', 'asked_tool', {})).toContain('ran');
    expect(await call('s4', 'asked_tool', {})).toContain('did not run');
  });

  it('speak against each other: what a connection asks for without the agent is said', async () => {
    await hook('join-5', 'toolu_g', 'mcp__notes__add_note', { text: 'known' });
    await call('s5', 'add_note', { text: 'known' });
    await found('join-5', 'toolu_g', 3);
    await call('s5', 'add_note', { text: 'out of nowhere' });
    const stray = await eventually(async () =>
      (await home.calls()).find(
        ({ session, input, findings }) =>
          session === 'join-5' &&
          JSON.stringify(input).includes('nowhere') &&
          findings.some(({ detector }) => detector === 'hook-did-not-fire'),
      ),
    );
    expect(phases(stray)).toEqual(['before mcp', 'result mcp']);
  });

  it('stay two where nothing tells that they are one', async () => {
    await hook('join-6', 'toolu_h', 'mcp__notes__add_note', { text: 'one' });
    await call('s6', 'add_note', { text: 'another' });
    const own = await eventually(async () =>
      (await home.calls()).find(
        ({ session, input }) => session.startsWith('mcp_') && JSON.stringify(input).includes('another'),
      ),
    );
    expect(own.agent).toBe('mcp-client');
  });
});
