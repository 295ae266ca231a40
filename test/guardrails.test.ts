import { describe, expect, it } from 'vitest';
import type { HookConnection, Surroundings } from '../src/core/agent.ts';
import { unguardedCommand, unguardedProcess } from '../src/core/guardrails.ts';
import { emptyMemory, type Finding } from '../src/core/verdict.ts';
import { claudeCode } from '../src/normalise/agents/claude-code.ts';
import { personalConfigs, projectConfigs } from '../src/normalise/inventory/config-places.ts';
import { agents, families } from '../src/plugs.ts';
import { guardrailTampering } from '../src/score/detectors/guardrail-tampering.ts';
import { newMcpServer } from '../src/score/detectors/new-mcp-server.ts';
import { createUnderstand } from '../src/understand/understand.ts';

const understand = createUnderstand(families);
const home = '/home/dev';
const project = '/home/dev/work/shop';
const to: HookConnection = { client: '/home/dev/.warder/device/warder-hook', url: 'http://127.0.0.1:7717', token: 'x' };
const platforms: readonly Surroundings[] = [
  { env: {}, home, platform: 'linux' },
  { env: {}, home, platform: 'darwin' },
];

/** Every file that holds an agent's hooks, plugins or managed settings, as its adapter names them. */
const hookFiles = agents.flatMap(({ id, setup }) =>
  platforms.flatMap((at) =>
    [...(setup?.files(at, to, () => null) ?? []), ...(setup?.managedFiles?.(at, to) ?? [])].map(
      ({ path }) => [id, path] as const,
    ),
  ),
);
/** Every file in which agents are told of MCP servers, and of what they may do. */
const configFiles = [...platforms.flatMap(personalConfigs), ...projectConfigs(project)].map(
  ({ agent, path }) => [agent, path.replaceAll('**', 'a/b').replaceAll('*', 'any')] as const,
);
const unique = (files: readonly (readonly [string, string])[]) => [
  ...new Map(files.map((each) => [each[1], each])).values(),
];

function findings(tool: string, input: unknown): readonly Finding[] {
  const call = claudeCode.call(tool, input, 'toolu_1');
  const place = { cwd: project, home };
  const meaning = understand(call, place);
  const session = emptyMemory;
  const given = { action: call.action, tool, meaning, place, session, callId: 'c1', knownMcpServers: null };
  // Where it can be told which servers a file names, the other one tells of it.
  return [...guardrailTampering.detect(given), ...newMcpServer.detect(given)];
}
const bash = (command: string) => findings('Bash', { command });
const weight = (found: readonly Finding[]): number => Math.max(0, ...found.map((each) => each.weight));

const quoted = (path: string): string => `'${path}'`;
/** Ways to change a file, or to put another in its place. */
const ways: readonly (readonly [string, (path: string) => readonly Finding[]])[] = [
  ['Write', (file_path) => findings('Write', { file_path, content: '{}' })],
  ['Edit', (file_path) => findings('Edit', { file_path, old_string: 'aaaa', new_string: 'b' })],
  ['echo >', (path) => bash(`echo '{}' > ${quoted(path)}`)],
  ['tee', (path) => bash(`echo '{}' | tee ${quoted(path)}`)],
  ['rm', (path) => bash(`rm -f ${quoted(path)}`)],
  ['mv away', (path) => bash(`mv ${quoted(path)} /tmp/x`)],
  ['mv over', (path) => bash(`mv /tmp/x ${quoted(path)}`)],
  ['cp over', (path) => bash(`cp /tmp/x ${quoted(path)}`)],
  ['ln -sf', (path) => bash(`ln -sf /dev/null ${quoted(path)}`)],
  ['sed -i', (path) => bash(`sed -i 's/deny/allow/' ${quoted(path)}`)],
  ['truncate', (path) => bash(`truncate -s 0 ${quoted(path)}`)],
  ['jq and mv', (path) => bash(`jq 'del(.hooks)' ${quoted(path)} > /tmp/n && mv /tmp/n ${quoted(path)}`)],
  ['python', (path) => bash(`python3 -c "import os; os.remove('${path}')"`)],
  ['node', (path) => bash(`node -e "require('fs').writeFileSync('${path}', '{}')"`)],
  ['git checkout', (path) => bash(`git checkout HEAD~5 -- ${quoted(path)}`)],
  ['chmod', (path) => bash(`chmod 000 ${quoted(path)}`)],
  ['patch', (path) => bash(`apply_patch <<'EOF'\n*** Begin Patch\n*** Delete File: ${path}\n*** End Patch\nEOF`)],
];

