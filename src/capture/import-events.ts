import { createHash } from 'node:crypto';
import type { AgentEvent, AgentId, EventHead, Identity, ToolCall } from '../core/event.ts';
import type { ImportBatch, ImportedTurn } from '../core/import.ts';
import type { TranscriptItem } from '../core/transcript.ts';

/** An event of a transcript, under an id that is the same whenever and wherever its line is read. */
export type ToldEvent = AgentEvent & { readonly delivery: string };

export type CallReader = (agent: AgentId, tool: string, input: unknown, toolUseId: string) => ToolCall;

/**
 * A line of a conversation → events as the live path takes them: source `transcript`, the line's own time, calls that
 * nothing binds any more. Declared tools are left out: a transcript names some of them, and never says which are gone.
 */
export function eventsOf(
  { agent, files }: Pick<ImportBatch, 'agent' | 'files'>,
  imported: ImportedTurn,
  identity: Identity,
  callOf: CallReader,
): readonly ToldEvent[] {
  const { turn, at } = imported;
  const head: EventHead = {
    at,
    source: 'transcript',
    agent,
    session: turn.session,
    identity,
    ...(turn.version === '' ? {} : { agentVersion: turn.version }),
    ...(turn.subagent === '' ? {} : { subagent: turn.subagent }),
    ...(turn.cwd === '' ? {} : { cwd: turn.cwd }),
  };
  // A line without an id of its own is known by where it stands.
  const line =
    turn.uuid === ''
      ? [identity.person, identity.device, files[imported.file]?.path ?? '', imported.record]
      : [turn.uuid];
  return turn.items.flatMap((item, index): ToldEvent[] => {
    const delivery = `t_${digestOf([agent, ...line, index])}`;
    const told = toldOf(item, agent, delivery, callOf);
    return told === null ? [] : [{ ...head, ...told, delivery }];
  });
}

type Told = AgentEvent extends infer E ? (E extends EventHead ? Omit<E, keyof EventHead> : never) : never;

function toldOf(item: TranscriptItem, agent: AgentId, own: string, callOf: CallReader): Told | null {
  switch (item.kind) {
    case 'prompt':
      return { kind: 'prompt', text: item.text };
    case 'call': {
      // A call has to be found again when the file is read anew, so one without an id gets its line's.
      const call = callOf(agent, item.tool, item.input, item.toolUseId === '' ? own : item.toolUseId);
      return { kind: 'call-asked', call, late: true };
    }
    case 'result':
      // A result that names no call belongs to nothing that could be found.
      if (item.toolUseId === '') return null;
      return { kind: 'call-result', toolUseId: item.toolUseId, outcome: { status: item.status, text: item.text } };
    case 'tools-declared':
      return null;
    default:
      return item satisfies never;
  }
}

const digestOf = (parts: readonly (string | number)[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, 40);
