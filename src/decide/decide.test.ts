import { readFileSync } from 'node:fs';
import path from 'node:path';
import * as cedar from '@cedar-policy/cedar-wasm/nodejs';
import { describe, expect, it } from 'vitest';
import type { Effect, Meaning } from '../core/effect.ts';
import { flags, resourceKinds, verbs, zones } from '../core/effect.ts';
import type { Action } from '../core/event.ts';
import { emptyMemory, type Finding, severityOf } from '../core/verdict.ts';
import { scoreOf } from '../score/score.ts';
import { createDecide, type DecideInput, type Decider } from './decide.ts';
import { cedarRequest } from './features.ts';
import { bind } from './modes.ts';

const schema = readFileSync(path.join(import.meta.dirname, '../../policies/schema.cedarschema'), 'utf8');
const permit = '@id("allow-by-default") permit (principal, action, resource);';

let digests = 0;
const made = (...texts: string[]) => {
  digests += 1;
  return createDecide({
    schema,
    policies: texts.map((text, i) => ({ id: `p${i}.cedar`, text })),
    digest: `digest-${digests}`,
  });
};

function decider(...texts: string[]): Decider {
  const got = made(permit, ...texts);
  if (!got.ok) throw new Error(got.error.detail);
  return got.value;
}

const effect = (
  verb: Effect['verb'],
  kind: Effect['resource']['kind'],
  zone: Effect['zone'],
  ...how: Effect['flags'][number][]
): Effect => ({
  verb,
  resource: { kind, name: kind === 'host' ? 'X.Example' : '/x' },
  zone,
  flags: how,
  by: 'x',
});

const found = (detector: string, weight: number, why = 'Deletes /home/dev.'): Finding => ({
  detector,
  weight,
  severity: severityOf(weight),
  why,
});

function call(
  more: { action?: Action; effects?: Effect[]; findings?: Finding[]; tool?: string; meaning?: Partial<Meaning> } = {},
): DecideInput {
  const meaning: Meaning = {
    effects: more.effects ?? [],
    unparsed: false,
    opaque: [],
    programs: ['x'],
    secrets: [],
    masked: {},
    ...more.meaning,
  };
  return {
    person: 'ada',
    agent: 'claude-code',
    tool: more.tool ?? 'Bash',
    action: more.action ?? { kind: 'shell', command: 'x' },
    meaning,
    score: scoreOf(more.findings ?? []),
    session: emptyMemory,
    callId: 'c1',
    mode: 'observe',
  };
}

const actions: Action[] = [
  { kind: 'shell', command: 'x' },
  { kind: 'file-read', path: '/x' },
  { kind: 'file-write', path: '/x', content: '' },
  { kind: 'file-edit', path: '/x', before: '', after: '' },
  { kind: 'file-search', path: '/x', pattern: 'y' },
  { kind: 'web-fetch', url: 'https://x.example', method: 'GET' },
  { kind: 'web-search', query: 'x' },
  { kind: 'mcp', server: 'github', tool: 'create_issue' },
  { kind: 'agent', prompt: 'x' },
  { kind: 'text', text: 'x', role: 'prompt' },
  { kind: 'harmless', what: 'x' },
  { kind: 'unknown', why: 'x' },
];

