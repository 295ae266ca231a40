import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { ReplaySession, ReplayStep } from './replay-session.ts';

export interface ReplayCounts {
  sessions: number;
  sent: number;
  /** Calls the server did not let run. */
  stopped: number;
  /** Hook calls the server did not answer with 200. */
  failed: number;
}

export interface ReplayOptions {
  readonly url: string;
  readonly token: string;
  /** 1 = as recorded, 10 = ten times faster, Infinity = without pauses. */
  readonly speed: number;
  readonly signal: AbortSignal;
  /** Told once for each hook call that failed: one sentence. */
  readonly onTrouble: (what: string) => void;
}

/**
 * Plays sessions through the server's real hook endpoint, each in its own order, with fresh ids. Calls the server does
 * not let run have no result, as with the real agent. Resolves when all are over or the signal fires.
 */
export async function replay(sessions: readonly ReplaySession[], options: ReplayOptions): Promise<ReplayCounts> {
  const counts: ReplayCounts = { sessions: 0, sent: 0, stopped: 0, failed: 0 };
  await Promise.all(sessions.map((session) => play(session, options, counts)));
  return counts;
}

async function play(session: ReplaySession, options: ReplayOptions, counts: ReplayCounts): Promise<void> {
  const fresh = freshIds(session);
  const stopped = new Set<unknown>();
  counts.sessions += 1;
  for (const { afterMs, hook, approved } of session.steps) {
    if (!(await pause(afterMs / options.speed, options.signal))) return;
    const over = hook.hook_event_name === 'PostToolUse' || hook.hook_event_name === 'PostToolUseFailure';
    if (over && stopped.has(hook.tool_use_id)) continue;
    const answer = await send(fresh(hook), options, counts);
    if (answer !== null && hook.hook_event_name === 'PreToolUse' && refuses(answer, approved === true)) {
      stopped.add(hook.tool_use_id);
      counts.stopped += 1;
    }
  }
}

/** False when the signal fired. */
async function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return false;
  if (ms < 1) return true;
  try {
    await sleep(ms, undefined, { signal });
    return true;
  } catch (error) {
    if (signal.aborted) return false;
    throw error;
  }
}

async function send(body: unknown, options: ReplayOptions, counts: ReplayCounts): Promise<unknown> {
  try {
    const answer = await fetch(`${options.url}/hooks/claude-code`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${options.token}` },
      body: JSON.stringify(body),
      signal: options.signal,
    });
    const text = await answer.text();
    if (answer.ok) {
      counts.sent += 1;
      return text === '' ? null : JSON.parse(text);
    }
    counts.failed += 1;
    options.onTrouble(`a hook call was answered with ${answer.status}`);
  } catch (error) {
    if (options.signal.aborted) return null;
    counts.failed += 1;
    options.onTrouble(`a hook call failed: ${error instanceof Error ? error.message : String(error)}`);
  }
  return null;
}

const answerSchema = z.looseObject({
  hookSpecificOutput: z.looseObject({ permissionDecision: z.string().optional() }).optional(),
  decision: z.string().optional(),
});

function refuses(answer: unknown, approved: boolean): boolean {
  const { data } = answerSchema.safeParse(answer);
  const decision = data?.hookSpecificOutput?.permissionDecision;
  return decision === 'deny' || (decision === 'ask' && !approved) || data?.decision === 'block';
}

/** Session, prompt, call and sub-agent ids are fresh for a replay and the same within it. */
function freshIds(session: ReplaySession): (hook: ReplayStep['hook']) => Readonly<Record<string, unknown>> {
  const id = randomUUID();
  const known = new Map<unknown, string>();
  const freshOf = (name: unknown, prefix: string): string => {
    const made = known.get(name) ?? `${prefix}${randomBytes(12).toString('hex')}`;
    known.set(name, made);
    return made;
  };
  let prompt = randomUUID();
  return (hook) => {
    if (hook.hook_event_name === 'UserPromptSubmit') prompt = randomUUID();
    return {
      permission_mode: 'default',
      cwd: session.cwd,
      ...filled(hook),
      session_id: id,
      prompt_id: prompt,
      transcript_path: `/home/dev/.claude/projects/${session.cwd.replaceAll(/[/.]/g, '-')}/${id}.jsonl`,
      ...('tool_use_id' in hook ? { tool_use_id: freshOf(hook.tool_use_id, 'toolu_demo') } : {}),
      ...('agent_id' in hook ? { agent_id: freshOf(hook.agent_id, 'a') } : {}),
    };
  };
}

function filled(hook: ReplayStep['hook']): Readonly<Record<string, unknown>> {
  const value: unknown = JSON.parse(JSON.stringify(hook), (_key, member: unknown) =>
    typeof member === 'string'
      ? member.replaceAll(/\{\{secret:([a-z0-9-]+)\}\}/g, (_all, kind: string) => madeUp(kind))
      : member,
  );
  return z.looseObject({}).parse(value);
}

/** A value of the right shape that opens nothing; made here so that no file holds one. */
function madeUp(kind: string): string {
  const of = (alphabet: string, length: number) =>
    Array.from(randomBytes(length), (byte) => alphabet[byte % alphabet.length]).join('');
  const upper = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const any = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
  if (kind === 'aws-access-key') return `AKIA${of(upper, 16)}`;
  if (kind === 'github-token') return `ghp_${of(any, 36)}`;
  if (kind === 'random-40') return of(any, 40);
  throw new Error(`a replay asks for an unknown secret: ${kind}`);
}
