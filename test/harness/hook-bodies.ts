import fs from 'node:fs';
import path from 'node:path';
import type { AgentAdapter } from '../../src/core/agent.ts';
import type { AgentEvent, Identity } from '../../src/core/event.ts';
import type { Verdict } from '../../src/core/verdict.ts';

const identity: Identity = { person: 'ann', device: 'laptop', via: 'token' };

/** When a hook's body came, and from whom. */
export const head = { at: '2026-11-22T10:00:00.000Z', identity };

/** The fixtures of one version of an agent (`codex/0.169.0`), with the hook bodies in its folder `hooks`. */
export function hookBodies(adapter: AgentAdapter, version: string) {
  const folder = path.resolve(import.meta.dirname, '../fixtures', version);
  const text = (file: string): string => fs.readFileSync(path.join(folder, file), 'utf8');
  const read = (name: string): Readonly<Record<string, unknown>> => JSON.parse(text(`hooks/${name}.json`));
  /** What the adapter makes of a body; `told` is the event's name as the device client tells it. */
  function event(body: unknown, told?: string): AgentEvent {
    const parsed = adapter.parseHook(body, { ...head, ...(told === undefined ? {} : { event: told }) });
    if (!parsed.ok) throw new Error(parsed.error.detail);
    return parsed.value;
  }
  return {
    /** Names of all bodies. */
    names: fs.readdirSync(path.join(folder, 'hooks')).map((file) => path.basename(file, '.json')),
    text,
    read,
    event,
    hook: (name: string): AgentEvent => event(read(name)),
  };
}

/** An enforced verdict of a policy that forbids touching. */
export const verdict = (effective: Verdict['effective']): Verdict => ({
  decision: effective,
  enforced: true,
  effective,
  rules: ['no-touch'],
  why: 'Denied: it touches. Rule no-touch: do not.',
});
