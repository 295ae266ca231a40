import { once } from 'node:events';
import { parseArgs } from 'node:util';
import type { Mode } from '../core/verdict.ts';
import { createDecide, type Decider } from '../decide/decide.ts';
import { agents } from '../plugs.ts';
import { readPolicies } from '../policy-files.ts';
import { type Command, type ExitStatus, type Io, UsageError } from './command.ts';
import { createLineJudge, type JudgeOptions } from './judge-line.ts';
import { ownRules } from './own-rules.ts';

/** A longer line is answered with an error and not kept. */
const longestLine = 16 * 1024 * 1024;

/** Answers are written together in pieces of about this many characters. */
const writeSize = 64 * 1024;

export const command: Command = {
  name: 'judge',
  summary: 'judge tool calls from standard input, one JSON object per line',
  usage: `Usage: warder judge [--policy DIR]… [--mode observe|enforce] [--agent NAME] [--known-mcp A,B] [--rules DIR]
                    [--secret-rules FILE]… [--explain] < calls.jsonl

Reads one tool call per line:
  {"id", "tool", "input", "cwd"?, "home"?, "session"?, "agent"?, "prompt"?, "ts"?}
and writes one answer per line, in the same order:
  {"id", "score", "severity", "decision", "findings": [{"detector", "severity", "why"}], "effects": […], "unparsed",
   "secrets": [{"rule", "start", "end"}], "pii": [{"type", "start", "end"}]}
Offsets count UTF-16 units in the string, or in the compact JSON text of "input". A line that cannot be read is answered with {"id", "line", "error"}.

The tool has the agent's own name (Bash, Read, mcp__server__tool …). Text, Prompt and Sql take a plain string; sequence
takes a list of {"tool", "args"}, answers as its highest-scoring call and adds "steps": [{"score", "findings"}], one for
each entry; an entry <tool_result> with {"untrusted_text"} or {"text"} is what came back there. "prompt" is what the
person said. Lines with the same session are one session:
what was read earlier weighs on what is sent later.

  --policy DIR     policies to decide by (every *.cedar in it); may be given again; "base" is the shipped policy,
                   which is also the default
  --mode MODE      observe (default) or enforce: in enforce, a denied call leaves no trace in its session
  --agent NAME     agent whose tool names are used where a line names none (default claude-code)
  --known-mcp A,B  MCP servers that are not new; without it no server counts as new
  --rules DIR      a Warder home (or any folder) whose detectors.json, suppressions.json, tools.json and
                   secret-rules.toml count too
  --secret-rules FILE  further rules for secrets, in gitleaks' form (TOML, or JSON by its ending); may be given again
  --explain        adds weights and evidence to the findings, and rules, why, enforced and effective to the answer
  --json           accepted; the output is JSON Lines anyway

Nothing is read but standard input, the policies and the rules, and nothing is kept. Exit status 0, 2 for a wrong option, 3 when
standard input fails.`,
  run,
};

async function run(args: readonly string[], io: Io): Promise<ExitStatus> {
  const judge = createLineJudge(optionsOf(args));
  let lineNumber = 0;
  let pending = '';
  const flush = async (): Promise<void> => {
    if (pending === '') return;
    const text = pending;
    pending = '';
    // Waiting here stops the reading too, so that a slow reader never makes us grow.
    if (!io.stdout.write(text)) await once(io.stdout, 'drain');
  };
  for await (const lines of linesOf(io.stdin)) {
    for (const line of lines) {
      lineNumber += 1;
      if (line === tooLong)
        pending += `${JSON.stringify({ id: null, line: lineNumber, error: `longer than ${longestLine} characters` })}\n`;
      else if (line.trim() !== '') pending += `${JSON.stringify(judge(line, lineNumber))}\n`;
      if (pending.length >= writeSize) await flush();
    }
    await flush();
  }
  return 0;
}

function optionsOf(args: readonly string[]): JudgeOptions {
  const { values } = parseArgs({
    args: [...args],
    strict: true,
    options: {
      json: { type: 'boolean' },
      explain: { type: 'boolean', default: false },
      policy: { type: 'string', multiple: true },
      mode: { type: 'string', default: 'observe' },
      agent: { type: 'string', default: 'claude-code' },
      'known-mcp': { type: 'string' },
      rules: { type: 'string' },
      'secret-rules': { type: 'string', multiple: true },
    },
  });
  const { mode, agent } = values;
  if (!isMode(mode)) throw new UsageError(`--mode is observe or enforce, not ${JSON.stringify(mode)}.`);
  if (!agents.some(({ id }) => id === agent)) {
    throw new UsageError(
      `No agent is called ${JSON.stringify(agent)}. Known: ${agents.map(({ id }) => id).join(', ')}.`,
    );
  }
  const named = values['known-mcp']
    ?.split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  return {
    agent,
    mode,
    explain: values.explain,
    knownMcp: named === undefined ? null : new Set(named),
    decider: deciderFrom(values.policy),
    rules: ownRules(values.rules, values['secret-rules']),
  };
}

const isMode = (text: string): text is Mode => text === 'observe' || text === 'enforce';

function deciderFrom(folders: readonly string[] | undefined): Decider {
  let files: ReturnType<typeof readPolicies>;
  try {
    files = readPolicies(folders);
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? `${cause.message}.` : String(cause), { cause });
  }
  const decider = createDecide(files);
  if (!decider.ok) throw new UsageError(`The policy is not usable:\n${decider.error.detail}`);
  return decider.value;
}

const tooLong = Symbol('a line beyond the limit');

/** Bytes → the lines completed by each chunk; the last line needs no newline. An over-long line is named, not kept. */
async function* linesOf(stdin: AsyncIterable<Buffer | string>): AsyncGenerator<(string | typeof tooLong)[]> {
  const decoder = new TextDecoder('utf-8');
  let rest = '';
  let dropping = false;
  for await (const chunk of stdin) {
    const parts = (typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true })).split('\n');
    const complete: (string | typeof tooLong)[] = [];
    for (const [index, part] of parts.entries()) {
      if (!dropping) rest += part;
      if (rest.length > longestLine) {
        dropping = true;
        rest = '';
      }
      if (index === parts.length - 1) break;
      complete.push(dropping ? tooLong : rest);
      dropping = false;
      rest = '';
    }
    if (complete.length > 0) yield complete;
  }
  rest += decoder.decode();
  if (dropping) yield [tooLong];
  else if (rest !== '') yield [rest];
}
