/** How the hooks are to be set up. */
export interface HookSetup {
  /** Where Aperture reaches this Warder, without a trailing slash: `https://warder.example.ts.net`. */
  readonly url: string;
  /** The hooks' key, or a placeholder for it. */
  readonly key: string;
  /** A node or tag of Aperture, for a grant in the tailnet's policy file; null: the grant stands in Aperture's own configuration. */
  readonly dst: string | null;
  readonly src: readonly string[];
  readonly failMode: 'open' | 'closed';
  /** Of the guardrail's answer; the hook waits a little longer. */
  readonly answerWithinMs: number;
}

const guardrailName = 'warder-guardrail';
const eventsName = 'warder-events';
export const capability = 'tailscale.com/cap/aperture';

/** What each hook has to be sent: without these Warder cannot do its part. */
export const needs = {
  guardrail: ['request_body'],
  events: ['request_body', 'response_body'],
} as const;
/** What else is of use. */
const wants = {
  guardrail: ['request_body', 'user_message', 'grants', 'quotas'],
  events: ['user_message', 'tools', 'request_body', 'response_body', 'estimated_cost', 'grants', 'quotas'],
} as const;

/** Milliseconds that a hook waits beyond Warder's own limit, for the way there and back. */
export const marginMs = 300;

/** The part for Aperture's configuration and, where the grant is made there, the one for the tailnet's policy file. */
export function hookSetup(setup: HookSetup): { readonly config: object; readonly policy: object | null } {
  const { url, key, dst, src, failMode, answerWithinMs } = setup;
  const hooks = {
    [guardrailName]: {
      url: `${url}/aperture/guardrail`,
      apikey: key,
      timeout: `${answerWithinMs + marginMs}ms`,
      fail_policy: failMode === 'closed' ? 'fail_closed' : 'fail_open',
      preference: 100,
    },
    [eventsName]: { url: `${url}/aperture/events`, apikey: key, timeout: '10s' },
  };
  const send_hooks = [
    { name: guardrailName, events: ['pre_request'], send: wants.guardrail },
    { name: eventsName, events: ['entire_request'], send: wants.events },
  ];
  const app = { [capability]: [{ send_hooks }] };
  if (dst === null) return { config: { hooks, grants: [{ src, app }] }, policy: null };
  return { config: { hooks }, policy: { grants: [{ src, dst: [dst], app }] } };
}