describe('what a decision may look at', () => {
  it('is a request that Cedar accepts against the schema, for every kind of action', () => {
    for (const action of actions) {
      const request = cedarRequest(
        call({
          action,
          effects: [effect('send', 'host', 'other-host', 'dynamic')],
          findings: [found('exfiltration', 90)],
        }),
      );
      const tool = { type: 'Warder::Tool', id: request.tool };
      const answer = cedar.isAuthorized({
        principal: { type: 'Warder::Person', id: request.person },
        action: { type: 'Warder::Action', id: request.action },
        resource: tool,
        context: request.context,
        schema,
        validateRequest: true,
        policies: { staticPolicies: 'permit (principal, action, resource);' },
        entities: [],
      });
      expect(answer, JSON.stringify(answer)).toMatchObject({
        type: 'success',
        response: { decision: 'allow', diagnostics: { errors: [] } },
      });
    }
  });

  it('holds no path, command or content', () => {
    const text = JSON.stringify(
      cedarRequest(
        call({
          action: { kind: 'shell', command: 'cat /very/private' },
          effects: [{ ...effect('read', 'file', 'home'), resource: { kind: 'file', name: '/very/private' } }],
        }),
      ),
    );
    expect(text).not.toContain('/very/private');
  });

  it('is the same for the same features in another order', () => {
    const a = effect('read', 'file', 'home');
    const b = effect('send', 'host', 'other-host');
    expect(cedarRequest(call({ effects: [a, b] }))).toEqual(cedarRequest(call({ effects: [b, a, a] })));
  });

  it('leaves dry runs out of the effects', () => {
    expect(
      cedarRequest(call({ effects: [effect('delete', 'directory', 'home', 'dry-run', 'recursive')] })).context.effects,
    ).toEqual([]);
  });

  it('documents every word of the vocabulary in the schema', () => {
    for (const word of [...verbs, ...resourceKinds, ...zones, ...flags]) expect(schema).toContain(`"${word}"`);
  });

  it('has a comment for every field of the schema', () => {
    const lines = schema.split('\n');
    const bare = lines.filter((line, i) => /^ {4}"\w+"\??:/.test(line) && !/^ {4}\/\//.test(lines[i - 1] ?? ''));
    expect(bare).toEqual([]);
    expect(lines.filter((line) => /^ {4}"\w+"\??:/.test(line)).length).toBeGreaterThan(15);
  });
});

describe('a decision', () => {
  it('allows what no rule stands against', () => {
    expect(decider().decide(call())).toEqual({
      decision: 'allow',
      rules: ['allow-by-default'],
      why: 'Allowed: no rule stands against it.',
    });
  });

  it('denies by a forbid, with the finding, the rule, its reason and what is allowed instead', () => {
    const rule =
      '@id("never-delete-home") @why("A home is not rebuilt.") @instead("paths inside the repository") forbid (principal, action, resource) when { context.effects.contains("delete home recursive") };';
    const ruling = decider(rule).decide(
      call({
        effects: [effect('delete', 'directory', 'home', 'recursive')],
        findings: [found('destructive-command', 97)],
      }),
    );
    expect(ruling).toEqual({
      decision: 'deny',
      rules: ['never-delete-home'],
      why: 'Denied: deletes /home/dev. Rule never-delete-home: a home is not rebuilt. Allowed instead: paths inside the repository.',
    });
  });

  it('asks by a forbid with @effect("ask")', () => {
    const ask =
      '@id("ask-first") @effect("ask") @why("x") forbid (principal, action, resource) when { context.score >= 40 };';
    expect(decider(ask).decide(call({ findings: [found('a', 50)] }))).toMatchObject({
      decision: 'ask',
      rules: ['ask-first'],
    });
    expect(decider(ask).decide(call({ findings: [found('a', 30)] })).decision).toBe('allow');
  });

  it('puts deny before ask before allow, whatever the order of the files', () => {
    const ask = '@id("ask-first") @effect("ask") forbid (principal, action, resource);';
    const deny = '@id("never") forbid (principal, action, resource);';
    for (const texts of [
      [ask, deny],
      [deny, ask],
    ]) {
      expect(decider(...texts).decide(call())).toMatchObject({ decision: 'deny', rules: ['never'] });
    }
  });

  it('speaks of the finding its rule is about, not of a heavier one beside it', () => {
    const rule =
      '@id("ask") @effect("ask") forbid (principal, action, resource) when { context.detectors.contains("persistence") };';
    const findings = [
      found('destructive-command', 95, 'Deletes everything.'),
      found('persistence', 50, 'Changes ~/.bashrc.'),
    ];
    expect(decider(rule).decide(call({ findings })).why).toBe('Needs your approval: changes ~/.bashrc. Rule ask.');
  });

  it('denies when no policy permits', () => {
    const only = made('@id("reads") permit (principal, action in Warder::Action::"read", resource);');
    expect(only.ok && only.value.decide(call())).toMatchObject({ decision: 'deny', rules: [] });
    expect(
      only.ok && only.value.decide(call({ action: { kind: 'file-read', path: '/x' }, tool: 'Read' })).decision,
    ).toBe('allow');
  });

  it('knows a tool by its MCP server', () => {
    const rule = '@id("no-github") forbid (principal, action, resource in Warder::McpServer::"github");';
    const mcp = (server: string) =>
      call({ action: { kind: 'mcp', server, tool: 'create_issue' }, tool: `mcp__${server}__create_issue` });
    expect(decider(rule).decide(mcp('github')).decision).toBe('deny');
    expect(decider(rule).decide(mcp('gitlab')).decision).toBe('allow');
  });

  it('sees hosts in lower case and unknown ones as *', () => {
    const rule =
      '@id("only-ours") forbid (principal, action, resource) when { context.verbs.contains("send") && !["x.example"].containsAll(context.hosts) };';
    expect(decider(rule).decide(call({ effects: [effect('send', 'host', 'other-host')] })).decision).toBe('allow');
    const hidden: Effect = { ...effect('send', 'host', 'other-host', 'dynamic'), resource: { kind: 'host', name: '' } };
    expect(decider(rule).decide(call({ effects: [hidden] })).decision).toBe('deny');
  });

  it('lets a severity include the ones below it', () => {
    const rule =
      '@id("r") forbid (principal, action, resource) when { context.findings.contains("exfiltration review") };';
    expect(decider(rule).decide(call({ findings: [found('exfiltration', 95)] })).decision).toBe('deny');
    const suppressed = { id: 'x', reason: 'Wanted.', until: '2030-01-01' };
    const known = { ...found('exfiltration', 95), suppressed };
    expect(decider(rule).decide(call({ findings: [known] })).decision).toBe('allow');
    expect(decider(rule).decide(call({ findings: [found('exfiltration', 30)] })).decision).toBe('allow');
  });

  it('denies by policy-error when a policy breaks while it is evaluated, and asks again next time', () => {
    // Overflow is what validation cannot rule out.
    const rule = '@id("sum") forbid (principal, action, resource) when { context.score + 9223372036854775807 > 0 };';
    const broken = decider(rule);
    const ruling = broken.decide(call({ findings: [found('a', 50)] }));
    expect(ruling).toMatchObject({ decision: 'deny', rules: ['policy-error'] });
    expect(ruling.why).toContain('sum');
    expect(broken.decide(call({ findings: [found('a', 50)] })).decision).toBe('deny');
    expect(broken.decide(call()).decision).toBe('deny');
  });

  it('gives the same answer warm as cold', () => {
    const rule =
      '@id("r") @effect("ask") forbid (principal, action, resource) when { context.score > 10 && context.zones.contains("home") };';
    const cold = decider(rule);
    for (let i = 0; i < 300; i++) {
      const input = call({
        effects: [effect('read', 'file', i % 2 === 0 ? 'home' : 'temp')],
        findings: [found('a', i % 100)],
      });
      expect(decider(rule).decide(input)).toEqual(cold.decide(input));
      if (i > 20) i += 30;
    }
  });

  it('keeps two policy sets apart', () => {
    const strict = decider('@id("never") forbid (principal, action, resource);');
    const loose = decider();
    expect([strict.decide(call()).decision, loose.decide(call()).decision, strict.decide(call()).decision]).toEqual([
      'deny',
      'allow',
      'deny',
    ]);
  });
});

describe('a mode', () => {
  const ruling = { decision: 'deny', rules: ['r'], why: 'x' } as const;
  it('binds in enforce and only watches in observe', () => {
    expect(bind(ruling, 'enforce')).toEqual({ ...ruling, enforced: true, effective: 'deny' });
    expect(bind(ruling, 'observe')).toEqual({ ...ruling, enforced: false, effective: 'allow' });
  });
});

describe('a policy that cannot be used', () => {
  const detail = (...texts: string[]): string => {
    const got = made(permit, ...texts);
    return got.ok ? 'accepted' : got.error.detail;
  };

  it.each([
    ['a syntax error', '\n\n@id("x")\npermit (principal, action resource);', /p1\.cedar:4: .*expected/],
    ['a missing id', '\npermit (principal, action, resource);', /p1\.cedar:2: a policy needs a name/],
    [
      'a field the schema does not have',
      '@id("x")\nforbid (principal, action, resource)\nwhen { context.scor > 3 };',
      /p1\.cedar:3: x: .*did you mean `score`/,
    ],
    [
      'an unknown action',
      '@id("x") forbid (principal, action == Warder::Action::"shel", resource);',
      /p1\.cedar:1: x: .*did you mean/,
    ],
    [
      'an id used twice',
      '@id("allow-by-default") permit (principal, action, resource);',
      /p1\.cedar:1: the id allow-by-default is taken by p0\.cedar:1/,
    ],
    [
      'an unknown effect',
      '@id("x") @effect("warn") forbid (principal, action, resource);',
      /@effect\("warn"\) is unknown; write "ask" or "deny"/,
    ],
    [
      'an effect on a permit',
      '@id("x") @effect("ask") permit (principal, action, resource);',
      /@effect belongs on a forbid/,
    ],
    [
      'a zone that does not exist',
      '@id("x") forbid (principal, action, resource) when { context.zones.contains("hoem") };',
      /context\.zones never holds "hoem"; it knows repository/,
    ],
    [
      'words in effects that never come',
      '@id("x") forbid (principal, action, resource) when { context.effects.containsAny(["home delete"]) };',
      /context\.effects never holds "home delete"/,
    ],
    [
      'a finding without severity',
      '@id("x") forbid (principal, action, resource) when { context.findings.contains("exfiltration") };',
      /"<detector> <severity>"/,
    ],
    ['a policy template', '@id("x") forbid (principal == ?principal, action, resource);', /templates are not used/],
  ])('is refused for %s, and says where and what to do', (_, text, message) => {
    expect(detail(text)).toMatch(message);
  });

  it('names the right line after letters outside ASCII', () => {
    expect(
      detail('// ünïcödé — ✓✓✓\n@id("x") // ü\nforbid (principal, action, resource)\nwhen { context.scor > 3 };'),
    ).toMatch(/p1\.cedar:4: x/);
  });

  it('reports all mistakes at once', () => {
    expect(
      detail('permit (principal, action, resource);', 'forbid (principal, action, resource);').split('\n'),
    ).toHaveLength(2);
  });

  it('is refused when nothing is permitted', () => {
    const got = made('@id("x") forbid (principal, action, resource);');
    expect(got.ok ? '' : got.error.detail).toMatch(/No policy permits anything/);
  });

  it('is refused when the schema itself is broken', () => {
    const got = createDecide({ schema: 'entity', policies: [{ id: 'a', text: permit }], digest: 'd' });
    expect(got.ok ? '' : got.error.code).toBe('schema-invalid');
  });
});

describe('a tool by itself', () => {
  const offer = (tool: string, action: Action) =>
    ({ person: 'ada', agent: 'claude-code', mode: 'enforce', tool, action }) as const;
  const github = offer('mcp__github__delete_repo', { kind: 'mcp', server: 'github', tool: 'delete_repo' });
  const bash = offer('Bash', { kind: 'shell', command: '' });

  it('is forbidden by a rule that names it, its server, its kind or the agent, whatever the input', () => {
    const rules = [
      'forbid (principal, action, resource == Warder::Tool::"mcp__github__delete_repo");',
      'forbid (principal, action, resource in Warder::McpServer::"github");',
      'forbid (principal, action == Warder::Action::"mcp", resource);',
      'forbid (principal == Warder::Person::"ada", action, resource) when { context has mcpServer && context.mcpServer == "github" };',
    ];
    for (const rule of rules) {
      const found = decider(`@id("no-github") ${rule}`);
      expect(found.forbidsTool(github)).toMatchObject({ decision: 'deny', rules: ['no-github'] });
      expect(found.forbidsTool(bash)).toBeNull();
    }
  });

  it('is not forbidden by a rule that depends on what is asked of it, or that only asks', () => {
    const rules = [
      '@id("x") forbid (principal, action == Warder::Action::"shell", resource) unless { context.programs.contains("git") };',
      '@id("x") forbid (principal, action, resource) when { !context.unparsed };',
      '@id("x") @effect("ask") forbid (principal, action, resource == Warder::Tool::"Bash");',
    ];
    for (const rule of rules) expect(decider(rule).forbidsTool(bash)).toBeNull();
  });
});
