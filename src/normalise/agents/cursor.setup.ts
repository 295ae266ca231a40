import { z } from 'zod';
import type { AgentSetup, EditedText, HookConnection, SetupFile, Surroundings } from '../../core/agent.ts';
import { fail, ok, type Result } from '../../core/result.ts';
import { callsClient, type OnFailure, shellCommand, windowsCommand } from '../hooks/device-command.ts';
import { inFolder } from '../hooks/places.ts';
import { hooksFile } from '../hooks/settings-json.ts';
import { recordOf } from '../strict-json.ts';

const agent = 'cursor';
const title = 'Cursor';

/** Every event that the engine knows; any other name makes it drop the whole file. Source: `@cursor/sdk` 1.0.32. */
const knownEvents = new Set(
  'beforeShellExecution beforeMCPExecution afterShellExecution afterMCPExecution beforeReadFile afterFileEdit beforeTabFileRead afterTabFileEdit stop beforeSubmitPrompt afterAgentResponse afterAgentThought sessionStart sessionEnd preCompact subagentStart subagentStop preToolUse postToolUse postToolUseFailure workspaceOpen'.split(
    ' ',
  ),
);

/**
 * Shell commands are judged where a question is put to the person, MCP calls where the server is named, everything else
 * before the tool: each call once.
 */
const elsewhere = '^(?!Shell$|MCP:)';

interface Wanted {
  readonly event: string;
  readonly onFailure: OnFailure;
  readonly matcher?: string;
}

const wanted: readonly Wanted[] = [
  { event: 'preToolUse', onFailure: 'block', matcher: elsewhere },
  { event: 'beforeShellExecution', onFailure: 'block' },
  { event: 'beforeMCPExecution', onFailure: 'block' },
  { event: 'postToolUse', onFailure: 'pass', matcher: elsewhere },
  { event: 'postToolUseFailure', onFailure: 'pass', matcher: elsewhere },
  { event: 'afterShellExecution', onFailure: 'pass' },
  { event: 'afterMCPExecution', onFailure: 'pass' },
  { event: 'beforeSubmitPrompt', onFailure: 'pass' },
  { event: 'afterAgentResponse', onFailure: 'pass' },
  { event: 'sessionStart', onFailure: 'pass' },
  { event: 'sessionEnd', onFailure: 'pass' },
  { event: 'subagentStart', onFailure: 'pass' },
  { event: 'subagentStop', onFailure: 'pass' },
  { event: 'preCompact', onFailure: 'pass' },
  { event: 'stop', onFailure: 'pass' },
];
const timeout = 10;

const isOurs = (hook: unknown): boolean => callsClient(recordOf(hook)?.command, agent);

/** The command is one plain call: the engine puts a here-document behind it. */
function entries(
  { platform }: Surroundings,
  { client }: HookConnection,
): ReadonlyMap<string, Readonly<Record<string, unknown>>> {
  const line = platform === 'win32' ? windowsCommand : shellCommand;
  return new Map(
    wanted.map(({ event, onFailure, matcher }) => [
      event,
      {
        command: line({ client, agent, event, onFailure }),
        timeout,
        ...(onFailure === 'block' ? { failClosed: true } : {}),
        ...(matcher === undefined ? {} : { matcher }),
      },
    ]),
  );
}

