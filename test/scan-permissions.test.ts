import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { createPermissionLedger } from '../src/cli/scan-permissions.ts';
import { bash, call, prompt, scanJson, throwAwayHome, writeTranscript } from './scan-made.ts';

const write = (file: string, value: unknown) => {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, typeof value === 'string' ? value : JSON.stringify(value));
};

describe('permissions that a scan compares with their use', () => {
  it('come from the user, the project and its local settings, each valid in its own place', async () => {
    const home = throwAwayHome();
    const [app, other] = [path.join(home, 'app'), path.join(home, 'other')];
    write(path.join(home, '.claude/settings.json'), { permissions: { allow: ['Bash(git *)', 'WebSearch'] } });
    write(path.join(app, '.claude/settings.json'), { permissions: { allow: ['Bash(npm test:*)'] } });
    write(path.join(app, '.claude/settings.local.json'), { permissions: { allow: ['mcp__notes', 'Read(~/.ssh/**)'] } });
    write(path.join(other, '.claude/settings.json'), { permissions: { allow: ['Bash(npm test:*)'] } });
    write(path.join(home, '.claude.json'), { mcpServers: { notes: {}, idle: { env: { KEY: 'x' } } } });
    writeTranscript(home, 'p/s1', [
      bash('s1', 't1', 'cd src && git status', { cwd: other }),
      bash('s1', 't2', 'npm test -- cart', { cwd: app }),
      call('s1', 't3', 'mcp__notes__add', {}, { cwd: app }),
    ]);
    const { permissions, mcpServers } = await scanJson(home);
    expect(permissions).toMatchObject({ rules: 6, unusedShare: 0.5 });
    expect(permissions.unused.map(({ rule, file }) => [rule, path.relative(home, file)]).sort()).toEqual([
      ['Bash(npm test:*)', 'other/.claude/settings.json'],
      ['Read(~/.ssh/**)', 'app/.claude/settings.local.json'],
      ['WebSearch', '.claude/settings.json'],
    ]);
    expect(mcpServers.map(({ server, configured, calls }) => [server, configured, calls])).toEqual([
      ['notes', true, 1],
      ['idle', true, 0],
    ]);
  });

  it('show sessions that ran with every check off', async () => {
    const home = throwAwayHome();
    writeTranscript(home, 'p/s1', [
      prompt('s1', 'go', { permissionMode: 'bypassPermissions' }),
      bash('s1', 't1', 'ls'),
    ]);
    writeTranscript(home, 'p/s2', [prompt('s2', 'go', { permissionMode: 'default' }), bash('s2', 't2', 'ls')]);
    expect((await scanJson(home)).permissions).toMatchObject({ bypassSessions: 1, bypassCalls: 1, unusedShare: null });
  });

  it.each([
    ['Bash', 'Bash', { command: 'anything' }, true],
    ['Bash(npm run test:*)', 'Bash', { command: 'npm run test:unit' }, true],
    ['Bash(npm run test:*)', 'Bash', { command: 'npm run build' }, false],
    ['Bash(git *)', 'Bash', { command: 'git' }, true],
    ['Bash(git *)', 'Bash', { command: 'gitk' }, false],
    ['Bash(git * main)', 'Bash', { command: 'ls; git push origin main' }, true],
    ['Bash(ls)', 'Bash', { command: 'ls -la' }, false],
    ['Bash(ls)', 'Bash', { command: 'echo "a; ls" | wc' }, false],
    ['Read(./.env)', 'Read', { file_path: '/p/.env' }, true],
    ['Read(.env)', 'Read', { file_path: '/p/a/b/.env' }, true],
    ['Read(./.env)', 'Read', { file_path: '/p/a/.env' }, false],
    ['Read(~/.ssh/**)', 'Read', { file_path: '/home/dev/.ssh/id' }, true],
    ['Edit(/src/**)', 'Write', { file_path: '/p/src/a.ts' }, true],
    ['Edit(/src)', 'Edit', { file_path: '/p/src/deep/a.ts' }, true],
    ['Edit(/src/*.ts)', 'Edit', { file_path: '/p/src/deep/a.ts' }, false],
    ['Edit(//etc/hosts)', 'Edit', { file_path: '/etc/hosts' }, true],
    ['Read', 'Grep', { pattern: 'x' }, true],
    ['WebFetch(domain:example.com)', 'WebFetch', { url: 'https://example.com/a' }, true],
    ['WebFetch(domain:example.com)', 'WebFetch', { url: 'https://example.com.evil.net/a' }, false],
    ['WebFetch(domain:*.example.com)', 'WebFetch', { url: 'https://a.example.com/' }, true],
    ['mcp__notes', 'mcp__notes__add', {}, true],
    ['mcp__notes', 'mcp__notes2__add', {}, false],
    ['mcp__notes__*', 'mcp__notes__add', {}, true],
    ['mcp__notes__get_*', 'mcp__notes__get_one', {}, true],
    ['mcp__notes__get_*', 'mcp__notes__add', {}, false],
    ['Agent(Explore)', 'Task', { subagent_type: 'Explore' }, true],
    ['Agent(Explore)', 'Agent', { subagent_type: 'Plan' }, false],
    ['Skill(review)', 'Skill', { skill: 'review' }, true],
  ])('%s, used by %s %j: %s', (rule, tool, input, used) => {
    const home = throwAwayHome();
    write(path.join(home, 'p/.claude/settings.json'), { permissions: { allow: [rule] } });
    const at = (text: string) => text.replace(/^\/p(?=\/|$)/, path.join(home, 'p'));
    const moved = Object.fromEntries(Object.entries(input).map(([name, value]) => [name, at(value)]));
    const ledger = createPermissionLedger([], '/home/dev', null);
    ledger.project(path.join(home, 'p'));
    ledger.use({ tool, input: moved, cwd: path.join(home, 'p') });
    expect(ledger.result()).toMatchObject({ rules: 1, unused: used ? [] : [{ rule }] });
  });

  it('may be broken, huge, no file at all, or made to hang a matcher', () => {
    const home = throwAwayHome();
    write(path.join(home, 'a/.claude/settings.json'), '{"permissions":');
    write(path.join(home, 'b/.claude/settings.json'), { permissions: { allow: 'Bash' }, mcpServers: 7 });
    fs.mkdirSync(path.join(home, 'c/.claude/settings.json'), { recursive: true });
    write(path.join(home, 'd/.claude/settings.json'), {
      permissions: { allow: [`Bash(${'*a'.repeat(60)}*b)`, 7, '', '((('] },
    });
    const ledger = createPermissionLedger([home], home, null);
    for (const name of ['a', 'b', 'c', 'd', 'none']) ledger.project(path.join(home, name));
    const started = performance.now();
    ledger.use({ tool: 'Bash', input: { command: 'a'.repeat(100_000) }, cwd: path.join(home, 'd') });
    expect(performance.now() - started).toBeLessThan(500);
    expect(ledger.result().rules).toBe(3);
  });
});
