import type { Meaning } from '../core/effect.ts';
import type { Finding, Score } from '../core/verdict.ts';
import type { Ruling } from '../decide/decide.ts';
import { detectors } from '../plugs.ts';
import type { Io } from './command.ts';
import { visible } from './scan-visible.ts';

/** What is left of the score when one detector's findings are taken away. */
export interface Without {
  readonly detector: string;
  readonly score: number;
  readonly severity: string;
}

interface Explained {
  readonly tool: string;
  readonly input: unknown;
  readonly meaning: Meaning;
  readonly score: Score;
  readonly ruling: Ruling;
  readonly without: readonly Without[];
}

const words = { allow: '● allowed', ask: '◐ needs approval', deny: '■ denied' } as const;

/** The explanation as text: verdict first, then effects, factors by weight, what would lower it. */
export function explainText(explained: Explained, io: Pick<Io, 'env' | 'stdout'>): string {
  const { tool, input, meaning, score, ruling, without } = explained;
  const bold =
    io.stdout.isTTY === true && io.env.NO_COLOR === undefined
      ? (text: string) => `\u001b[1m${text}\u001b[0m`
      : (text: string) => text;
  const blocks = [
    `${tool}: ${visible(shown(input))}`,
    `${bold(`${score.score} ${score.severity}`)} · ${words[ruling.decision]}${ruling.rules.length > 0 ? ` (${ruling.rules.join(', ')})` : ''}\n${visible(ruling.why)}`,
    section(bold, 'What it would do', effectLines(meaning)),
    section(bold, `Why ${score.score}: factors by weight`, factorLines(score.findings)),
    section(bold, 'What would lower it', lowerLines(score, without)),
  ];
  return `${blocks.filter(Boolean).join('\n\n')}\n`;
}

function shown(input: unknown): string {
  const command = typeof input === 'object' && input !== null ? Reflect.get(input, 'command') : undefined;
  return typeof command === 'string' ? command : JSON.stringify(input);
}

const section = (bold: (text: string) => string, title: string, lines: readonly string[]): string =>
  lines.length === 0 ? '' : `${bold(title)}\n${lines.map((line) => `  ${line}`).join('\n')}`;

function effectLines({ effects, opaque }: Meaning): string[] {
  const lines = effects.map(({ verb, resource, zone, flags, by }) => {
    const name = resource.name === '' ? '' : `  ${visible(resource.name)}`;
    return `${[verb, resource.kind, zone, ...flags].join(' · ')}${name}  (${visible(by)})`;
  });
  const unread = opaque.map((why) => `not understood: ${visible(why)}`);
  return lines.length + unread.length === 0 ? ['nothing that touches anything'] : [...lines, ...unread];
}

const factorLines = (findings: readonly Finding[]): string[] =>
  findings.map(({ weight, severity, detector, why, factor, confidence }) => {
    const told = [
      factor?.join(', '),
      confidence === undefined || confidence === 'stable' ? undefined : `confidence: ${confidence}`,
    ].filter(Boolean);
    return `${String(weight).padStart(3)} ${severity.padEnd(8)} ${detector}: ${visible(why)}${told.length > 0 ? ` [${told.join('; ')}]` : ''}`;
  });

function lowerLines(score: Score, without: readonly Without[]): string[] {
  if (score.findings.length === 0) return [];
  return without.map(({ detector, score: left, severity }) => {
    const runbook = detectors.find(({ id }) => id === detector)?.runbook;
    return `without ${detector}: ${left} ${severity}${runbook === undefined ? '' : `\n      ${runbook}`}`;
  });
}
