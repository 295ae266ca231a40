import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { withTables } from '../scripts/agents-page.ts';
import { generic } from '../src/normalise/agents/generic.ts';
import { agents } from '../src/plugs.ts';

const docs = (name: string): string => fs.readFileSync(path.join(import.meta.dirname, '../docs', name), 'utf8');

describe('the page of agents', () => {
  it('says what the adapters say; mended by: node scripts/agents-page.ts', () => {
    expect(withTables(docs('agents.md'))).toBe(docs('agents.md'));
  });

  it('knows of every agent what can be seen and stopped, and what happens without Warder', () => {
    expect(agents.filter(({ capability }) => capability === undefined).map(({ id }) => id)).toEqual([]);
    for (const { id, capability } of agents) {
      expect(capability?.sees, id).toContain('calls');
      expect(capability?.whenGone.because, id).not.toMatch(/^$|\.$|^[A-Z]/);
    }
  });
});

describe('the page of the generic form', () => {
  const page = docs('generic-agent.md');
  const head = { at: '2026-11-22T10:00:00.000Z', identity: { person: 'ann', device: 'laptop', via: 'token' } } as const;
  const examples = [...page.matchAll(/^```json\n([\s\S]*?)^```$/gm)].map(([, text = '']) => JSON.parse(text));

  it('shows bodies and answers that are taken and given', () => {
    const bodies = examples.filter((example) => 'event' in example);
    expect(bodies.length).toBeGreaterThan(3);
    for (const body of bodies) expect(generic.parseHook(body, head), JSON.stringify(body)).toMatchObject({ ok: true });
    const answers = examples.filter((example) => 'decision' in example);
    expect(answers.map(({ decision }) => decision).sort()).toEqual(['allow', 'ask', 'deny']);
  });

  it('names every event and every member', () => {
    const folder = path.join(import.meta.dirname, 'fixtures/generic/documented/hooks');
    const bodies = fs.readdirSync(folder).map((file) => JSON.parse(fs.readFileSync(path.join(folder, file), 'utf8')));
    const names = new Set<string>();
    const collect = (value: unknown, before: string): void => {
      if (typeof value !== 'object' || value === null) return;
      for (const [name, held] of Object.entries(value)) {
        names.add(`${before}${name}`);
        if (name !== 'input') collect(held, `${before}${name}.`);
      }
    };
    for (const body of bodies) {
      collect(body, '');
      expect(page, body.event).toContain(`| \`${body.event}\` |`);
    }
    names.delete('call.action.command');
    for (const name of names) expect(page, name).toContain(`| \`${name}\` |`);
  });
});
