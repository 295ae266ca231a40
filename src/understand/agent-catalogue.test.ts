import { describe, expect, it } from 'vitest';
import type { KnownAgent, Trace } from '../core/inventory.ts';
import { agentCatalogue, recognise } from './agent-catalogue.ts';

const process = (command: string, name = '', path = ''): Trace => ({ kind: 'process', name, path, command });
const file = (path: string): Trace => ({ kind: 'file', path });
const app = (name: string, bundle = ''): Trace => ({ kind: 'application', name, bundle });

describe('the catalogue of agents', () => {
  it('has each id once, and no sign that two agents share', () => {
    const ids = agentCatalogue.map(({ id }) => id);
    expect(ids).toEqual([...new Set(ids)]);
    expect(ids.length).toBeGreaterThan(60);
    const signs = [
      'programs',
      'npm',
      'pypi',
      'brew',
      'bundles',
      'apps',
      'folders',
      'extensions',
      'plugins',
      'browserExtensions',
      'hosts',
    ] as const;
    for (const sign of signs) {
      const names = agentCatalogue.flatMap((agent: KnownAgent) => agent[sign] ?? []).map((name) => name.toLowerCase());
      expect([sign, names.filter((name, at) => names.indexOf(name) !== at)]).toEqual([sign, []]);
    }
    for (const { id, title, vendor, forms } of agentCatalogue) {
      expect(id).toMatch(/^[a-z0-9][a-z0-9-]*$/);
      expect([title, vendor].every((text) => text !== '') && forms.length > 0).toBe(true);
    }
  });

  it('knows every agent that Warder has an adapter for', () => {
    const wanted =
      'claude-code codex cursor copilot-cli vscode-copilot gemini-cli opencode qwen-code cline windsurf droid pi openclaw kiro goose antigravity';
    for (const id of wanted.split(' '))
      expect(
        agentCatalogue.some((agent) => agent.id === id),
        id,
      ).toBe(true);
  });

  it.each<readonly [string, Trace]>([
    ['codex', { kind: 'program', name: 'Codex.exe' }],
    ['codex', { kind: 'package', registry: 'npm', name: '@openai/codex' }],
    ['aider', { kind: 'package', registry: 'pypi', name: 'aider-chat' }],
    ['cursor', app('Cursor (User)')],
    ['cursor', app('Cursor (User) 1.2.3')],
    ['cursor', app('anything', 'com.todesktop.230313mzl4w4u92')],
    ['claude-desktop', app('Claude.app')],
    ['vscode-copilot', { kind: 'extension', id: 'GitHub.copilot-chat' }],
    ['claude-web', { kind: 'browser-extension', id: 'fcoeoabgfenejglbffodgkkbkcdhcgfn' }],
    ['chatgpt-web', { kind: 'host', host: 'chatgpt.com' }],
    ['claude-code', process('claude --print hello', 'claude')],
    ['claude-code', process('/home/a/.local/share/claude/versions/2.1.330 --resume')],
    ['codex', process('node /usr/lib/node_modules/@openai/codex/bin/codex.js exec')],
    ['pi', process('node /opt/n/lib/node_modules/@earendil-works/pi-coding-agent/dist/cli.js')],
    ['aider', process('/home/a/.local/share/uv/tools/aider-chat/bin/python /home/a/.local/bin/aider')],
    ['cursor', process('/Applications/Cursor.app/Contents/MacOS/Cursor --type=renderer')],
    ['codex', file('/Users/ann/.codex/config.toml')],
    ['antigravity', file('/home/ann/.gemini/antigravity/mcp_config.json')],
    ['gemini-cli', file('/home/ann/.gemini/settings.json')],
    ['windsurf', file('C:\\Users\\ann\\.codeium\\windsurf\\hooks.json')],
    ['cline', file('/home/ann/.vscode/extensions/saoudrizwan.claude-dev-3.1.0/package.json')],
  ])('%s is known by %o', (agent, trace) => {
    expect(recognise(trace)).toBe(agent);
  });

  it.each<Trace>([
    { kind: 'program', name: 'goose' },
    { kind: 'program', name: 'pi' },
    { kind: 'program', name: 'node' },
    { kind: 'package', registry: 'npm', name: 'codex' },
    app('Cursor Concepts'),
    app('Claude', 'com.example.other'),
    { kind: 'extension', id: 'ms-python.python' },
    { kind: 'host', host: 'api.openai.com' },
    process('vim codex.md', 'vim'),
    process('grep -r claude .', 'grep'),
    process('node /srv/app/server.js --agent codex'),
    process('python train.py --model gemini'),
    file('/home/ann/code/.codex-notes/readme.md'),
    file('/var/lib/thing/.codex/config.toml'),
    file('/home/ann/.gemini/oauth.json'),
  ])('nobody is known by %o', (trace) => {
    expect(recognise(trace)).toBeUndefined();
  });
});
