import fs from 'node:fs';
import vm from 'node:vm';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { HookConnection } from '../src/core/agent.ts';
import { cursor } from '../src/normalise/agents/cursor.ts';
import { type Fetched, fetchAgent } from './harness/fetch-agent.ts';

interface Checked {
  readonly isValid: boolean;
  readonly errors: readonly string[];
}
/** What Cursor's own engine makes of a hooks.json, and of a hook's answer. */
interface Engine {
  file(config: unknown): Checked;
  answer(step: string, said: unknown): { readonly success: boolean; readonly data?: Readonly<Record<string, unknown>> };
  readonly steps: Readonly<Record<string, string>>;
}

/** The engine's own checks, cut out of the package: they depend on nothing else of it. */
function engineIn(file: string): Engine {
  const text = fs.readFileSync(file, 'utf8');
  const from = text.indexOf('he={beforeShellExecution:');
  const to = text.indexOf('};var Xe=', text.indexOf('Qe=e=>{', from));
  if (from < 0 || to < 0) throw new Error('the engine is not where it was');
  const quiet = { warn: () => {}, info: () => {} };
  const engine: Engine = vm.runInNewContext(
    `(()=>{const ${text.slice(from, to + 1)};return{file:Qe,answer:Me,steps:he}})()`,
    {
      console: quiet,
    },
  );
  return engine;
}

describe('the hook engine in Cursor’s own package', () => {
  let fetched: Fetched;
  let engine: Engine;
  beforeAll(async () => {
    fetched = await fetchAgent({
      title: 'Cursor’s SDK',
      name: '@cursor/sdk',
      version: '1.0.32',
      integrity: 'sha512-aimGfsgu4Mp/cZNGT34pY8X4FGTzUPAEnYocYK2o3JqCBiO2RsT9TIrdX9r5gfZ81qkapc66CxatxAN0UZky5A==',
      program: 'none',
      native: () => ['@cursor/sdk/dist/cjs/342.js'],
    });
    if ('path' in fetched) engine = engineIn(fetched.path);
  }, 250_000);
  beforeEach(({ task, skip }) => {
    if (!('missing' in fetched)) return;
    Object.assign(task.meta, { skipped: fetched.missing });
    skip(fetched.missing);
  });

  const to: HookConnection = {
    client: '/home/ann/.warder/device/warder-hook',
    url: 'http://127.0.0.1:7717',
    token: 'none',
  };

  it('takes the files that Warder writes, for a person and for an administrator, on every platform', () => {
    for (const platform of ['linux', 'darwin', 'win32'] as const) {
      const at = { env: {}, home: platform === 'win32' ? 'C:\\Users\\ann' : '/home/ann', platform };
      const files = [
        ...(cursor.setup?.files(at, to, () => null) ?? []),
        ...(cursor.setup?.managedFiles?.(at, to) ?? []),
      ];
      expect(files).toHaveLength(2);
      for (const file of files) {
        const edited = file.with(null);
        expect(engine.file(JSON.parse((edited.ok && edited.value.text) || ''))).toMatchObject({ isValid: true });
      }
    }
  });

  it('rejects what Warder takes for rejected, and no less', () => {
    const [file] = cursor.setup?.files({ env: {}, home: '/home/ann', platform: 'linux' }, to, () => null) ?? [];
    const entry = (hook: unknown) => ({ version: 1, hooks: { stop: [hook] } });
    for (const config of [
      { hooks: {} },
      { version: 0, hooks: {} },
      { version: 1.5, hooks: {} },
      { version: 1 },
      { version: 1, hooks: { onStop: [] } },
      { version: 1, hooks: { stop: {} } },
      { version: 3, hooks: {}, more: true },
      entry({}),
      entry('x'),
      entry({ command: '' }),
      entry({ command: 'x', timeout: 0 }),
      entry({ command: 'x', timeout: '9' }),
      entry({ command: 'x', matcher: '(' }),
      entry({ command: 'x', matcher: '*' }),
      entry({ command: 'x', loop_limit: null }),
      entry({ command: 'x', loop_limit: 1.5 }),
      entry({ command: 'x', failClosed: 'yes' }),
      entry({ type: 'prompt', prompt: ' ' }),
      entry({ type: 'prompt', prompt: 'ok?' }),
      entry({ type: 'http', url: 'x' }),
    ])
      expect(file?.with(JSON.stringify(config)).ok, JSON.stringify(config)).toBe(engine.file(config).isValid);
  });

  it('reads every answer as it is meant, at every step it knows', () => {
    const said = (step: string, reply: { readonly body: string }) => engine.answer(step, JSON.parse(reply.body));
    const head = {
      at: '',
      source: 'hook',
      agent: 'cursor',
      session: '',
      identity: { person: '', device: '', via: 'token' },
    } as const;
    for (const step of Object.values(engine.steps)) {
      expect(said(step, cursor.refuse(step, 'x')), step).toMatchObject({ success: true });
      for (const goOn of [cursor.letGo('x'), cursor.reply({ ...head, kind: 'notice', what: '', text: '' }, null)]) {
        const { success, data } = said(step, goOn);
        expect([success, data?.permission, data?.continue], step).toEqual([true, 'allow', true]);
      }
    }
    for (const step of ['preToolUse', 'beforeShellExecution', 'beforeMCPExecution', 'beforeReadFile', 'subagentStart'])
      expect(said(step, cursor.refuse(step, 'x')).data, step).toMatchObject({ permission: 'deny' });
    for (const step of ['beforeSubmitPrompt', 'sessionStart'])
      expect(said(step, cursor.refuse(step, 'x')).data, step).toMatchObject({ continue: false });
  });
});
