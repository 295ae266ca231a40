import type { Effect, Flag, Meaning, Resource, Span, Verb, Zone } from '../core/effect.ts';
import type { Place, ToolCall } from '../core/event.ts';
import type { CommandEffect } from '../core/ports.ts';
import { touch } from './file-effects.ts';
import { readUrl } from './hosts.ts';
import type { Trace } from './shell/model.ts';

export type Understood = Omit<Meaning, 'masked' | 'secrets'> & { readonly secrets?: Meaning['secrets'] };

/** Every kind of action → its effects. */
export function understandAction(
  call: ToolCall,
  place: Place,
  shell: (command: string, field: string, place: Place) => Trace,
): Understood {
  const { action, tool } = call;
  const by = tool;
  const spanOf = (name: string, text: string): Span => ({
    field: call.fields[name] ?? name,
    start: 0,
    end: text.length,
  });
  switch (action.kind) {
    case 'shell': {
      const trace = shell(action.command, call.fields.command ?? 'command', place);
      return {
        effects: trace.effects(),
        unparsed: trace.unparsed,
        opaque: [...trace.opaque],
        programs: trace.programs,
      };
    }
    case 'file-read':
      return files('read', action.path, 'path', []);
    case 'file-search':
      return files('read', action.path === '' ? '.' : action.path, 'path', ['recursive']);
    case 'file-write':
    case 'file-edit':
      return files('write', action.path, 'path', []);
    case 'web-fetch': {
      const to = readUrl(action.url);
      const sends = /^(?:POST|PUT|PATCH|DELETE)$/i.test(action.method) || action.body !== undefined;
      const resource: Resource = { kind: 'host', name: to.host };
      const both: Effect[] = [
        { verb: 'receive', resource, zone: to.zone, flags: [], by, span: spanOf('url', action.url) },
      ];
      if (sends) both.push({ verb: 'send', resource, zone: to.zone, flags: [], by, span: spanOf('url', action.url) });
      return known(both);
    }
    case 'web-search':
      return known([
        {
          verb: 'receive',
          resource: { kind: 'host', name: 'web search' },
          zone: 'other-host',
          flags: [],
          by,
          span: spanOf('query', action.query),
        },
      ]);
    case 'mcp':
      return known([mcpEffect(action.server, action.tool, by)]);
    case 'agent':
      return known([
        {
          verb: 'execute',
          resource: { kind: 'agent', name: action.subagentType ?? '' },
          zone: 'this-host',
          flags: [],
          by,
          span: spanOf('prompt', action.prompt),
        },
      ]);
    case 'text':
    case 'harmless':
      return known([]);
    case 'unknown':
      return {
        effects: [{ verb: 'unknown', resource: { kind: 'unknown', name: tool }, zone: 'unknown', flags: [], by }],
        unparsed: true,
        opaque: [action.why],
        programs: [],
      };
    default:
      return action satisfies never;
  }

  function files(verb: Verb, path: string, field: string, flags: readonly Flag[]): Understood {
    const span = spanOf(field, path);
    return known(
      touch(verb, { text: path, arg: 0 }, place, { flags }).map(({ arg: _arg, ...effect }: CommandEffect) => ({
        ...effect,
        by,
        span,
      })),
    );
  }
}

function known(effects: readonly Effect[]): Understood {
  return { effects, unparsed: false, opaque: [], programs: [] };
}

function mcpEffect(server: string, tool: string, by: string): Effect {
  const zone: Zone = 'other-host';
  return { verb: mcpVerb(tool), resource: { kind: 'mcp-tool', name: `${server}/${tool}` }, zone, flags: [], by };
}

function mcpVerb(tool: string): Verb {
  const words = tool.replace(/([a-z])([A-Z])/g, '$1_$2').toLowerCase();
  if (/(?:^|[_\-.])(?:delete|remove|destroy|drop|purge|archive|trash|revoke)(?:[_\-.]|$)/.test(words)) return 'delete';
  if (
    /(?:^|[_\-.])(?:send|post|publish|share|reply|email|upload|forward|invite|comment|transfer|pay)(?:[_\-.]|$)/.test(
      words,
    )
  )
    return 'send';
  if (
    /(?:^|[_\-.])(?:create|update|write|set|add|edit|put|patch|insert|merge|push|move|rename|save|modify|append|upsert)(?:[_\-.]|$)/.test(
      words,
    )
  )
    return 'write';
  if (/(?:^|[_\-.])(?:run|execute|exec|eval|evaluate|invoke|call|click|type|navigate)(?:[_\-.]|$)/.test(words))
    return 'execute';
  return 'read';
}
