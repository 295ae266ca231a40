import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { askedBy, type Call, type Driven, driveAll, recorded, scriptsFor } from './driven-agents.ts';
import type { RealAgent } from './real-agents.ts';
import { type ScriptedModels, startScriptedModels } from './scripted-models.ts';
import { type RunningWarder, startWarder } from './warder.ts';

const phasesOf = (call: Call | undefined) => call?.phases.map(({ phase }) => phase);

/** What every real agent must do behind the gateway, told once for each of `agents`. */
export function realAgentsBehindTheGateway(agents: readonly RealAgent[]): void {
  const providerKey = ['key', 'of', 'the', 'provider', 'only'].join('-');
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'warder-agents-'));
  const warderHome = path.join(folder, 'warder');
  const guarded = path.join(warderHome, 'policies/mine.cedar');
  let upstream: ScriptedModels;
  let server: RunningWarder;
  let all: readonly Driven[] = [];

  beforeAll(async () => {
    const scripts = agents.map((agent) => scriptsFor(agent, guarded));
    upstream = await startScriptedModels(Object.assign({}, ...scripts));
    const to = ['openai', 'gemini', 'anthropic'].flatMap((id) => ['--upstream', `${id}=${upstream.url}`]);
    server = await startWarder(warderHome, ['--mode', 'enforce', ...to], {
      OPENAI_API_KEY: providerKey,
      GEMINI_API_KEY: providerKey,
      ANTHROPIC_API_KEY: providerKey,
    });
    all = await driveAll(agents, { folder, warderHome, models: upstream.url, providerKey });
  }, 300_000);

  afterAll(async () => {
    await server.kill();
    await upstream.close();
    fs.rmSync(folder, { recursive: true, force: true });
  });

  describe.each(agents.map((agent) => [agent.title, agent] as const))(
    'the real %s behind the gateway',
    (_title, agent) => {
      let driven: Driven;
      beforeEach(({ task, skip }) => {
        const found = all.find((one) => one.agent === agent);
        if (!found) throw new Error(`${agent.title} was not driven`);
        driven = found;
        if (driven.missing === '') return;
        Object.assign(task.meta, { skipped: driven.missing });
        skip(driven.missing);
      });

      it('runs what is allowed, never what the gateway denied', () => {
        expect(
          driven.runs.map(({ exit }) => exit),
          driven.runs.map(({ stderr }) => stderr).join('\n'),
        ).toEqual([0, 0]);
        expect(driven.files).toEqual(['allowed', 'beside', ...(agent.patch ? ['patched'] : [])]);
        expect(fs.existsSync(guarded)).toBe(false);
      });

      it('is told why, and goes on: beside an allowed call, and in the conversation taken up again', () => {
        const [first, second] = driven.runs;
        const shown = agent.printsEnd ? [second] : [first, second];
        if (!agent.printsEnd) expect(first?.text).toContain('also-ran');
        expect(first?.text).toContain('The end.');
        for (const run of shown) {
          expect(run?.text).toContain('never-send-credentials');
          expect(run?.text).not.toContain('x.invalid/up');
        }
        const last = JSON.stringify(askedBy(upstream, agent).at(-1)?.body);
        expect(last).toContain('was refused and did not run');
        expect(last).toContain('also-ran');
        expect(last).not.toContain('x.invalid/up');
      });

      it('is recorded: who, which version, which folder, and the result beside each call that ran', async () => {
        const { calls, sessions } = await recorded(server, driven);
        const by = (text: string) => calls.find(({ action }) => action.command?.includes(text));
        for (const ran of ['touch allowed', 'touch beside'])
          expect(phasesOf(by(ran)), ran).toEqual(['asked', 'result']);
        const failed = by('echo broken')?.phases.at(-1)?.outcome?.status;
        // A program of code mode tells the failure in its own words.
        if (agent.run !== 'codex-code-mode') expect(failed).toBe(agent.saysFailure === false ? 'ok' : 'error');
        for (const denied of ['touch leaked;', 'touch leaked-alone'])
          expect(by(denied), denied).toMatchObject({ effective: 'deny', rules: ['never-send-credentials'] });
        expect(phasesOf(by('touch leaked;'))).toEqual(['asked']);
        const own = sessions.filter(({ id }) => calls.some(({ session }) => session === id));
        expect(new Set(calls.map(({ session }) => session)).size).toBe(agent.keepsSession ? 1 : own.length);
        expect(sessions.length - own.length, 'sessions without calls').toBeLessThanOrEqual(agent.besides ?? 0);
        for (const { agentVersion, cwd, title } of own) {
          expect(agentVersion).toBe(agent.saysVersion ? agent.version : '');
          expect(cwd).toBe(driven.project);
          // A date may stand before what the person said.
          expect(title).toMatch(/^"?(?:\[[^\]]+\] )?go/);
        }
      });

      const ifPatches = agent.patch ? it : () => {};
      ifPatches('has its patches read as edits of files', async () => {
        const { calls } = await recorded(server, driven);
        const patches = calls.filter(({ action }) => JSON.stringify(action).includes('*** Begin Patch'));
        const mine = patches.find(({ effective }) => effective === 'allow');
        expect(mine?.effects).toEqual([expect.objectContaining({ verb: 'write', zone: 'repository' })]);
        expect(phasesOf(mine)).toEqual(['asked', 'result']);
        const theirs = patches.find(({ action }) => JSON.stringify(action).includes(guarded));
        expect(theirs).toMatchObject({ effective: 'deny', rules: ['never-tamper-with-guardrails'] });
        const kind = agent.run ? 'shell' : 'file-edit';
        expect(patches.map(({ action }) => action.kind)).toEqual([kind, kind]);
      });

      it('gives the provider its own key and no Warder token', () => {
        const asked = askedBy(upstream, agent);
        expect(asked.length).toBeGreaterThanOrEqual(4);
        for (const { headers } of asked) {
          expect([headers.authorization, headers['x-goog-api-key'], headers['x-api-key']].join(' ')).toContain(
            providerKey,
          );
          expect(JSON.stringify(headers)).not.toContain('wrd_');
        }
      });

      it('was connected by warder install, found well by doctor, and disconnected again', () => {
        expect(driven.installed).toMatchObject({ exit: 0 });
        expect(driven.doctor, driven.doctor.stdout).toMatchObject({ exit: 0 });
        expect(driven.left.filter((name) => name.includes('warder-backup'))).toEqual([]);
        expect(driven.holders).toEqual({ key: [], token: [] });
        expect(driven.own).toEqual(agent.files ?? {});
      });
    },
  );
}
