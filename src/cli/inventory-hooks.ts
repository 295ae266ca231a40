import type { Disk } from '../capture/machine-disk.ts';
import type { HookConnection, SetupFile, Surroundings } from '../core/agent.ts';
import type { AgentId } from '../core/event.ts';
import type { HookState, RiskFlag } from '../core/inventory.ts';
import { foundHooks, isGatewayUrl, readSettings } from '../normalise/agents/claude-code.settings.ts';
import { agents } from '../plugs.ts';

/** How an agent stands to Warder on this machine. */
export interface Connected {
  readonly hooks: HookState;
  readonly flags: readonly RiskFlag[];
  /** Its model traffic goes to a gateway of Warder's; absent: nobody told here. */
  readonly gateway?: boolean;
}

/** Whether Warder's hooks are in an agent's files, and whether something keeps them from firing. `to`: where they should lead; null: not known here. */
export function connectedBy(agent: AgentId, disk: Disk, at: Surroundings, to: HookConnection | null): Connected {
  const setup = agents.find(({ id }) => id === agent)?.setup;
  if (agent === 'claude-code') return claudeCode(disk, at);
  if (setup === undefined) return { hooks: 'unknown', flags: [] };
  const read = (file: string) => disk.text(file);
  const there = to ?? { client: '/', url: 'http://127.0.0.1:7717', token: '' };
  try {
    const managed = (setup.managedFiles?.(at, there) ?? []).filter((file) => holdsOurs(file, read(file.path)));
    const own = setup.files(at, there, read);
    const weak = (setup.weaknesses?.(at, read) ?? []).map(
      ({ what, mend }): RiskFlag => ({ risk: 'hooks-weakened', weight: 60, what, mend, where: own[0]?.path ?? '' }),
    );
    const ours = own.filter((file) => holdsOurs(file, read(file.path)));
    const hooks =
      managed.length > 0
        ? 'installed'
        : ours.length === 0
          ? 'missing'
          : ours.length < own.length || (to !== null && ours.some((file) => isAltered(file, read(file.path))))
            ? 'altered'
            : 'installed';
    return { hooks, flags: hooks === 'missing' ? [] : weak };
  } catch (error) {
    // A set-up that cannot be planned on this platform says nothing of the agent.
    disk.leave(agent, `its hooks could not be looked at (${error instanceof Error ? error.message : 'unknown'})`);
    return { hooks: 'unknown', flags: [] };
  }
}

function holdsOurs(file: SetupFile, text: string | null): boolean {
  const without = text === null ? null : file.without(text);
  return without?.ok === true && without.value.changes.length > 0;
}

function isAltered(file: SetupFile, text: string | null): boolean {
  const edited = file.with(text);
  return !edited.ok || edited.value.changes.length > 0;
}

const managedFolders = {
  linux: '/etc/claude-code',
  darwin: '/Library/Application Support/ClaudeCode',
  win32: 'C:/Program Files/ClaudeCode',
};

/** Claude Code's settings have a way of their own. */
function claudeCode(disk: Disk, at: Surroundings): Connected {
  const folder = at.env.CLAUDE_CONFIG_DIR || `${at.home}/.claude`;
  const files = [
    ...disk.matching(`${managedFolders[at.platform]}/managed-settings.d/*.json`),
    `${managedFolders[at.platform]}/managed-settings.json`,
    `${folder}/settings.json`,
  ];
  const settings = files.flatMap((file) => {
    const read = readSettings(disk.text(file) ?? '{}');
    return read.ok ? [read.value] : [];
  });
  const hooked = settings.some((each) => (foundHooks(each).get('PreToolUse')?.length ?? 0) > 0);
  const gateway = settings.some((each) => isGatewayUrl(each.env?.ANTHROPIC_BASE_URL));
  return { hooks: hooked ? 'installed' : 'missing', flags: [], gateway };
}