const reading: readonly (readonly [string, (path: string) => readonly Finding[]])[] = [
  ['Read', (file_path) => findings('Read', { file_path })],
  ['cat', (path) => bash(`cat ${quoted(path)}`)],
  ['jq', (path) => bash(`jq .hooks ${quoted(path)} | head`)],
  ['cp away', (path) => bash(`cp ${quoted(path)} /tmp/copy`)],
  ['diff', (path) => bash(`diff ${quoted(path)} /tmp/copy`)],
];

/** The ways that do not reach `least`, as text for a failing test. */
const short = (
  tried: readonly (readonly [string, (path: string) => readonly Finding[]])[],
  path: string,
  holds: (weight: number) => boolean,
): readonly string[] =>
  tried.flatMap(([name, way]) => {
    const found = weight(way(path));
    return holds(found) ? [] : [`${name}: ${found}`];
  });

const isManaged = (path: string): boolean => !path.startsWith(home);
/** Settings of an editor that hold much besides: told by what is written into them. */
const byContent = /work\/shop\/\.(?:vscode|zed)\/settings\.json$/;

describe('an agent that changes what keeps it in check', () => {
  it('is asked about the files of every agent that has a set-up', () => {
    const missing = agents.filter(({ id, setup }) => setup && !hookFiles.some(([agent]) => agent === id));
    expect(missing).toEqual([]);
    expect(unique(hookFiles).length).toBeGreaterThan(40);
    expect(unique(configFiles).length).toBeGreaterThan(80);
  });

  it.each(unique(hookFiles))('%s: %s is guarded, whatever the way', (_agent, path) => {
    const least = isManaged(path) ? 90 : 75;
    expect(short(ways, path, (found) => found >= least)).toEqual([]);
    expect(short(reading, path, (found) => found === 0)).toEqual([]);
  });

  it('does not pass unseen with any file that says what servers an agent uses', () => {
    const wrong = unique(configFiles)
      .filter(([, path]) => !byContent.test(path))
      .flatMap(([agent, path]) => {
        const least = path.startsWith(project) ? 30 : 45;
        const bad = [...short(ways, path, (found) => found >= least), ...short(reading, path, (found) => found === 0)];
        return bad.length === 0 ? [] : [`${agent} ${path}: ${bad.join(', ')}`];
      });
    expect(wrong).toEqual([]);
  });

  it.each([
    'rm -rf ~/.claude',
    'rm -r ~/.qwen',
    'mv ~/.copilot /tmp/x',
    'rm -rf ~/.factory ~/.pi',
    'rm -rf ~/.config/opencode',
    'rm -rf "$HOME/.cline"',
  ])('takes a whole folder away: %s', (command) => {
    expect(weight(bash(command))).toBeGreaterThanOrEqual(75);
  });
});

