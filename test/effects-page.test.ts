import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Effect, effectVocabularyVersion, flags, resourceKinds, verbs, zones } from '../src/core/effect.ts';
import { claudeCodeCall } from '../src/normalise/agents/claude-code.call.ts';
import { detectors, families } from '../src/plugs.ts';
import { createUnderstand } from '../src/understand/understand.ts';

const page = fs.readFileSync(path.join(import.meta.dirname, '../docs/effects.md'), 'utf8');
const understand = createUnderstand(families);
const place = { cwd: '/home/dev/project', home: '/home/dev' };

/** Rows of the tables below a heading, as their cells. */
function rowsOf(heading: string): readonly (readonly string[])[] {
  const section = page.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? '';
  return section
    .split('\n')
    .filter((line) => line.startsWith('| ') && line.includes('`'))
    .map((line) =>
      line
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((cell) => cell.trim().replaceAll('\\|', '|')),
    );
}

const code = (cell = ''): string => /^`(.*)`$/.exec(cell)?.[1] ?? '';

function effectsOf(example: string): readonly Effect[] {
  const call = /^(\w+) (\{.*\})$/.exec(example);
  const tool = call?.[1] ?? 'Bash';
  const input: unknown = call?.[2] === undefined ? { command: example } : JSON.parse(call[2]);
  return understand(claudeCodeCall(tool, input, 'toolu_1'), place).effects;
}

const wordsOf = ({ verb, resource, zone, flags: how }: Effect): readonly string[] => [
  verb,
  resource.kind,
  zone,
  ...how,
];
const shows = (example: string, expected: string): boolean =>
  effectsOf(example).some((effect) => expected.split(' ').every((word) => wordsOf(effect).includes(word)));

describe.each([
  ['Verbs', verbs],
  ['Resource kinds', resourceKinds],
  ['Zones', zones],
  ['Flags', flags],
] as const)('the catalogue of %s', (heading, vocabulary) => {
  it('holds every word, and no other', () => {
    expect(rowsOf(heading).map(([word]) => code(word))).toEqual([...vocabulary]);
  });

  it.each(rowsOf(heading).map(([word, , example, effect]) => [code(word), code(example), code(effect)] as const))(
    '%s is shown by %s',
    (word, example, effect) => {
      expect(effect.split(' ')).toContain(word);
      expect(
        shows(example, effect),
        effectsOf(example)
          .map((each) => wordsOf(each).join(' '))
          .join('\n'),
      ).toBe(true);
    },
  );
});

describe.each(['What an edit does', 'MCP tools'])('the examples of "%s"', (heading) => {
  it.each(rowsOf(heading).map(([, example, effect]) => [code(example), code(effect)] as const))(
    '%s has the effect it says',
    (example, effect) => {
      expect(
        shows(example, effect),
        effectsOf(example)
          .map((each) => wordsOf(each).join(' '))
          .join('\n'),
      ).toBe(true);
    },
  );
});

it('names the version of the vocabulary', () => {
  expect(page).toContain(`Version of the vocabulary: **${effectVocabularyVersion}**`);
});

it('the page on scoring names every detector with its title, and no other', () => {
  const scoring = fs.readFileSync(path.join(import.meta.dirname, '../docs/scoring.md'), 'utf8');
  const section = scoring.split(/^## /m).find((part) => part.startsWith('The detectors')) ?? '';
  const named = [...section.matchAll(/^\| `([a-z-]+)` \| ([^|]+) \|/gm)].map(([, id, title]) => [id, title?.trim()]);
  expect(named).toEqual(detectors.map(({ id, title }) => [id, title]));
});
