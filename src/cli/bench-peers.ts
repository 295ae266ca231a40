import { execFile } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { z } from 'zod';

/** What others measured or published of peers on the same sources (complete sets, so the rows differ): set → sentence. */
export const publishedPeers: Readonly<Record<string, string>> = {
  dcg_commands:
    'cc-safety-net 2.4.5 denies 16.0 % of the destructive (84.7 % of core), 1.4 % of the benign; Sondera shell rules 10.8 %, 16.1 %',
  ccsn_tests: 'cc-safety-net 2.4.5 on its own tests: 97.6 % of the blocked, 5.8 % of the allowed',
  atomic_red_team: 'cc-safety-net 2.4.5 denies 6.7 %; Sondera shell rules 39.7 %',
  gtfobins: 'cc-safety-net 2.4.5 denies 1.5 %; Sondera shell rules 17.8 %',
  nl2bash: 'cc-safety-net 2.4.5 denies 4.36 %',
  entire_claude_code:
    'cc-safety-net 2.4.5 denies 0.80 % of the Bash calls, in 28 of 251 sessions; Sondera shell rules 54.4 %',
  secrets_noseyparker: 'gitleaks rules find 44.9 % (19.7 % of what is no secret); secretlint 15.1 % (5.5 %)',
  prompt_injection: "AGT's shipped detector on its own smoke set: recall 6.4 %, false alarms 9.4 %",
};

const peerVersion = '2.4.5';
type CheckCommand = (input: { readonly command: string; readonly cwd: string }) => unknown;
const api = z.looseObject({ checkCommand: z.custom<CheckCommand>((value) => typeof value === 'function') });
const verdict = z.looseObject({ kind: z.string() });

export interface Peer {
  readonly name: string;
  /** True when it would deny the command. */
  denies(command: string): boolean;
}

/** cc-safety-net in this process, at an existing empty repository (it fails closed elsewhere). Fetched once, into the user's cache. Rejects when npm cannot. */
export async function openPeer(progress: (line: string) => void): Promise<Peer> {
  const cache = process.env['XDG_CACHE_HOME'] ?? path.join(os.homedir(), '.cache');
  const home = path.join(cache, 'warder', 'peers');
  const entry = path.join(home, 'node_modules', 'cc-safety-net', 'dist', 'api.js');
  const run = promisify(execFile);
  if (!fs.existsSync(entry)) {
    progress(`fetching cc-safety-net@${peerVersion} from npm`);
    fs.mkdirSync(home, { recursive: true });
    await run('npm', [
      'install',
      '--prefix',
      home,
      '--no-save',
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
      `cc-safety-net@${peerVersion}`,
    ]);
  }
  const { checkCommand } = api.parse(await import(pathToFileURL(entry).href));
  const cwd = fs.mkdtempSync(path.join(os.tmpdir(), 'warder-peer-'));
  await run('git', ['init', '-q', cwd]);
  return {
    name: `cc-safety-net ${peerVersion}`,
    denies: (command) => command.trim() !== '' && verdict.parse(checkCommand({ command, cwd })).kind === 'deny',
  };
}
