// npm run new detector <id> | family <id> | agent <id>: writes the file of a plug and its line in src/plugs.ts; the tests then say what is missing.
import fs from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const [kind, id] = process.argv.slice(2);
const camel = (text: string) => text.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());

const kinds: Readonly<
  Record<string, { readonly folder: string; readonly list: string; readonly text: (id: string) => string }>
> = {
  detector: {
    folder: 'score/detectors',
    list: 'detectors',
    text: (name) => `import type { Detector } from '../../core/ports.ts';

/** One sentence: what this risk is. */
export const ${camel(name)}: Detector = {
  id: '${name}',
  title: '',
  runbook: '',
  detect() {
    return [];
  },
  hits: [],
  misses: [],
};
`,
  },
  agent: {
    folder: 'normalise/agents',
    list: 'agents',
    text: (name) => `import type { AgentEvent } from '../../core/event.ts';
import type { AgentAdapter, HookReply } from '../../core/agent.ts';
import type { Verdict } from '../../core/verdict.ts';
import { bodyReader, callAfter, callEvent, callIn, type EventReader, jsonText, outcomeOf, promptIn } from '../hooks/bodies.ts';
import { passedFor, reasonUnasked, refusalFor } from '../hooks/reason.ts';
import { noOpinion, refused, told } from '../hooks/replies.ts';
import { shapedCall } from '../tool-shapes.ts';

const agent = '${name}';
const call = (tool: string, input: unknown, toolUseId: string) => shapedCall(tool, input, toolUseId, agent);
const callOf = callIn(call);

/** Events by the agent's own names; any other becomes a notice. */
const events: ReadonlyMap<string, EventReader> = new Map<string, EventReader>([
  ['PostToolUse', callAfter(callOf, (body) => outcomeOf(body, 'ok', jsonText(body.tool_response)))],
  ['PreToolUse', callEvent('call-before', callOf)],
  ['UserPromptSubmit', promptIn('prompt')],
]);

const letGo = (why: string): HookReply => told(passedFor(why));

function reply(event: AgentEvent, verdict: Verdict | null): HookReply {
  if (verdict === null || verdict.effective === 'allow')
    return verdict?.degraded === undefined ? noOpinion : letGo(\`\${verdict.degraded}.\`);
  return event.kind === 'call-before' ? refused(reasonUnasked(verdict)) : noOpinion;
}

/** One sentence: which versions, by what its forms are known, and what it does with a refusal. */
export const ${camel(name)}: AgentAdapter = {
  id: agent,
  title: '',
  parseHook: bodyReader({ agent, title: '', events, everywhere: new Set(['hook_event_name', 'session_id', 'cwd']) }),
  reply,
  refuse: (event, why) => (event === 'PreToolUse' ? refused(refusalFor(why)) : told(\`Warder: \${why}\`)),
  letGo,
  call,
  capability: {
    proof: 'documentation',
    version: '',
    hooks: 'command',
    sees: ['calls'],
    stops: ['calls'],
    ask: 'denied',
    whenGone: { calls: 'run', because: '' },
    gateway: 'no',
    blind: [],
  },
};
`,
  },
  family: {
    folder: 'understand/commands',
    list: 'families',
    text: (name) => `import type { CommandFamily } from '../../core/ports.ts';

/** One sentence: which programs, and where their meaning is documented. */
export const ${camel(name)}: CommandFamily = {
  id: '${name}',
  programs: [],
  effects() {
    return [];
  },
  examples: [],
};
`,
  },
};

const chosen = kind === undefined ? undefined : kinds[kind];
if (!chosen || !id || !/^[a-z][a-z0-9-]*$/.test(id)) {
  console.error(`Usage: npm run new <${Object.keys(kinds).join('|')}> <id in kebab-case>`);
  process.exit(2);
}
const file = path.join(root, 'src', chosen.folder, `${id}.ts`);
if (fs.existsSync(file)) {
  console.error(`${path.relative(root, file)} is there already.`);
  process.exit(1);
}
const plugs = path.join(root, 'src/plugs.ts');
const before = fs.readFileSync(plugs, 'utf8');
const line = `import { ${camel(id)} } from './${chosen.folder}/${id}.ts';`;
const listed = before.replace(new RegExp(`(export const ${chosen.list}: [^=]*= \\[)`), `$1\n  ${camel(id)},`);
if (listed === before) throw new Error(`src/plugs.ts holds no list called ${chosen.list}`);
fs.writeFileSync(file, chosen.text(id));
fs.writeFileSync(plugs, `${line}\n${listed}`);
console.log(
  `wrote ${path.relative(root, file)} and its line in src/plugs.ts. Next: npm run format, then npm test -- ${{ detector: 'detectors', family: 'commands', agent: 'adapters' }[String(kind)]}`,
);
