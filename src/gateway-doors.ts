import type http from 'node:http';
import { asksItself, toolCall } from './agent-calls.ts';
import { createGateway } from './capture/gateway.ts';
import { clientOf } from './normalise/clients.ts';
import type { Opened } from './opened.ts';
import { providers } from './plugs.ts';

/** One gateway for each provider, by the first segment of its path: `/anthropic/…`. */
export function openGateways(opened: Opened): Map<string, http.RequestListener> {
  const { upstream, pipeline, identity, metering, approvals, mode, now, onTrouble } = opened;
  const listener = (provider: (typeof providers)[number]) =>
    createGateway({
      provider,
      pipeline,
      identify: identity.identify,
      upstream,
      mode: mode.now,
      call: toolCall,
      hooksSeen: pipeline.hooksSeen,
      asksAtHook: (session, agent) => asksItself(agent) && pipeline.hooksSeen(session),
      guard: metering,
      agentOf: (headers) => clientOf(headers).agent ?? '',
      waitingRoom: approvals,
      now,
      onTrouble,
    });
  return new Map(providers.map((provider) => [provider.id, listener(provider)]));
}
