import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import type { AgentEvent, Place } from './core/event.ts';
import type { Store } from './core/store.ts';
import type { AlertDraft, CallRecord, Mode } from './core/verdict.ts';
import { createDecide, type Decider } from './decide/decide.ts';
import { bind } from './decide/modes.ts';
import { type OwnRules, openJudging } from './judging.ts';
import { minimumVersion } from './normalise/agents/claude-code.settings.ts';
import { createInventory } from './pipeline/inventory.ts';
import { createPipeline, type LivePipeline, type PipelineNews } from './pipeline.ts';
import { type PolicyFiles, readPolicies } from './policy-files.ts';
import { reconcile } from './score/reconcile.ts';
import { scoreOf } from './score/score.ts';
import { alertsFor, alertsForChange, alertsForTools } from './tell/alerts.ts';
import type { Live } from './tell/live.ts';
import { checkToolDescription } from './understand/mcp-description.ts';

/** The shipped base policy and, when there are any, the `.cedar` files of `folder`. `rulesDigest`: of what else decides. */
export function readPolicyFiles(folder: string, rulesDigest: string): PolicyFiles {
  const own =
    fs.existsSync(folder) &&
    fs.readdirSync(folder, { recursive: true, encoding: 'utf8' }).some((file) => file.endsWith('.cedar'));
  const files = readPolicies(own ? ['base', folder] : ['base']);
  const digest =
    rulesDigest === '' ? files.digest : createHash('sha256').update(`${files.digest} ${rulesDigest}`).digest('hex');
  return { ...files, digest };
}

/** A decider of what `readPolicyFiles` read. Throws with file, line and what to do when the policies are wrong. */
export function openPolicy(folder: string, rulesDigest = '', files = readPolicyFiles(folder, rulesDigest)): Decider {
  const decider = createDecide(files);
  if (decider.ok) return decider.value;
  throw new Error(`the policy is not valid, so nothing was started:\n${decider.error.detail}`);
}

/** The live path with its stages: the one place where they meet. */
export async function wirePipeline(world: {
  readonly store: Store;
  readonly decider: Decider;
  /** Absent: the shipped detectors, and nothing suppressed. */
  readonly rules?: OwnRules;
  readonly live: Live;
  /** Warder's own folder: what an agent does there is about its guardrails. */
  readonly home: string;
  /** Personal data is masked in what rests. */
  readonly maskPersonal?: boolean;
  /** Alerts of a call beyond what its findings give; absent: none. */
  alsoAlerts?(call: CallRecord): readonly AlertDraft[];
  hmac(text: string): string;
  mode(): Mode;
  now(): string;
  onTrouble(code: string, detail: string, cause: unknown): void;
}): Promise<LivePipeline> {
  const inventory = createInventory();
  const judging = openJudging(world.rules, inventory.describe);
  const { store, decider, hmac, mode, now, onTrouble } = world;
  return createPipeline({
    store,
    stages: {
      ...judging,
      combine: scoreOf,
      decider: () => decider,
      bind,
      reconcile,
      checkTool: checkToolDescription,
    },
    hmac,
    mask: judging.mask,
    maskPersonal: world.maskPersonal === true,
    mode,
    placeOf: (event) => ({ ...placeOf(event), warderHome: world.home }),
    alertsFor: (call) => [...alertsFor(call), ...(world.alsoAlerts?.(call) ?? [])],
    alertsForTools,
    alertsForChange,
    failsClosedSince: (agent) => (agent === 'claude-code' ? minimumVersion : undefined),
    inventory,
    publish: publisher(world.store, world.live),
    now,
    onTrouble,
  });
}

/** The person's home as the call's own folder tells it (Linux, macOS), else that of this machine's user. */
function placeOf(event: AgentEvent): Place {
  const cwd = event.cwd ?? '';
  const home = /^(\/home\/[^/]+|\/Users\/[^/]+|\/root)(?=\/|$)/.exec(cwd)?.[1];
  return { cwd, home: home ?? os.homedir() };
}

const sessionNewsEveryMs = 500;

/** Calls and alerts go out at once; a session's row is read again at most twice a second. */
function publisher(store: Store, live: Live): (news: PipelineNews) => void {
  const waiting = new Set<string>();
  const later = (id: string) => {
    if (waiting.has(id) || live.watchers() === 0) return;
    waiting.add(id);
    setTimeout(async () => {
      waiting.delete(id);
      const session = await store.session(id).catch(() => null);
      if (session) live.publish({ type: 'session', session });
    }, sessionNewsEveryMs).unref();
  };
  return (news) => {
    if (news.type === 'session') return later(news.session);
    live.publish(news);
    if (news.type === 'call') later(news.call.session);
  };
}
