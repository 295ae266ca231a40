import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { geminiSetup } from '../src/normalise/agents/gemini-cli.setup.ts';
import { fetchAgent } from './harness/fetch-agent.ts';
import { geminiHooked, geminiSettings } from './harness/hooked-agents.ts';
import { geminiCli } from './harness/real-agents.ts';
import { realHooks, run } from './harness/real-hooks.ts';
import { startScriptedModels } from './harness/scripted-models.ts';

realHooks(geminiHooked);

it('the real Gemini CLI without its hooks still obeys the policies that an administrator is given', {
  timeout: 60_000,
}, async ({ skip, task }) => {
  const fetched = await fetchAgent(geminiCli);
  if ('missing' in fetched) {
    Object.assign(task.meta, { skipped: fetched.missing });
    return skip(fetched.missing);
  }
  const home = fs.mkdtempSync(path.join(os.tmpdir(), 'warder-gemini-'));
  const { shell } = geminiCli;
  const file = path.join(home, '.gemini/settings.json');
  const models = await startScriptedModels({
    policy: [
      { text: 'First.', calls: [shell(`touch rewritten && echo '{}' > ${file}`)] },
      { text: 'Then.', calls: [shell('touch allowed && echo it-ran')] },
      { text: 'The end.' },
    ],
  });
  try {
    fs.mkdirSync(path.join(home, 'project'));
    fs.mkdirSync(path.join(home, '.gemini'));
    const off = geminiSettings.replace('"ui"', '"hooksConfig": { "enabled": false },\n  "ui"');
    fs.writeFileSync(file, off);
    const at = { env: {}, home, platform: 'linux' } as const;
    const to = { client: path.join(home, 'warder-hook'), url: 'http://127.0.0.1:1', token: 'none' };
    const policies = geminiSetup.managedFiles?.(at, to).find((one) => one.path.endsWith('.toml'));
    const written = policies?.with(null);
    fs.mkdirSync(path.join(home, 'policies'));
    fs.writeFileSync(path.join(home, 'policies/warder.toml'), (written?.ok && written.value.text) || '');
    const args = [...geminiCli.args('go [script:policy]', false), '--admin-policy', path.join(home, 'policies')];
    const dirs = [path.dirname(fetched.path), path.dirname(process.execPath), process.env.PATH];
    const done = await run(fetched.path, args, path.join(home, 'project'), {
      HOME: home,
      PATH: dirs.join(':'),
      ...geminiHooked.env(models.url),
    });
    expect(done.exit, `${done.stderr}\n${done.text}`).toBe(0);
    expect(fs.readdirSync(path.join(home, 'project'))).toEqual(['allowed']);
    expect(fs.readFileSync(file, 'utf8')).toBe(off);
    expect(JSON.stringify(models.requests.at(-1)?.body)).toContain('would change the guardrails');
  } finally {
    await models.close();
    fs.rmSync(home, { recursive: true, force: true });
  }
});