describe('an agent that starts another one without its hooks', () => {
  it.each([
    'claude --bare -p go',
    'claude --safe-mode -p go',
    'claude --restricted -p go',
    'claude --setting-sources project -p go',
    'CLAUDE_CODE_SIMPLE=1 claude -p go',
    'env CLAUDE_CODE_SIMPLE=true claude -p go',
    'export CLAUDE_CONFIG_DIR=$(mktemp -d) && claude -p go',
    'HOME=/tmp/other claude -p go',
    "bash -c 'claude --bare -p go'",
    'nohup npx -y @anthropic-ai/claude-code --bare -p go &',
    'codex exec --disable hooks go',
    'codex exec -c features.hooks=false go',
    'codex --dangerously-bypass-hook-trust exec go',
    'CODEX_HOME=/tmp/c codex exec go',
    'GEMINI_CLI_SYSTEM_SETTINGS_PATH=/tmp/s.json gemini -p go',
    'GEMINI_CLI_HOME=/tmp/g gemini -p go',
    'qwen --bare -p go',
    'qwen --safe-mode -p go',
    'QWEN_HOME=/tmp/q qwen -p go',
    'COPILOT_HOME=/tmp/c copilot -p go',
    'opencode run --pure go',
    'OPENCODE_PURE=1 opencode run go',
    'OPENCODE_PERMISSION=\'{"*":"allow"}\' opencode run go',
    'pi --no-extensions -p go',
    'pi -ne -p go',
    'PI_CODING_AGENT_DIR=/tmp/p pi -p go',
    'OPENCLAW_STATE_DIR=/tmp/o openclaw agent --message go',
    'CLINE_DIR=/tmp/c cline go',
    'XDG_CONFIG_HOME=/tmp/x opencode run go',
  ])('%s', (command) => {
    expect(weight(bash(command))).toBeGreaterThanOrEqual(70);
  });

  it.each([
    'claude -p "why does --bare skip hooks"',
    "codex exec 'say what --disable hooks does'",
    'echo CLAUDE_CODE_SIMPLE=1 >> notes.md',
    'git log --oneline --bare',
    'git clone --bare https://example.com/x.git && claude --version',
    'CLAUDE_CODE_SIMPLE= claude -p go',
    'HOME=/tmp/h npm ci',
    'opencode run "plan a pure function"',
    'qwen -p "be safe"',
    'pip install --no-extensions x',
  ])('is told from talk and other tools: %s', (command) => {
    expect(weight(bash(command))).toBeLessThan(70);
  });

  it('costs no more than a line of its length allows', () => {
    const long = `claude ${'"a" '.repeat(20_000)} ${"claude 'x".repeat(2_000)}`;
    const before = performance.now();
    unguardedCommand(long);
    expect(performance.now() - before).toBeLessThan(500);
  });
});

describe('a process of an agent', () => {
  const usual = { HOME: '/home/dev' };
  it.each([
    ['claude-code', ['claude', '--bare'], {}, '--bare'],
    ['claude-code', ['node', '/x/cli.js', '-p', 'go'], { CLAUDE_CODE_SIMPLE: '1' }, 'CLAUDE_CODE_SIMPLE set'],
    ['claude-code', ['claude'], { CLAUDE_CONFIG_DIR: '/tmp/c' }, 'CLAUDE_CONFIG_DIR set'],
    ['claude-code', ['claude'], { HOME: '/tmp/other' }, 'HOME set'],
    ['codex', ['codex', 'exec', '--disable', 'hooks'], {}, '--disable hooks'],
    ['opencode', ['opencode'], { OPENCODE_PURE: '1' }, 'OPENCODE_PURE set'],
  ] as const)('%s %j is found out', (agent, command, env, word) => {
    expect(unguardedProcess(agent, command, { ...usual, ...env }, usual)).toBe(word);
  });

  it('that is as usual is none, nor one of an agent without such ways', () => {
    expect(unguardedProcess('claude-code', ['claude', '-p', 'go'], usual, usual)).toBeNull();
    expect(
      unguardedProcess('codex', ['codex'], { ...usual, CODEX_HOME: '/c' }, { ...usual, CODEX_HOME: '/c' }),
    ).toBeNull();
    expect(unguardedProcess('cursor', ['cursor-agent', '--bare'], usual, usual)).toBeNull();
  });
});
