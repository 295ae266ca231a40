import { z } from 'zod';
import type { AgentId } from '../core/event.ts';
import { type Standing, standings } from '../core/inventory.ts';
import type { AgentStanding } from '../core/inventory-lists.ts';
import { fresh } from './fresh.ts';
import { changeShared, type SharedSettings } from './settings.ts';

/** What the organisation says of each agent, kept in the store's settings; a change of another process is seen within seconds. */
export interface AgentStandings {
  /** As last known, without waiting. */
  now(agent: AgentId): Standing;
  all(): Promise<ReadonlyMap<AgentId, AgentStanding>>;
  /** Gives what was said before. */
  set(standing: AgentStanding): Promise<Standing>;
}

const settingName = 'agent-standings';
const stored = z.record(
  z.string(),
  z.strictObject({ standing: z.enum(standings), note: z.string(), by: z.string(), at: z.string() }),
);

const freshMs = 2_000;

export async function openAgentStandings(deps: {
  readonly settings: SharedSettings;
  monotonicMs?(): number;
  onTrouble(code: string, detail: string, cause: unknown): void;
}): Promise<AgentStandings> {
  const parse = (text: string | null) => stored.parse(JSON.parse(text ?? '{}'));
  const read = async (): Promise<ReadonlyMap<AgentId, AgentStanding>> =>
    new Map(
      Object.entries(parse(await deps.settings.setting(settingName))).map(([agent, said]) => [
        agent,
        { agent, ...said },
      ]),
    );
  const known = fresh(read, freshMs, deps.monotonicMs ?? (() => performance.now()));
  let latest = await known.get();
  const refresh = (): void => {
    const next = known.get();
    if (!(next instanceof Promise)) {
      latest = next;
      return;
    }
    next.then(
      (value) => {
        latest = value;
      },
      (cause: unknown) => deps.onTrouble('standings-unread', 'what is said of agents cannot be read', cause),
    );
  };
  return {
    now(agent) {
      refresh();
      return latest.get(agent)?.standing ?? 'unreviewed';
    },
    all: read,
    async set({ agent, ...said }) {
      const before = await changeShared<Standing>(deps.settings, settingName, (text) => {
        const all = parse(text);
        const { [agent]: was, ...others } = all;
        const next = said.standing === 'unreviewed' && said.note === '' ? others : { ...all, [agent]: said };
        return { text: JSON.stringify(next), value: was?.standing ?? 'unreviewed' };
      });
      latest = await known.again(0);
      return before;
    },
  };
}
