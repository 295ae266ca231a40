/** What a failing device client does to the hook: refuse it as most agents are told, or as Cline is, or stay silent. */
export type OnFailure = 'block' | 'cline' | 'pass';

/** The device client called for one hook of one agent. */
export interface ClientCall {
  /** Absolute path of the device client. */
  readonly client: string;
  readonly agent: string;
  readonly event: string;
  readonly onFailure: OnFailure;
}

/** A command line that a POSIX shell runs as it is meant. */
export const shellCommand = ({ client, agent, event, onFailure }: ClientCall): string =>
  `${shellWord(client)} ${agent} ${event} ${onFailure}`;

/** The same for cmd.exe, and for whatever else on Windows takes a quoted path. */
export const windowsCommand = ({ client, agent, event, onFailure }: ClientCall): string =>
  `"${client}" ${agent} ${event} ${onFailure}`;

/** The same for PowerShell, which would turn every other exit status than 0 into 1. */
export const powershellCommand = ({ client, agent, event, onFailure }: ClientCall): string =>
  `& '${client.replaceAll("'", "''")}' ${agent} ${event} ${onFailure}; exit $LASTEXITCODE`;

const shellWord = (word: string): string => (/^[\w./@+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);

/** Whether a command line calls Warder's device client for this agent. */
export function callsClient(command: unknown, agent: string): boolean {
  if (typeof command !== 'string') return false;
  const found = /(?:^|[\\/])warder-hook(?:\.\w+)?['"]?\s+([\w-]+)(?:\s|$)/.exec(command);
  return found?.[1] === agent;
}
