import fs from 'node:fs';
import path from 'node:path';
import type { AgentSetup } from '../core/agent.ts';
import { foundHooks, readSettings } from '../normalise/agents/claude-code.settings.ts';
import { readIfThere } from './agent-files.ts';
import { managedFolder } from './claude-client.ts';
import type { Io } from './command.ts';
import { hookAgent, readText, surroundingsOf } from './hook-agents.ts';

/** Claude Code's settings have a way of their own; this is what else is known of it. */
export const claudeSetup: Pick<AgentSetup, 'program' | 'npm'> = { program: 'claude', npm: '@anthropic-ai/claude-code' };

/** True when an administrator's file holds Warder's hooks of an agent: no flag or variable of a person's takes them away. */
export function managedHere(agent: string, env: Io['env']): boolean {
  try {
    if (agent === 'claude-code') return managedClaudeFiles().some(holdsOurs);
    const nowhere = { client: '/', url: 'http://127.0.0.1', token: '' };
    const files = hookAgent(agent)?.setup.managedFiles?.(surroundingsOf(env), nowhere) ?? [];
    return files.some((file) => {
      const text = readText(file.path);
      const held = text === null ? null : file.without(text);
      return held?.ok === true && held.value.changes.length > 0;
    });
  } catch {
    return false; // what cannot be read is not relied on
  }
}

function managedClaudeFiles(): readonly string[] {
  const folder = managedFolder();
  const dropIns = path.join(folder, 'managed-settings.d');
  const more = fs.existsSync(dropIns) ? fs.readdirSync(dropIns).filter((name) => name.endsWith('.json')) : [];
  return [path.join(folder, 'managed-settings.json'), ...more.map((name) => path.join(dropIns, name))];
}

function holdsOurs(file: string): boolean {
  const text = readIfThere(file);
  const settings = text === null ? null : readSettings(text);
  return settings?.ok === true && foundHooks(settings.value).has('PreToolUse');
}
