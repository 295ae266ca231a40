import { describe, expect, it } from 'vitest';
import { clientOf, folderOf, saysFailed, saysRefused } from './clients.ts';
import { shapedCall } from './tool-shapes.ts';

const action = (tool: string, input: unknown, agent = '') => shapedCall(tool, input, 'id', agent).action;

describe('calls of agents without words of their own here', () => {
  it.each([
    ['exec_command', { cmd: 'ls', workdir: '/srv' }, { kind: 'shell', command: 'ls', cwd: '/srv' }],
    ['run_shell_command', { command: 'ls', dir_path: 'src' }, { kind: 'shell', command: 'ls', cwd: 'src' }],
    ['run_shell_command', { command: 'ls', is_background: false }, { kind: 'shell', command: 'ls' }],
    ['bash', { command: 'ls', workdir: '' }, { kind: 'shell', command: 'ls' }],
    ['monitor', { command: 'tail -f x' }, { kind: 'shell', command: 'tail -f x' }],
    ['functions__wait', {}, { kind: 'harmless', what: 'wait' }],
    ['collaboration__spawn_agent', { message: 'go' }, { kind: 'agent', prompt: 'go' }],
    ['tool_call', { name: 'web_fetch', arguments: { url: 'https://a.example' } }, { kind: 'web-fetch' }],
    ['tool_call', { name: 'monitor', arguments: { command: 'id' } }, { kind: 'shell', command: 'id' }],
    ['tool_call', { name: 'tool_call', arguments: {} }, { kind: 'unknown' }],
    ['rg', { pattern: 'x', paths: ['a'] }, { kind: 'file-search', pattern: 'x' }],
    ['invoke_agent', { agent_name: 'a', prompt: 'p' }, { kind: 'agent', prompt: 'p' }],
    [
      'notebook_edit',
      { notebook_path: 'a.ipynb', new_source: 'x' },
      { kind: 'file-edit', path: 'a.ipynb', after: 'x' },
    ],
  ])('reads %s %j', (tool, input, expected) => {
    expect(action(tool, input)).toMatchObject(expected);
    if (expected.kind === 'shell' && !('cwd' in expected)) expect(action(tool, input)).not.toHaveProperty('cwd');
  });

  it.each([
    ['gemini-cli', 'mcp_notes_echo_note', 'notes', 'echo_note'],
    ['copilot-cli', 'notes-echo_note', 'notes', 'echo_note'],
    ['opencode', 'notes_echo_note', 'notes', 'echo_note'],
    ['droid', 'notes___echo_note', 'notes', 'echo_note'],
    ['codex', 'mcp__notes__echo_note', 'notes', 'echo_note'],
  ])('knows how %s joins server and tool: %s', (agent, name, server, tool) => {
    expect(action(name, {}, agent)).toEqual({ kind: 'mcp', server, tool });
  });

  it('takes no tool of an agent’s own for one of a server', () => {
    expect(action('apply_patch', {}, 'opencode').kind).toBe('unknown');
    expect(action('todo_write', {}, 'opencode').kind).toBe('harmless');
    expect(action('skill', { command: 'rm -rf ~' }).kind).toBe('unknown');
    expect(action('run_in_terminal', { command: 'ls' }, 'opencode')).toEqual({ kind: 'shell', command: 'ls' });
  });

  it('points from a deferred call into the call it wraps', () => {
    const input = { name: 'run_shell_command', arguments: { command: 'id' } };
    expect(shapedCall('tool_call', input, 'id').fields).toEqual({ command: 'arguments/command' });
  });

  it('reads a patch by its first file, and none where there is no file', () => {
    const input = '*** Begin Patch\n*** Update File: a b.txt\n@@\n-1\n+2\n*** Delete File: c\n*** End Patch';
    expect(shapedCall('apply_patch', { input }, 'id')).toMatchObject({
      action: { kind: 'file-edit', path: 'a b.txt', after: input },
      fields: { patch: 'input' },
    });
    expect(action('apply_patch', { input: 'nothing' }).kind).toBe('unknown');
  });
});

