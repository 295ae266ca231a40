import fs from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import path from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createHookIntake } from '../src/capture/hook-intake.ts';
import type { AgentAdapter } from '../src/core/agent.ts';
import type { AgentEvent } from '../src/core/event.ts';
import type { Decided } from '../src/core/ports.ts';
import { ok } from '../src/core/result.ts';
import type { Decision, Verdict } from '../src/core/verdict.ts';
import { agents } from '../src/plugs.ts';
import { runsAfter, type Sent } from './adapter-client.ts';
import { mutated } from './adapter-mutations.ts';

const long = process.env.WARDER_LONG === '1';
const rounds = long ? 100_000 : 1_500;
const fixtures = path.join(import.meta.dirname, 'fixtures');
const identity = { person: 'ann', device: 'laptop', via: 'token' } as const;
const head = { at: '2026-11-22T10:00:00.000Z', identity };

interface Fixture {
  readonly file: string;
  readonly body: unknown;
  /** Name that the device client would be called with. */
  readonly event: string;
}

/** Hook bodies of an agent, of every version; what a client posted over HTTP stands in `body` there. */
function fixturesOf(agent: AgentAdapter): readonly Fixture[] {
  const folder = path.join(fixtures, agent.id);
  const versions = fs.existsSync(folder) ? fs.readdirSync(folder) : [];
  return versions.flatMap((version) => {
    const hooks = path.join(folder, version, 'hooks');
    const files = fs.existsSync(hooks) ? fs.readdirSync(hooks).filter((file) => file.endsWith('.json')) : [];
    return files.map((file) => {
      const held = JSON.parse(fs.readFileSync(path.join(hooks, file), 'utf8'));
      const posted = typeof held.method === 'string' && 'body' in held ? held.body : held;
      const body = typeof posted === 'string' ? JSON.parse(posted) : posted;
      const event = agent.hookName?.(body) ?? body.hook_event_name ?? file.split(/[-.]/)[0] ?? '';
      return { file: `${version}/${file}`, body, event };
    });
  });
}

const nameIn = (agent: AgentAdapter, text: string): string | undefined => {
  try {
    const body = JSON.parse(text);
    return agent.hookName ? agent.hookName(body) : body?.hook_event_name;
  } catch {
    return undefined;
  }
};

const verdict = (effective: Decision): Verdict => ({
  decision: effective,
  enforced: true,
  effective,
  rules: ['no-touch'],
  why: 'Denied: it touches. Rule no-touch: do not.',
});
const decided = (effective: Decision): Decided => ({
  verdict: verdict(effective),
  score: { score: 90, severity: 'critical', findings: [] },
  call: 'c',
  receipt: null,
});

/** The real intake, whose pipeline says what `judges` does; no port is opened. */
function intake(agent: AgentAdapter, judges: () => Promise<Decided>) {
  const troubles: string[] = [];
  const noted: AgentEvent[] = [];
  const take = createHookIntake({
    agents: [agent],
    pipeline: {
      decide: judges,
      note(event) {
        noted.push(event);
        return Promise.resolve();
      },
    },
    identifyByToken: () => ok(identity),
    mode: () => 'enforce',
    now: () => head.at,
    maxBodyBytes: 8 << 20,
    onTrouble: (code, _detail, cause) => void (code === 'hook-failed' && troubles.push(String(cause))),
  });
  const send = (text: string, event?: string): Promise<Sent> => {
    const { promise, resolve } = Promise.withResolvers<Sent>();
    let [status, exit]: [number, string | undefined] = [0, undefined];
    const headers = event === undefined ? {} : { 'x-warder-event': event };
    const req = Object.assign(Readable.from([Buffer.from(text)]), {
      url: `/hooks/${agent.id}`,
      method: 'POST',
      headers,
    });
    const res = {
      headersSent: false,
      destroyed: false,
      shouldKeepAlive: true,
      setHeader() {},
      writeHead(code: number, given: Record<string, unknown>) {
        status = code;
        exit = given['x-warder-exit'] === undefined ? undefined : String(given['x-warder-exit']);
      },
      end: (body: string) => resolve({ status, exit, body }),
    };
    take(req as unknown as IncomingMessage, res as unknown as ServerResponse);
    return promise;
  };
  return { send, troubles, noted };
}

const withFixtures = agents.map((agent) => [agent.id, agent, fixturesOf(agent)] as const);

