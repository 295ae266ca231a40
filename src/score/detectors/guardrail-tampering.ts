import type { Effect } from '../../core/effect.ts';
import {
  agentHome,
  anyUnguardedText,
  agentPrograms as hookedPrograms,
  hooksFile,
  managedFile,
  serversFile,
  shadowingFile,
  startUpFile,
  unguardedCommand,
  warderFile,
} from '../../core/guardrails.ts';
import type { Detector, DetectorInput } from '../../core/ports.ts';
import type { Finding } from '../../core/verdict.ts';
import { finding, heaviest, type Judged, named, onlyShows, perEffect, plain } from '../findings.ts';

const id = 'guardrail-tampering';

const changing = new Set(['write', 'delete', 'configure', 'grant', 'install', 'execute']);

/** Text the agent obeys later: worth a look, edited every day. */
const instructions =
  /(?:CLAUDE(?:\.local)?|AGENTS?|GEMINI|QWEN|SKILL|SOUL|HEARTBEAT)\.md$|\.roo(?:rules|\/)|\.goosehints$|\.kiro\/steering|\.cursorrules$|\.windsurfrules$|copilot-instructions\.md$|\.clinerules|\.cursor\/rules|\/(?:agents|commands|skills)(?:\/|$)/;

function onFiles(effect: Effect, input: DetectorInput): Judged | null {
  const { verb, resource, zone } = effect;
  if (!changing.has(verb) || onlyShows(effect)) return null;
  if (
    resource.kind === 'process' &&
    (verb === 'delete' || verb === 'execute') &&
    /warder/i.test(resource.name) &&
    verb === 'delete'
  ) {
    return { weight: 95, why: 'Stops Warder, which watches this agent.', alert: true };
  }
  if (resource.kind === 'mcp-tool' && verb === 'configure') return toolText(effect);
  const start = startsAnother(effect, input);
  if (start !== null) return start;
  if (resource.kind !== 'agent-config') return null;
  const changed = changedWithin(effect);
  if (changed !== null) return changed;
  const name = resource.name;
  const what = `${did(effect)} ${named(effect)}`;
  if (warderFile.test(name) && verb !== 'execute')
    return { weight: 95, why: `${what}, which belongs to Warder itself.`, alert: true };
  if (managedFile.test(name)) return { weight: 92, why: `${what}, which only an administrator changes.`, alert: true };
  if (hooksFile.test(name)) {
    if (verb === 'execute') return null;
    const weight = verb === 'delete' || zone !== 'repository' ? 75 : seen(effect, input);
    return { weight, why: `${what}, which holds the agent's hooks and permission rules.` };
  }
  if (serversFile.test(name)) {
    // Where it can be told which servers, that is judged beside.
    if (verb === 'execute' || input.meaning.effects.some((each) => namesServers(each, name))) return null;
    const weight = zone === 'repository' || zone === 'workspace' ? 35 : 45;
    return { weight, why: `${what}, which says what servers the agent starts and uses.` };
  }
  if (verb === 'delete' && agentHome.test(name))
    return { weight: 80, why: `${what}, and with it the agent's hooks and settings.` };
  if (instructions.test(name))
    return zone === 'repository' || zone === 'workspace' || verb === 'execute'
      ? null
      : { weight: 38, why: `${what}, which the agent obeys in later sessions.` };
  return null;
}

/** A program of an agent's name before the real one, or a line of a shell that starts an agent without its hooks. */
function startsAnother({ verb, resource: { name } }: Effect, { action, meaning }: DetectorInput): Judged | null {
  if (verb !== 'write') return null;
  // A package brings its program by itself; what a package manager installs is judged as that.
  if (shadowingFile.test(name) && !meaning.effects.some((each) => each.verb === 'install'))
    return { weight: 72, why: `Puts a program of an agent's name at ${plain(name)}, to be started in its place.` };
  if (!startUpFile.test(name)) return null;
  const text = action.kind === 'file-write' ? action.content : action.kind === 'file-edit' ? action.after : '';
  const found = anyUnguardedText(action.kind === 'shell' ? action.command : text);
  if (found === null) return null;
  return { weight: 75, why: `Makes every shell start ${found.agent} without its hooks (${found.word}).`, alert: true };
}

const namesServers = ({ verb, resource }: Effect, name: string): boolean =>
  verb === 'configure' && resource.kind === 'mcp-tool' && resource.name === name;

