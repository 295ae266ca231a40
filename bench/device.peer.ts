import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fetchAgent } from '../test/harness/fetch-agent.ts';

/** A hook program that judges shell commands by itself, measured beside ours in the same run; never a dependency. */
const peer = {
  title: 'cc-safety-net',
  name: 'cc-safety-net',
  version: '2.4.5',
  integrity: 'sha512-NxVJYOyXsqI6+xX18nk5AiHilhgIR3thwBgDzXeEHuxKPrUhutD40tOGX3kgYDyqBwHPASyn7UOm05pAzhTsPw==',
  program: 'cc-safety-net',
  native: () => ['cc-safety-net/dist/bin/cc-safety-net.js'],
  folder: 'peers',
} as const;

export const peerName = `${peer.title} ${peer.version}`;

/** How one hook of it is started, in a home of its own; or why it does not run. */
export async function peerHook(): Promise<
  | { readonly command: string; readonly args: readonly string[]; readonly env: NodeJS.ProcessEnv; end(): void }
  | { readonly missing: string }
> {
  const fetched = await fetchAgent(peer);
  if ('missing' in fetched) return fetched;
  const home = fs.mkdtempSync(path.join(os.tmpdir(), 'warder-bench-peer-'));
  const end = () => fs.rmSync(home, { recursive: true, force: true });
  const env = { PATH: process.env.PATH, HOME: home };
  const args = [fetched.path, 'hook', '--claude-code'];
  const input = JSON.stringify({
    hook_event_name: 'PreToolUse',
    tool_name: 'Bash',
    tool_input: { command: 'rm -rf ~/x' },
  });
  const tried = spawnSync(process.execPath, args, { env, input, encoding: 'utf8' });
  if (tried.stdout.includes('"deny"')) return { command: process.execPath, args, env, end };
  end();
  return { missing: `${peerName} does not refuse what it should (status ${tried.status})` };
}
