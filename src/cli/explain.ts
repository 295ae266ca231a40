import os from 'node:os';
import { parseArgs } from 'node:util';
import { homeDir } from '../config.ts';
import { type Finding, severityOf } from '../core/verdict.ts';
import { createDecide } from '../decide/decide.ts';
import { openJudging } from '../judging.ts';
import { agents } from '../plugs.ts';
import { readPolicies } from '../policy-files.ts';
import { scoreOf } from '../score/score.ts';
import { type Command, UsageError } from './command.ts';
import { explainText, type Without } from './explain-text.ts';
import { freshSession, hear, judgeCall } from './judge-call.ts';

const usage = `warder explain: what Warder sees in a tool call, why it scores as it does, and what would lower the score.

Usage: warder explain '<shell command>' [--cwd DIR] [--prompt TEXT] [--json]
       warder explain --tool NAME --input JSON [--cwd DIR] [--prompt TEXT] [--json]

  --tool NAME     the agent's own tool name, for example Read or mcp__github__delete_file (default Bash)
  --input JSON    the tool's input
  --cwd DIR       where the call would run (default: this folder)
  --prompt TEXT   the person's words that led to it
  --json          one JSON object

Nothing is run. Exit status: 0 below 70, 1 at 70 or above, 2 used wrongly.
`;

export const command: Command = {
  name: 'explain',
  summary: 'say what a tool call would do, why it scores so, and what would lower it',
  usage,
  async run(args, io) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        tool: { type: 'string' },
        input: { type: 'string' },
        cwd: { type: 'string' },
        prompt: { type: 'string' },
        json: { type: 'boolean', default: false },
      },
    });
    const { tool, input } = askedCall(values, positionals);
    const [adapter] = agents;
    const decider = createDecide(readPolicies());
    if (!adapter || !decider.ok) throw new Error(decider.ok ? 'no agent adapter is listed' : decider.error.detail);
    const session = freshSession(null);
    if (values.prompt !== undefined) hear(session, 'person', values.prompt);
    const place = { cwd: values.cwd ?? process.cwd(), home: os.homedir(), warderHome: homeDir(undefined, io.env) };
    const world = { place, agent: adapter.id, mode: 'observe' as const };
    const { meaning, score, ruling } = judgeCall(
      { ...openJudging(), decider: decider.value },
      adapter.call(tool, input, ''),
      world,
      session,
    );
    const explained = { tool, input: meaning.masked, meaning, score, ruling, without: withoutEach(score.findings) };
    if (values.json) {
      const { effects, unparsed, opaque, programs } = meaning;
      io.stdout.write(`${JSON.stringify({ ...explained, meaning: { effects, unparsed, opaque, programs } })}\n`);
    } else io.stdout.write(explainText(explained, io));
    return score.score >= 70 ? 1 : 0;
  },
};

function askedCall(
  values: { tool?: string | undefined; input?: string | undefined },
  positionals: readonly string[],
): { tool: string; input: unknown } {
  if (values.input === undefined) {
    if (values.tool !== undefined) throw new UsageError('--tool needs --input with the tool’s input as JSON');
    if (positionals.length !== 1)
      throw new UsageError("give one shell command in quotes, for example: warder explain 'rm -rf build'");
    return { tool: 'Bash', input: { command: positionals[0] } };
  }
  if (positionals.length > 0) throw new UsageError('give a shell command or --tool with --input, not both');
  try {
    return { tool: values.tool ?? 'Bash', input: JSON.parse(values.input) };
  } catch (cause) {
    throw new UsageError(`--input is not JSON: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}

/** The score with each detector's findings taken away in turn, the one that helps most first. */
function withoutEach(findings: readonly Finding[]): Without[] {
  return [...new Set(findings.map(({ detector }) => detector))]
    .map((detector) => {
      const { score } = scoreOf(findings.filter((finding) => finding.detector !== detector));
      return { detector, score, severity: severityOf(score) };
    })
    .sort((a, b) => a.score - b.score);
}
