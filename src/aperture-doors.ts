import fs from 'node:fs';
import path from 'node:path';
import { type Aperture, createAperture } from './capture/aperture.ts';
import type { ApertureSettings, GuardrailDeps, MaskedTexts } from './capture/aperture-deps.ts';
import { openHookKeys } from './capture/aperture-keys.ts';
import type { Tokens } from './capture/tokens.ts';
import type { AccessGuard } from './core/access.ts';
import type { WaitingRoom } from './core/approval.ts';
import type { ToolCall } from './core/event.ts';
import { fail, ok } from './core/result.ts';
import type { Store } from './core/store.ts';
import { type AlertDraft, type Mode, severityOf } from './core/verdict.ts';
import type { Decider } from './decide/decide.ts';
import type { HomeTokens } from './home-tokens.ts';
import { apertureReading } from './normalise/aperture/reading.ts';
import type { LivePipeline } from './pipeline.ts';
import type { Live } from './tell/live.ts';
import type { SecretScanner } from './understand/secrets.ts';

/** `/aperture/…` with everything it stands on. */
export function openAperture(world: {
  readonly settings: ApertureSettings;
  readonly store: Pick<Store, 'setting' | 'changeSetting' | 'commit'>;
  readonly live: Live;
  readonly pipeline: LivePipeline;
  readonly decider: Decider;
  readonly tokens: HomeTokens;
  readonly metering: AccessGuard;
  readonly approvals: WaitingRoom;
  readonly identity: Pick<Tokens, 'identifyByToken'>;
  readonly mask: SecretScanner['maskText'];
  /** Where the hashes of masked texts are kept. */
  readonly home: { readonly dir: string; hmac(text: string): string };
  call(agent: string, tool: string, input: unknown, toolUseId: string): ToolCall;
  mode(): Mode;
  now(): string;
  onTrouble(code: string, detail: string, cause: unknown): void;
}): Aperture {
  const { store, pipeline, decider, tokens, identity, mode, now, onTrouble } = world;
  const keys = openHookKeys({ settings: store, now });
  return createAperture({
    reading: apertureReading,
    pipeline,
    settings: world.settings,
    toolCall: world.call,
    forbidsTool: ({ person, agent }, { tool, action }) =>
      decider.forbidsTool({ person, agent, tool, action, mode: mode() }),
    mask: world.mask,
    guard: world.metering,
    waitingRoom: world.approvals,
    masked: openMaskedTexts(world.home, onTrouble),
    mode,
    now,
    async holderOf(key) {
      if (key === '') return fail('no-key', 'This hook carries no key. Make one: warder aperture keys add');
      // Only such a key may say whose a request is; a person's own token speaks for that person.
      if (await keys.knows(key)) return ok(null);
      if (await tokens.apiOwner(key)) return ok(null);
      const known = await identity.identifyByToken(key, { route: 'hooks' });
      if (known.ok) return known;
      if (await keys.knowsByNow(key)) return ok(null);
      return fail('unknown-key', 'This key is not known here. Make one: warder aperture keys add');
    },
    onBlocked: (head, why) => void tellBlocked(world, head, why),
    onNews: (trouble) => void tellNews(world, trouble),
    onTrouble,
  });
}

type World = Parameters<typeof openAperture>[0];

/** Tool events that stop are an alert, since nothing else would tell of what agents do from then on. */
async function tellNews(world: World, trouble: string): Promise<void> {
  const { pipeline, onTrouble } = world;
  try {
    if (trouble === '') return await pipeline.system('aperture: tool events arrive again');
    onTrouble('aperture-silent', trouble, null);
    await pipeline.system(`aperture: tool events stopped. ${trouble}`);
    const nobody = { session: '', agent: 'unknown', person: '' };
    await alert(world, { ...nobody, key: 'aperture-silent', detector: 'aperture-silent', score: 75, title: trouble });
  } catch (cause) {
    onTrouble('aperture-silent', 'the stop of tool events could not be recorded', cause);
  }
}

/** What was denied has run on this path: somebody should look, whatever it scored. */
async function tellBlocked(
  world: World,
  { session, agent, identity: { person } }: Parameters<GuardrailDeps['onBlocked']>[0],
  why: string,
): Promise<void> {
  const key = [agent, person, 'aperture-blocked', session].join('|');
  try {
    await alert(world, {
      key,
      session,
      agent,
      person,
      detector: 'aperture-blocked',
      score: 70,
      title: why.slice(0, 240),
    });
  } catch (cause) {
    world.onTrouble('aperture-blocked', 'the alert of a blocked request could not be recorded', cause);
  }
}

async function alert({ store, live }: World, draft: Omit<AlertDraft, 'severity' | 'call'>): Promise<void> {
  const { alerts } = await store.commit({ alerts: [{ ...draft, severity: severityOf(draft.score), call: '' }] });
  for (const each of alerts) live.publish({ type: 'alert', alert: each });
}

const mostMasked = 5000;

/** Keyed hashes of texts that left masked, in a file of the home: after a restart they leave masked all the same. */
function openMaskedTexts(
  home: { readonly dir: string; hmac(text: string): string },
  onTrouble: (code: string, detail: string, cause: unknown) => void,
): MaskedTexts {
  const file = path.join(home.dir, 'aperture-masked.txt');
  const known = new Set(fs.existsSync(file) ? fs.readFileSync(file, 'utf8').split('\n').filter(Boolean) : []);
  const nameOf = (text: string) => home.hmac(`aperture-masked\0${text}`).slice(0, 32);
  return {
    isEmpty: () => known.size === 0,
    has: (text) => known.has(nameOf(text)),
    add(text) {
      known.add(nameOf(text));
      try {
        if (known.size > 2 * mostMasked) {
          const kept = [...known].slice(-mostMasked);
          known.clear();
          for (const name of kept) known.add(name);
          fs.writeFileSync(file, `${kept.join('\n')}\n`, { mode: 0o600 });
        } else fs.appendFileSync(file, `${nameOf(text)}\n`, { mode: 0o600 });
      } catch (cause) {
        onTrouble('aperture-masked', 'what was masked could not be kept for the next start', cause);
      }
    },
  };
}