const isPattern = (matcher: string): boolean => {
  try {
    return matcher === '' || matcher === '*' || new RegExp(matcher) instanceof RegExp;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
};

const common = {
  matcher: z.string().refine(isPattern, 'is no regular expression').optional(),
  timeout: z.number().positive().optional(),
  loop_limit: z.int().positive().nullable().optional(),
  failClosed: z.boolean().optional(),
};
const commandEntry = z.looseObject({ type: z.literal('command').optional(), command: z.string(), ...common });
const promptEntry = z.looseObject({
  type: z.literal('prompt'),
  prompt: z.string().regex(/\S/),
  model: z.string().regex(/\S/).optional(),
  ...common,
});
const fileSchema = z.looseObject({
  version: z.int().min(1),
  hooks: z.record(z.string(), z.array(z.union([commandEntry, promptEntry]))),
});

/** As the engine does it: inside a string too, so that an address in a command ends the text. */
const withoutComments = (text: string): string => text.replace(/\/\/.*$/gm, '').replace(/\/\*[\s\S]*?\*\//g, '');

/** What makes Cursor drop this whole hooks.json, in one sentence; null: it takes it. */
function cursorRejects(text: string): string | null {
  let value: unknown;
  try {
    value = JSON.parse(withoutComments(text));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return `It is not JSON (${error.message}).`;
  }
  const parsed = fileSchema.safeParse(value);
  if (!parsed.success)
    return `${parsed.error.issues[0]?.path.join('.') || 'The file'} is not what Cursor expects there.`;
  const strange = Object.keys(parsed.data.hooks).find((event) => !knownEvents.has(event));
  if (strange !== undefined) return `Cursor knows no event ${JSON.stringify(strange)}.`;
  return null;
}

const drops = 'Cursor drops the whole file for that, and with it every hook.';

/** `hooks.json` of one scope. What Cursor would reject is not written, and a file that it rejects already is left alone. */
function hooksJson(path: string, at: Surroundings, to: HookConnection, mode?: number): SetupFile {
  const file = hooksFile({ path, title, wanted: entries(at, to), isOurs, ...(mode === undefined ? {} : { mode }) });
  return {
    path,
    ...(mode === undefined ? {} : { mode }),
    with(before): Result<EditedText> {
      const blank = before === null || before.trim() === '';
      const rejected = blank ? null : cursorRejects(before);
      if (rejected !== null) return fail('unexpected-settings', `${rejected} ${drops} Mend it first.`);
      const edited = file.with(blank ? '{\n  "version": 1,\n  "hooks": {}\n}\n' : before);
      if (!edited.ok || edited.value.text === null) return edited;
      const wrong = cursorRejects(edited.value.text);
      return wrong === null ? edited : fail('cannot-edit', `${wrong} ${drops} So it is not written.`);
    },
    without(text): Result<EditedText> {
      const edited = file.without(text);
      if (!edited.ok || edited.value.text === null) return edited;
      const bare = /^\s*\{\s*"version"\s*:\s*\d+\s*,?\s*\}\s*$/.test(edited.value.text);
      return ok({ text: bare ? null : edited.value.text, changes: edited.value.changes });
    },
  };
}

const folder = ({ platform, home }: Surroundings): string => inFolder(platform, home, '.cursor');

function managedPath({ platform }: Surroundings): string {
  if (platform === 'darwin') return '/Library/Application Support/Cursor/hooks.json';
  return platform === 'win32' ? 'C:\\ProgramData\\Cursor\\hooks.json' : '/etc/cursor/hooks.json';
}

export const cursorSetup: AgentSetup = {
  program: 'cursor-agent',
  folders: (at) => [folder(at)],
  files: (at, to) => [hooksJson(inFolder(at.platform, folder(at), 'hooks.json'), at, to)],
  managedFiles: (at, to) => [hooksJson(managedPath(at), at, to, 0o644)],
  weaknesses(at, read) {
    const text = read(inFolder(at.platform, folder(at), 'hooks.json'));
    const rejected = text === null ? null : cursorRejects(text);
    return rejected === null
      ? []
      : [
          {
            what: `Cursor drops ~/.cursor/hooks.json: ${rejected}`,
            mend: 'Mend that entry; no hook of the file runs until then.',
          },
        ];
  },
  limits: [
    'Tried against the hook engine of Cursor’s own package; the editor and its command line do not start without an account.',
    'What is typed into a shell that runs already is not shown to hooks, so it counts as code that nobody can read.',
    'A question of Warder’s is put to the person for shell commands; for other tools Cursor ignores questions, so it is a refusal there.',
    'Model traffic goes to Cursor’s servers and cannot be sent through a gateway. Tab completions are not told.',
    'One wrong entry in a hooks.json makes Cursor drop that whole file without a word; warder doctor looks for it.',
  ],
};