it('every agent has bodies to try it with, and its way of taking answers is written down', () => {
  const missing = withFixtures.filter(([, , all]) => all.length === 0).map(([id]) => id);
  expect(missing).toEqual([]);
  const unknown = agents.filter(({ id }) => runsAfter(id, { status: 200, exit: undefined, body: '{}' }) === null);
  expect(unknown.map(({ id }) => id)).toEqual([]);
});

describe.each(withFixtures)('%s', (id, agent, all) => {
  const calls = all.filter(({ body, event }) => {
    const parsed = agent.parseHook(body, { ...head, event });
    return parsed.ok && parsed.value.kind === 'call-before';
  });

  it('reads every recorded or documented body, every call as a known action', () => {
    const unread = all.flatMap(({ file, body, event }) => {
      const parsed = agent.parseHook(body, { ...head, event });
      if (!parsed.ok) return [`${file}: ${parsed.error.detail}`];
      const unknown = 'call' in parsed.value && parsed.value.call.action.kind === 'unknown';
      return unknown ? [`${file}: an unknown action`] : [];
    });
    expect(unread).toEqual([]);
    expect(calls.length).toBeGreaterThan(0);
  });

  it('stops each call that is denied or asked about, or that nobody could judge, and lets each allowed one go on', async () => {
    const ways: readonly (readonly [name: string, judges: () => Promise<Decided>, runs: boolean])[] = [
      ['denied', () => Promise.resolve(decided('deny')), false],
      ['asked about', () => Promise.resolve(decided('ask')), false],
      ['not judged', () => Promise.reject(new Error('broken')), false],
      ['allowed', () => Promise.resolve(decided('allow')), true],
    ];
    for (const [name, judges, runs] of ways) {
      const { send } = intake(agent, judges);
      for (const { file, body, event } of calls)
        for (const told of [undefined, event])
          expect(runsAfter(id, await send(JSON.stringify(body), told), event), `${file} is ${name}`).toBe(runs);
    }
  });

  it('takes the refusal of the hook before a call for one', () => {
    const { status, body, exit } = agent.refuse(agent.callHook ?? 'PreToolUse', 'No server.');
    expect(runsAfter(id, { status, body, exit: exit?.toString() }, agent.callHook ?? 'PreToolUse')).toBe(false);
    expect(body).toContain('No server.');
  });

  it('is told everything else as what it is, and refuses none of it', async () => {
    const { send, noted, troubles } = intake(agent, () => Promise.resolve(decided('deny')));
    for (const { file, body, event } of all.filter((fixture) => !calls.includes(fixture))) {
      const sent = await send(JSON.stringify(body), event);
      expect(sent, file).toMatchObject({ status: 200 });
      expect([undefined, '0'], file).toContain(sent.exit);
    }
    expect(noted.filter(({ kind }) => kind === 'unparsed')).toEqual([]);
    expect(troubles).toEqual([]);
  });

  it(`never throws and never lets a call through for ${rounds} broken bodies`, { timeout: 3_600_000 }, async () => {
    const answers = ['deny', 'ask', 'broken'] as const;
    const ways = answers.map((answer) =>
      intake(agent, () =>
        answer === 'broken' ? Promise.reject(new Error('broken')) : Promise.resolve(decided(answer)),
      ),
    );
    const through: string[] = [];
    for (let seed = 1; seed <= rounds; seed++) {
      const fixture = calls[seed % calls.length];
      const way = ways[seed % ways.length];
      if (!fixture || !way) throw new Error('no call to try');
      const text = mutated(fixture.body, seed);
      // A plugin or an HTTP hook is not called by name: what the body calls itself is then all there is.
      const told = seed % 2 === 0 && agent.capability?.hooks !== 'plugin' ? fixture.event : undefined;
      const itself = nameIn(agent, text);
      if (told === undefined && itself !== undefined && itself !== nameIn(agent, JSON.stringify(fixture.body)))
        continue;
      if (runsAfter(id, await way.send(text, told), fixture.event) !== false)
        through.push(`${fixture.file} seed ${seed} (${told ?? 'not told'}): ${text.slice(0, 300)}`);
    }
    expect(through.slice(0, 3)).toEqual([]);
    expect(ways.flatMap(({ troubles }) => troubles).slice(0, 3)).toEqual([]);
  });
});
