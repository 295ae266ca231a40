import { z } from 'zod';
import type { AgentSetup, EditedText, HookConnection, SetupFile, Surroundings } from '../../core/agent.ts';
import { fail, ok, type Result } from '../../core/result.ts';
import type { OnFailure } from '../hooks/device-command.ts';
import { guardedCommand } from '../hooks/guarded-command.ts';
import { inFolder } from '../hooks/places.ts';
import { sameJson } from '../hooks/settings-json.ts';
import { removeJson, setJson } from '../json-text.ts';

/** A whole number, or the client drops the file. The device client ends after 5 s. */
const seconds = 10;

/** One named hook of the file. Only members that the client knows: for a wrong one it drops the whole file silently. */
function namedHook({ client }: HookConnection): Readonly<Record<string, unknown>> {
  const handler = (event: string, onFailure: OnFailure) => ({
    type: 'command',
    command: guardedCommand({ client, agent: 'antigravity', event, onFailure }),
    timeout: seconds,
  });
  return {
    enabled: true,
    PreToolUse: [{ matcher: '*', hooks: [handler('PreToolUse', 'block')] }],
    PostToolUse: [{ matcher: '*', hooks: [handler('PostToolUse', 'pass')] }],
    SessionStart: [handler('SessionStart', 'pass')],
    Stop: [handler('Stop', 'pass')],
  };
}

const fileSchema = z.record(z.string(), z.looseObject({}));

/** The client reads strict JSON: no comment, no trailing comma, no byte order mark. */
function hooksIn(text: string): Result<Readonly<Record<string, unknown>>> {
  try {
    const parsed = fileSchema.safeParse(JSON.parse(text));
    return parsed.success
      ? ok(parsed.data)
      : fail('unexpected-settings', 'It is no object of named hooks, and Antigravity drops the whole file for that.');
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return fail('not-json', `It is not JSON (${error.message}); Antigravity ignores it as it is.`);
  }
}

function hooksFile(path: string, to: HookConnection): SetupFile {
  const wanted = namedHook(to);
  return {
    path,
    with(before): Result<EditedText> {
      const text = before === null || before.trim() === '' ? '{}\n' : before;
      const held = hooksIn(text);
      if (!held.ok) return held;
      if (sameJson(held.value.warder, wanted)) return ok({ text: before ?? text, changes: [] });
      const change = held.value.warder === undefined ? 'the hook "warder": added' : 'the hook "warder": renewed';
      return ok({ text: setJson(text, ['warder'], wanted), changes: [change] });
    },
    without(text): Result<EditedText> {
      const held = hooksIn(text);
      if (!held.ok) return held;
      if (held.value.warder === undefined) return ok({ text, changes: [] });
      const left = removeJson(text, ['warder']);
      return ok({ text: /^\s*\{\s*\}\s*$/.test(left) ? null : left, changes: ['the hook "warder": removed'] });
    },
  };
}

const folder = ({ platform, home }: Surroundings): string => inFolder(platform, home, '.gemini', 'config');

export const antigravitySetup: AgentSetup = {
  program: 'agy',
  folders: (at) => [
    inFolder(at.platform, at.home, '.gemini', 'antigravity'),
    inFolder(at.platform, at.home, '.gemini', 'antigravity-cli'),
  ],
  files: (at, to) => [hooksFile(inFolder(at.platform, folder(at), 'hooks.json'), to)],
  limits: [
    'Tried by what others published alone; some versions of agy read hooks from other places than ~/.gemini/config/hooks.json. Look whether Warder shows its calls.',
    'One mistake in that file, by whomever, and Antigravity drops every hook in it without a word.',
    'Its conversations are protobuf and not read. What is read of past ones is the plain transcript that it names to its hooks; no documentation describes it, others do.',
  ],
};
