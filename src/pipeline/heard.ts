import type { AgentEvent, ToolCall } from '../core/event.ts';
import { deepestNesting, holdsMoreThan, mostValues, nestedDeeperThan } from '../core/nesting.ts';

/** Names and ids that agents give are kept up to this many UTF-16 units; real ones have about 40. */
const longestName = 200;
const longestPath = 4096;
/** Texts kept of an input that is too much to be read whole. */
const mostTexts = 1000;

interface Marks {
  /** The text with every secret in it masked. */
  mask(text: string): string;
  /** Keyed hash, hex. */
  hmac(text: string): string;
}

/**
 * An event as the live path takes it: ids that can be stored, compared and signed. A name that holds a secret or is
 * longer than any real one keeps its beginning and gets a keyed hash, so that two of them stay two. Input that is nested
 * too deep or holds too many values keeps what says what the tool does, and counts as not wholly read. The same event gives the same ids, whoever reports it.
 */
export function heard<E extends AgentEvent>(event: E, marks: Marks): E {
  const name = (text: string): string => safeName(text, marks);
  const { session, subagent, agentVersion, cwd } = event;
  const head = {
    session: name(session),
    ...(subagent === undefined ? {} : { subagent: name(subagent) }),
    ...(agentVersion === undefined ? {} : { agentVersion: name(agentVersion) }),
    ...(cwd === undefined ? {} : { cwd: cwd.slice(0, longestPath).toWellFormed() }),
  };
  if ('call' in event) return { ...event, ...head, call: heardCall(event.call, name) };
  if ('toolUseId' in event) return { ...event, ...head, toolUseId: name(event.toolUseId) };
  return { ...event, ...head };
}

/** The id of a session as `heard` gives it. */
export function safeName(text: string, { mask, hmac }: Marks): string {
  const whole = text.toWellFormed();
  const masked = maskedName(whole, mask);
  if (masked === text && text.length <= longestName) return text;
  return `${masked.slice(0, longestName)}~${hmac(text).slice(0, 16)}`;
}

/** A name with the secrets in it masked, also where they are joined to other words by `-` or `_`, as in `mcp__server__tool`. */
export function maskedName(name: string, mask: (text: string) => string): string {
  if (name.length < 20) return mask(name);
  return name
    .split('__')
    .map((part) => {
      let safe = mask(part);
      for (const { index } of part.slice(0, longestName).matchAll(/[-_]/g)) {
        safe = safe.slice(0, index + 1) + mask(safe.slice(index + 1));
      }
      return safe;
    })
    .join('__');
}

function heardCall(call: ToolCall, name: (text: string) => string): ToolCall {
  // The tool's name is judged as it came, so it is only made storable here; the record masks it.
  const named = { ...call, toolUseId: name(call.toolUseId), tool: call.tool.slice(0, longestPath).toWellFormed() };
  const why = whyUnreadable(call.input);
  if (why === null) return named;
  // What the tool would do is known still; the rest of its input is left out, and said to be unread.
  const told = new Set(Object.values(call.fields));
  const texts = Object.entries(Object(call.input)).filter(([, value]) => typeof value === 'string');
  const kept = [...texts.filter(([name]) => told.has(name)), ...texts.filter(([name]) => !told.has(name))].slice(
    0,
    mostTexts,
  );
  const input = { ...Object.fromEntries(kept), '…': `(left out: ${why})` };
  const fields = Object.fromEntries(Object.entries(call.fields).filter(([, field]) => Object.hasOwn(input, field)));
  return { ...named, input, fields, flags: [...(call.flags ?? []), 'opaque'] };
}

function whyUnreadable(input: unknown): string | null {
  if (holdsMoreThan(input, mostValues)) return `its input holds more than ${mostValues} values`;
  if (nestedDeeperThan(input, deepestNesting)) return `its input is nested deeper than ${deepestNesting} levels`;
  return null;
}