describe('what clients tell of themselves', () => {
  it('knows Copilot CLI in every turn', () => {
    const headers = { 'user-agent': 'OpenAI/JS 5.20.1' };
    expect(clientOf({ ...headers, 'x-initiator': 'agent' }).agent).toBe('copilot-cli');
    expect(clientOf(headers).agent).toBeUndefined();
  });

  it('takes an agent’s word from a header of its settings, and no other text', () => {
    const headers = { 'user-agent': 'OpenAI/JS 7.15.0' };
    expect(clientOf({ ...headers, 'x-warder-agent': 'openclaw' })).toEqual({ agent: 'openclaw', agentVersion: '' });
    for (const said of ['', 'Cline', 'a b', '<script>', 'x'.repeat(40)])
      expect(clientOf({ ...headers, 'x-warder-agent': said }).agent).toBeUndefined();
  });

  it.each([
    [
      'cline',
      'Environment:\n<env>\n1. Platform: linux\n2. Date: 11/22/2026\n3. IDE: Terminal\n4. Working Directory: /home/dev/a\n</env>',
    ],
    ['droid', '<system-reminder>\nThe commands below ran once.\n\n% pwd\n/home/dev/a\n\n% ls\n</system-reminder>'],
    ['openclaw', 'Be kind.\n## Workspace\nWorking directory: /home/dev/a\nSingle global file workspace.'],
  ])('knows the folder of %s', (agent, text) => {
    expect(folderOf({ agent, agentVersion: '' }, [text])).toBe('/home/dev/a');
    expect(folderOf({ agent: 'pi', agentVersion: '' }, [text])).toBe('');
  });

  it('takes the folder from the agent’s own words alone', () => {
    const codex = { agent: 'codex', agentVersion: '' };
    const context = '<environment_context>\n  <cwd>/home/dev/a</cwd>\n</environment_context>';
    expect(folderOf(codex, [context, context.replace('/a<', '/b<')])).toBe('/home/dev/b');
    expect(folderOf(codex, [`please look: ${context}`])).toBe('');
    expect(folderOf(codex, [context.replace('/home/dev/a', 'relative')])).toBe('');
    expect(folderOf({ agentVersion: '' }, [context])).toBe('');
  });

  it('knows a call that a hook refused inside a program', () => {
    expect(
      saysRefused(
        'Script failed\nWall time 0.1 seconds\nOutput:\n\nScript error:\nCommand blocked by PreToolUse hook: x',
      ),
    ).toBe(true);
    expect(saysRefused('Script failed\nWall time 0.1 seconds\nOutput:\n\nScript error:\nno such file')).toBe(false);
  });

  it.each([
    (code: number) => `Chunk ID: 5aedd0\nWall time: 0.0 seconds\nProcess exited with code ${code}\nOutput:\nout\n`,
    (code: number) =>
      `<untrusted_context>\nOutput: out\nExit Code: ${code}\nProcess Group PGID: 1\n</untrusted_context>`,
    (code: number) => `Command: x\nError: (none)\nExit Code: ${code}\nSignal: (none)\nProcess Group PGID: (none)`,
    (code: number) => `out\n<shellId: 0 completed with exit code ${code}>`,
    (code: number) => `out\n\n\nCommand exited with code ${code}`,
    (code: number) => `out\n\n(Command exited with code ${code})`,
    (code: number) => `out\n\n\n[Process exited with code ${code}]`,
    (code: number) =>
      JSON.stringify([{ query: 'x', result: 'out', error: `Command exited with code ${code}`, success: false }]),
  ])('reads the exit status that the agent wrote around the output: %#', (result) => {
    expect(saysFailed(result(3))).toBe(true);
    expect(saysFailed(result(0))).toBe(false);
    expect(saysFailed(`${'x'.repeat(2000)}\n${result(0)}`)).toBe(false);
    expect(saysFailed(`${result(3)}\nand more of the output`)).toBe(result(3).startsWith('Chunk'));
  });
});
