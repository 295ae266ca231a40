// node scripts/agents-page.ts: writes the tables of docs/agents.md anew, from the adapters.
import fs from 'node:fs';
import path from 'node:path';
import { routeAgent } from '../src/cli/route-agents.ts';
import type { AgentAdapter, HookConnection, Surroundings } from '../src/core/agent.ts';
import { agents } from '../src/plugs.ts';

const page = path.resolve(import.meta.dirname, '../docs/agents.md');
const [begin, end] = ['<!-- made from the adapters -->', '<!-- end -->'];

const cell = (text: string): string => text.replaceAll('|', '\\|');
const row = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;
const upper = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);

const tried = { 'real client': 'the real client', recordings: 'recordings of it', documentation: 'its documentation' };
const ways = { http: 'HTTP hooks', command: 'command hooks', plugin: 'a plugin inside it' };
const byHand = { settings: 'by hand, in its settings', environment: 'by hand, in its environment', no: 'no' };

const routeOf = (id: string): string | undefined =>
  id === 'claude-code' || routeAgent(id) ? '`--gateway`' : undefined;

/** Where each agent's hooks are looked for on Linux, in the person's home. */
const at: Surroundings = { env: {}, home: '~', platform: 'linux' };
const to: HookConnection = { client: '~/.warder/device/warder-hook', url: 'http://127.0.0.1:7717', token: '' };

function overview(all: readonly AgentAdapter[]): string {
  const head = [
    'Agent',
    'Id',
    'Tried with',
    'Hooks',
    'Stopped',
    'A question (`ask`)',
    'Calls without Warder',
    'Gateway',
  ];
  const rows = all.flatMap(({ id, title, capability }) => {
    if (!capability) return [row([title, `\`${id}\``, 'seen only', '', '', '', '', ''])];
    const { proof, version, hooks, stops, ask, whenGone, gateway } = capability;
    const how = `${tried[proof]}, ${version}`;
    return [
      row([
        title,
        `\`${id}\``,
        how,
        ways[hooks],
        stops.join(', '),
        ask,
        whenGone.calls,
        routeOf(id) ?? byHand[gateway],
      ]),
    ];
  });
  return [row(head), row(head.map(() => '---')), ...rows].join('\n');
}

function seen(all: readonly AgentAdapter[]): string {
  const kinds = ['sessions', 'prompts', 'calls', 'results', 'answers', 'sub-agents', 'questions'] as const;
  const rows = all.flatMap(({ title, capability }) =>
    capability ? [row([title, ...kinds.map((kind) => (capability.sees.includes(kind) ? '●' : ''))])] : [],
  );
  return [row(['Agent', ...kinds]), row(['---', ...kinds.map(() => ':-:')]), ...rows].join('\n');
}

function chapter({ id, title, capability, setup }: AgentAdapter): string {
  const lines = [`### ${title}`, ''];
  if (capability) {
    lines.push(
      `* Without Warder a call is ${capability.whenGone.calls === 'blocked' ? '**blocked**' : '**run**'}: ${capability.whenGone.because}.`,
    );
    for (const blind of capability.blind) lines.push(`* Not seen by its hooks: ${blind}.`);
  }
  if (setup) {
    const files = setup.files(at, to, () => null).map(({ path: file }) => `\`${file}\``);
    lines.push(`* \`warder install ${id}\` writes ${files.join(', ')}.`);
    const managed = setup.managedFiles?.(at, to).map(({ path: file }) => `\`${file}\``) ?? [];
    if (managed.length > 0) lines.push(`* \`--managed\` writes ${managed.join(', ')}.`);
    for (const limit of setup.limits) lines.push(`* ${upper(limit)}`);
  }
  return lines.join('\n');
}

/** Everything on the page that the adapters say. */
export function agentTables(all: readonly AgentAdapter[] = agents): string {
  const sorted = [...all].sort((a, b) => (a.title.toLowerCase() < b.title.toLowerCase() ? -1 : 1));
  const parts = [
    '## What can be done with each',
    '',
    overview(sorted),
    '',
    '## What is seen of each',
    '',
    seen(sorted),
    '',
  ];
  return [...parts, '## Each in turn', '', sorted.map(chapter).join('\n\n')].join('\n');
}

/** The page with the tables as they are to be; throws when the page has no place for them. */
export function withTables(text: string): string {
  const [from, until] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || until < from) throw new Error(`docs/agents.md has no ${begin} … ${end}`);
  return `${text.slice(0, from + begin.length)}\n\n${agentTables()}\n\n${text.slice(until)}`;
}

if (import.meta.main) {
  const text = fs.readFileSync(page, 'utf8');
  fs.writeFileSync(page, withTables(text));
  console.log(withTables(text) === text ? 'docs/agents.md is as it should be' : 'wrote docs/agents.md');
}
