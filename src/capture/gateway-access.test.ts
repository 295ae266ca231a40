import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import type { AccessAsk, AccessGuard } from '../core/access.ts';
import { providers } from '../normalise/providers.ts';
import { admit, type Entering } from './gateway-access.ts';

const identity = { person: 'ada', device: 'laptop', via: 'token' } as const;

function guard(active: boolean): AccessGuard & { readonly asked: AccessAsk[] } {
  const asked: AccessAsk[] = [];
  return {
    asked,
    active: () => active,
    admit(ask) {
      asked.push(ask);
      return { ok: true, settle: () => {} };
    },
    used() {},
  };
}

function entering(provider: string, at: number, change: Partial<Entering>): Entering {
  const dialect = providers.find(({ id }) => id === provider)?.dialects[at];
  if (!dialect) throw new Error(`no dialect of ${provider}`);
  const req = { method: 'POST' } as IncomingMessage;
  return { req, identity, provider, dialect, path: '/', bytes: 400, text: () => '', agent: () => '', ...change };
}

describe('what is read of a request before it goes up', () => {
  it('is nothing while there are no rules', () => {
    const read: string[] = [];
    const nosy = entering('anthropic', 0, {
      text: () => {
        read.push('text');
        return '';
      },
      agent: () => {
        read.push('agent');
        return '';
      },
    });
    expect(admit(undefined, nosy).ok).toBe(true);
    expect(admit(guard(false), nosy).ok).toBe(true);
    expect(read).toEqual([]);
  });

  it('is the model of its body or path, the agent and how long it is', () => {
    const rules = guard(true);
    admit(rules, entering('anthropic', 0, { text: () => '{"model":"claude-x"}', agent: () => 'codex' }));
    admit(rules, entering('gemini', 0, { path: '/v1beta/models/gemini-y:generateContent', text: () => null }));
    admit(rules, entering('bedrock', 0, { path: '/model/eu.anthropic.claude-z/converse' }));
    expect(rules.asked).toEqual([
      { identity, provider: 'anthropic', agent: 'codex', model: 'claude-x', promptTokens: 100 },
      { identity, provider: 'gemini', agent: 'unknown', model: 'gemini-y', promptTokens: 100 },
      { identity, provider: 'bedrock', agent: 'unknown', model: 'eu.anthropic.claude-z', promptTokens: 100 },
    ]);
  });

  it('is the agent its token was made for, whatever the client says', () => {
    const rules = guard(true);
    const own = { ...identity, agent: 'claude-code' };
    admit(rules, entering('anthropic', 0, { identity: own, text: () => '{"model":"m"}', agent: () => 'codex' }));
    expect(rules.asked[0]?.agent).toBe('claude-code');
  });

  it('is no model where the body is too long to be read, or names none', () => {
    const rules = guard(true);
    admit(rules, entering('anthropic', 0, { text: () => null }));
    admit(rules, entering('anthropic', 0, { text: () => '{}' }));
    admit(rules, entering('anthropic', 0, { req: { method: 'GET' } as IncomingMessage }));
    expect(rules.asked.map(({ model }) => model)).toEqual([null, null, '']);
  });
});
