import type { Effect } from '../src/core/effect.ts';
import type { Action } from '../src/core/event.ts';
import type { AlertState, Severity, Verdict } from '../src/core/verdict.ts';

/** Words and shapes for what a call is, would do and was told. */

export type VerdictShape = '●' | '◐' | '■' | '○';

/** Shape and word of a verdict. Observe mode: what would have happened. */
export function verdictWords(verdict: Pick<Verdict, 'decision' | 'enforced' | 'effective'>): {
  shape: VerdictShape;
  word: string;
} {
  if (verdict.effective === 'deny') return { shape: '■', word: 'denied' };
  if (verdict.effective === 'ask') return { shape: '◐', word: 'asked' };
  if (verdict.decision === 'deny') return { shape: '○', word: 'would deny' };
  if (verdict.decision === 'ask') return { shape: '○', word: 'would ask' };
  return { shape: '●', word: 'allowed' };
}

export const severityText: Readonly<Record<Severity, string>> = {
  low: 'text-low',
  review: 'text-review',
  alert: 'text-alert',
  critical: 'text-critical',
};
export const severityFill: Readonly<Record<Severity, string>> = {
  low: 'bg-low-fill',
  review: 'bg-review-fill',
  alert: 'bg-alert-fill',
  critical: 'bg-critical-fill',
};
export const severityLine: Readonly<Record<Severity, string>> = {
  low: 'decoration-low-fill',
  review: 'decoration-review-fill',
  alert: 'decoration-alert-fill',
  critical: 'decoration-critical-fill',
};
export const bands = [
  { severity: 'critical', from: 90 },
  { severity: 'alert', from: 70 },
  { severity: 'review', from: 40 },
  { severity: 'low', from: 0 },
] as const;

export const bandOf = (score: number): Severity => bands.find((band) => score >= band.from)?.severity ?? 'low';

/** `delete · directory · home · recursive`. */
export const effectWords = (effect: Effect): string =>
  [effect.verb, effect.resource.kind, effect.zone, ...effect.flags]
    .filter((word, index) => index === 0 || word !== 'unknown')
    .join(' · ');

/** The one line that stands for a call: its command, path, address or tool. */
export function actionLine(action: Action): string {
  switch (action.kind) {
    case 'shell':
      return action.command;
    case 'file-read':
    case 'file-write':
    case 'file-edit':
      return action.path;
    case 'file-search':
      return action.path ? `${action.pattern}  in  ${action.path}` : action.pattern;
    case 'web-fetch':
      return action.method === 'GET' || action.method === '' ? action.url : `${action.method} ${action.url}`;
    case 'web-search':
      return action.query;
    case 'mcp':
      return `${action.server} / ${action.tool}`;
    case 'agent':
      return action.prompt;
    case 'text':
      return action.text;
    case 'harmless':
      return action.what;
    case 'unknown':
      return action.why;
    default:
      return action satisfies never;
  }
}

export const actionKindWords: Readonly<Record<Action['kind'], string>> = {
  shell: 'shell command',
  'file-read': 'reads a file',
  'file-write': 'writes a file',
  'file-edit': 'edits a file',
  'file-search': 'searches files',
  'web-fetch': 'fetches from the web',
  'web-search': 'searches the web',
  mcp: 'MCP tool',
  agent: 'starts a sub-agent',
  text: 'text',
  harmless: 'harmless',
  unknown: 'not understood',
};

const grouped = new Intl.NumberFormat('en-GB');
export const count = (value: number): string => grouped.format(value);
export const plural = (value: number, one: string, many = `${one}s`): string =>
  `${count(value)} ${value === 1 ? one : many}`;

/** A state of an alert, as people say it. */
export const alertStateWords: Readonly<Record<AlertState, string>> = {
  open: 'open',
  acknowledged: 'acknowledged',
  resolved: 'resolved',
  'false-positive': 'false positive',
};