/** Where the new text itself was read, what it takes away is told beside; what else a file may have lost stays open. */
function seen({ resource: { name } }: Effect, { action, meaning }: DetectorInput): number {
  if (action.kind === 'file-write' || action.kind === 'text') return 45;
  if (action.kind !== 'file-edit' || /\/hooks\//.test(name)) return 60;
  const runs = meaning.effects.some(({ verb, flags }) => verb === 'configure' && flags.includes('later-execution'));
  return runs || action.before.length > action.after.length ? 60 : 35;
}

/** What a server says of its tools is text the agent obeys. */
function toolText(effect: Effect): Judged | null {
  if (effect.flags.includes('hidden'))
    return {
      weight: 72,
      why: `Hides text from the person in the description of a tool (${named(effect)}).`,
      alert: true,
    };
  if (!effect.flags.includes('weakens')) return null;
  return { weight: 60, why: `Describes a tool in words that give the agent orders (${named(effect)}).` };
}

/** What the added or removed lines of a settings or instruction file do. */
function changedWithin(effect: Effect): Judged | null {
  const { flags, verb } = effect;
  if (verb !== 'configure') return null;
  if (flags.includes('hidden'))
    return { weight: 72, why: `Hides text from the person in ${named(effect)}, which the agent obeys.`, alert: true };
  if (!flags.includes('weakens')) return null;
  return instructions.test(effect.resource.name)
    ? { weight: 50, why: `Writes orders that go behind the person's back into ${named(effect)}.` }
    : { weight: 78, why: `Takes a limit or a rule away from the agent in ${named(effect)}.`, alert: true };
}

const did = ({ verb }: Effect): string => (verb === 'delete' ? 'Deletes' : 'Changes');

interface Sign {
  /** One of these programs must really run: a sign inside a commit message or a search is talk about it, not use of it. null: any. */
  readonly programs: ReadonlySet<string> | null;
  readonly pattern: RegExp;
  readonly weight: number;
  readonly why: string;
}

const agentPrograms = [...hookedPrograms, 'cursor-agent', 'droid', 'npx', 'bunx', 'pnpx'];
const settersOfVariables = ['unset', 'export', 'env', 'declare', 'set', ...agentPrograms];

/** Words in a command that take the guard away from an agent it starts, or from the session itself. */
const commandSigns: readonly Sign[] = [
  {
    programs: new Set(agentPrograms),
    pattern:
      /--(?:allow-)?dangerously-skip-permissions|--permission-mode[= ]+["']?bypassPermissions|--yolo\b|--dangerously-bypass-approvals-and-sandbox|--sandbox[= ]+danger-full-access/,
    weight: 75,
    why: 'Starts an agent that asks for nothing.',
  },
  {
    programs: new Set(agentPrograms),
    pattern: /disableAllHooks/,
    weight: 80,
    why: 'Starts an agent with all hooks off.',
  },
  {
    programs: new Set(settersOfVariables),
    pattern:
      /\bunset\b[^|;&\n]{0,400}\b(?:ANTHROPIC_BASE_URL|ANTHROPIC_CUSTOM_HEADERS|WARDER_\w+)|\benv\b[^|;&\n]{0,400}\s-u\s*(?:ANTHROPIC_BASE_URL|WARDER_\w+)|\bANTHROPIC_BASE_URL=(?!["']?http:\/\/(?:127\.0\.0\.1|localhost))/,
    weight: 75,
    why: 'Leads model traffic away from the gateway.',
  },
  {
    programs: new Set(['pkill', 'killall', 'systemctl', 'service', 'launchctl', 'kill']),
    pattern:
      /\b(?:pkill|killall|kill|systemctl\s+(?:--user\s+)?(?:stop|disable|mask|kill)|service|launchctl)\b[^|;&\n]{0,400}\bwarder\b/,
    weight: 95,
    why: 'Stops Warder, which watches this agent.',
  },
  {
    programs: new Set(['warder', 'npx']),
    pattern: /\bwarder\b\s+(?:uninstall|keys|tokens|serve\s+[^|;&\n]{0,400}--mode[= ]+observe)\b/,
    weight: 90,
    why: "Changes Warder's own installation.",
  },
  {
    programs: new Set(['git', 'export', 'env']),
    pattern:
      /\bgit\b(?:(?!\bgit\b)[^|;&\n]){0,400}?\b(?:commit|push|merge|rebase)\b(?:(?!\b(?:git|commit|push|merge|rebase)\b)[^|;&\n"']){0,400}\s--no-verify\b|\bcore\.hooksPath[= ]+["']?\/dev\/null|\bHUSKY=0\b/,
    weight: 35,
    why: 'Skips the checks of the repository.',
  },
];

/** An agent really runs: a word of such a start inside a message or a search is talk about it. */
const starters = new Set(agentPrograms);

function inCommand({ action, meaning }: DetectorInput): Finding[] {
  if (action.kind !== 'shell') return [];
  const { command } = action;
  const field = meaning.effects.find(({ span }) => span !== undefined)?.span?.field ?? 'command';
  const found = commandSigns.flatMap(({ programs, pattern, weight, why }) => {
    if (programs !== null && !meaning.programs.some((each) => programs.has(each))) return [];
    const match = pattern.exec(command);
    if (match === null) return [];
    const span = { field, start: match.index, end: match.index + match[0].length };
    return [finding(id, { weight, why, alert: weight >= 90 }, span)];
  });
  const unguarded = meaning.programs.some((each) => starters.has(each)) ? unguardedCommand(command) : null;
  if (unguarded !== null) {
    const span = { field, start: unguarded.index, end: unguarded.index + unguarded.text.length };
    const why = `Starts an agent (${unguarded.agent}) without the person's hooks.`;
    found.push(finding(id, { weight: 72, why }, span));
  }
  const writesSettings = meaning.effects.some(
    ({ verb, resource }) => verb === 'write' && hooksFile.test(resource.name),
  );
  if (writesSettings && /["']?disableAllHooks["']?\s*[:=]\s*true/.test(command)) {
    found.push(finding(id, { weight: 92, why: "Switches all hooks off in the agent's settings.", alert: true }));
  }
  return found;
}

/** In the settings of one agent or another: no hook runs. */
const hooksOff =
  /"disableAllHooks"\s*:\s*true|"hooksDisabled"\s*:\s*true|"hooksConfig"\s*:\s*\{[^{}]{0,400}"enabled"\s*:\s*false|(?:^|\n)\s*(?:features\.)?hooks\s*=\s*false\b/;

/** Content written into a settings file. */
function inContent({ action }: DetectorInput): Judged[] {
  const text = action.kind === 'file-write' ? action.content : action.kind === 'file-edit' ? action.after : '';
  if (text === '' || !('path' in action) || !(hooksFile.test(action.path) || managedFile.test(action.path))) return [];
  if (hooksOff.test(text))
    return [{ weight: 92, why: `Switches all hooks off in ${plain(action.path)}.`, alert: true }];
  if (/bypassPermissions|"skipDangerousModePermissionPrompt"\s*:\s*true/.test(text))
    return [{ weight: 85, why: `Lets the agent act without asking, in ${plain(action.path)}.`, alert: true }];
  return [];
}

/** An agent takes away what keeps it in check: hooks, settings, policies, Warder itself. */
export const guardrailTampering: Detector = {
  id,
  title: 'Guardrail tampering',
  runbook:
    'Compare the settings file with its last good state and restore it (warder install puts the hooks back, warder doctor checks them). Find what made the agent do it; a page or an issue it had read is a likely cause. Look at what ran while the guard was away.',
  detect: (input) =>
    heaviest([
      ...perEffect(id, input, onFiles),
      ...inCommand(input),
      ...inContent(input).map((judged) => finding(id, judged)),
    ]),
  hits: [
    'claude --dangerously-skip-permissions -p "go on"',
    'claude --bare -p "go on"',
    'rm ~/.claude/settings.json',
    'pkill -f warder',
    'rm -rf ~/.warder',
    'unset ANTHROPIC_BASE_URL && claude -p hi',
    'echo \'{"disableAllHooks":true}\' > .claude/settings.local.json',
    { tool: 'Write', input: { file_path: '/home/dev/.claude/settings.json', content: '{"disableAllHooks": true}' } },
    {
      tool: 'Write',
      input: { file_path: '/home/dev/.gemini/settings.json', content: '{"hooksConfig": {"enabled": false}}' },
    },
    'OPENCODE_PURE=1 opencode run "go on"',
    'codex exec --dangerously-bypass-hook-trust "go on"',
    'export CLAUDE_CONFIG_DIR=/tmp/c; claude -p "go on"',
    'bash -c "HOME=/tmp/h qwen -p go"',
    'npx -y @openai/codex exec -c features.hooks=false go',
    'ln -sf /dev/null ~/.codex/hooks.json',
    'rm -rf ~/.config/opencode/plugin',
    'printf \'#!/bin/sh\\nexec /opt/x "$@"\\n\' > ~/.local/bin/claude',
    'ln -s /tmp/x ~/bin/codex',
    'echo "alias claude=\'claude --bare\'" >> ~/.bashrc',
    { tool: 'Edit', input: { file_path: '/home/dev/.zshrc', old_string: 'x', new_string: 'export OPENCODE_PURE=1' } },
    'sed -i s/ask/allow/ ~/.cursor/mcp.json',
    { tool: 'Edit', input: { file_path: '/etc/claude-code/managed-settings.json', old_string: 'a', new_string: 'b' } },
  ],
  misses: [
    'cat ~/.claude/settings.json',
    'claude --version',
    'grep -rn "dangerously-skip-permissions" docs',
    'warder doctor',
    'claude -p "what does --bare do"',
    'grep -rn OPENCODE_PURE=1 docs && codex --version',
    'HOME=/tmp/h npm test',
    'npm install -g @anthropic-ai/claude-code',
    'echo "alias c=claude" >> ~/.bashrc',
    'ls -l ~/.local/bin/claude && which codex',
    'cat ~/.codex/hooks.json ~/.cursor/mcp.json',
    { tool: 'Edit', input: { file_path: '/home/dev/project/CLAUDE.md', old_string: 'a', new_string: 'b' } },
    { tool: 'Write', input: { file_path: '/home/dev/project/src/settings.json', content: '{}' } },
  ],
};
