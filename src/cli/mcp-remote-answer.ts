import fs from 'node:fs';
import path from 'node:path';
import type { McpVerdict } from '../core/mcp.ts';
import type { Mode } from '../core/verdict.ts';

/** Where Warder answers, and the token for it. */
export interface Place {
  readonly url: URL;
  readonly token: string;
}

/** What Warder answers. */
export interface Answer {
  readonly mode: Mode;
  /** How much longer a verdict may take because a person is asked. */
  readonly personMs: number;
  readonly verdict?: McpVerdict;
  readonly hidden?: readonly string[];
}

/** Reads an answer; null when it is none. */
export function answerOf(text: string): Answer | null {
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null || !('mode' in value)) return null;
  const { mode, verdict, hidden, personMs } = value as Partial<Answer>;
  if (mode !== 'observe' && mode !== 'enforce') return null;
  return {
    mode,
    personMs: typeof personMs === 'number' ? personMs : 0,
    ...(verdict === undefined || !isVerdict(verdict) ? {} : { verdict }),
    ...(Array.isArray(hidden) ? { hidden: hidden.map(String) } : {}),
  };
}

function isVerdict(value: unknown): value is McpVerdict {
  if (typeof value !== 'object' || value === null) return false;
  const { effective, why, rules, askMs } = value as Partial<Record<keyof McpVerdict, unknown>>;
  const known = effective === 'allow' || effective === 'ask' || effective === 'deny';
  return known && typeof why === 'string' && Array.isArray(rules) && typeof askMs === 'number';
}

/** Reads `<home>/server.json`. Throws an Error that says what to do when no server runs. */
export function readPlace(home: string): Place {
  let text: string;
  try {
    text = fs.readFileSync(path.join(home, 'server.json'), 'utf8');
  } catch (error) {
    throw new Error(`no Warder runs in ${home}; start it: warder serve`, { cause: error });
  }
  const value: unknown = JSON.parse(text);
  const { url, clientToken } = Object(value) as Readonly<Record<string, unknown>>;
  if (typeof url !== 'string' || typeof clientToken !== 'string')
    throw new Error(`${home}/server.json is not readable`);
  return { url: new URL(url), token: clientToken };
}
