import { z } from 'zod';
import { hookSetup, marginMs } from './aperture-config.ts';
import { type Finding, type Hook, pretty, right, type WarderSide, wrong } from './aperture-finding.ts';

const authorizations = ['bearer', 'x-api-key', 'x-goog-api-key', 'hec', 'cf-aig-authorization'];
export interface Named {
  readonly name: string;
  readonly hook: Hook;
}

/** The hook that posts to one of Warder's addresses. */
export function hookAt(hooks: Readonly<Record<string, Hook>>, at: 'guardrail' | 'events'): Named | null {
  const found = Object.entries(hooks).find(([, { url }]) => new RegExp(`/aperture/${at}/?(?:[?#].*)?$`).test(url));
  return found ? { name: found[0], hook: found[1] } : null;
}

export function hooksThere(
  found: { readonly guardrail: Named | null; readonly events: Named | null },
  { failMode, answerWithinMs }: WarderSide,
): readonly Finding[] {
  const wanted = hookSetup({ url: 'https://WARDER', key: 'KEY', dst: null, src: ['*'], failMode, answerWithinMs });
  const { hooks } = z.looseObject({ hooks: z.record(z.string(), z.unknown()) }).parse(wanted.config);
  const one = (at: 'guardrail' | 'events', what: string): Finding => {
    const named = found[at];
    if (named) return right(`Hook "${named.name}" posts to /aperture/${at}.`);
    const [name, text] = Object.entries(hooks).find(([each]) => each.endsWith(at)) ?? [at, {}];
    return wrong(`No hook posts to /aperture/${at}: ${what}`, `Add to "hooks": "${name}": ${pretty(text)}`);
  };
  const twice = found.guardrail === null || found.events === null;
  return [
    one('guardrail', 'requests are not judged before they go on.'),
    one('events', 'what models answer is not seen.'),
    ...(twice
      ? [
          wrong(
            'Warder needs two hooks: nothing in a body says which event it is, only the address does.',
            'Keep both.',
          ),
        ]
      : []),
  ];
}

export function guardrailHook(named: Named, warder: WarderSide): readonly Finding[] {
  return [failPolicy(named, warder), timeoutOf(named, warder)];
}

function failPolicy({ name, hook }: Named, { failMode, mode }: WarderSide): Finding {
  const policy = hook.fail_policy ?? 'fail_open';
  const wanted = failMode === 'closed' ? 'fail_closed' : 'fail_open';
  if (policy === wanted) return right(`"${name}" has fail_policy ${wanted}, as this Warder.`);
  const given = `"${name}" has fail_policy ${pretty(policy)}${hook.fail_policy === undefined ? ' (what it is when left out)' : ''}`;
  if (mode === 'observe')
    return wrong(
      `${given}, but this Warder only watches: nothing should be blocked when it is gone.`,
      'Write "fail_policy": "fail_open" until Warder enforces.',
    );
  const other = failMode === 'closed' ? 'open' : 'closed';
  return wrong(
    `${given}, but this Warder is set to fail ${failMode}.`,
    `Write "fail_policy": "${wanted}", or set "aperture": {"failMode": "${other}"} in Warder's config.json.`,
  );
}

function timeoutOf({ name, hook }: Named, { answerWithinMs }: WarderSide): Finding {
  const timeout = durationMs(hook.timeout ?? '5s');
  const mend = `Write "timeout": "${answerWithinMs + marginMs}ms".`;
  if (timeout === null) return wrong(`"${name}" has a timeout that is no duration: ${pretty(hook.timeout)}.`, mend);
  if (timeout === 0) return wrong(`"${name}" has no timeout: a Warder that hangs would hold up every request.`, mend);
  if (timeout < answerWithinMs + marginMs / 3)
    return wrong(
      `"${name}" waits ${timeout} ms, but Warder may take ${answerWithinMs} ms to answer: then fail_policy answers instead of Warder.`,
      `${mend} Or lower "answerWithinMs" in Warder's config.json.`,
    );
  if (timeout > longestWaitMs)
    return wrong(`"${name}" waits ${timeout} ms: so long would every request wait for a Warder that hangs.`, mend);
  return right(`"${name}" waits ${timeout} ms, Warder answers within ${answerWithinMs} ms.`);
}

/** Aperture's own default. */
const longestWaitMs = 5000;

export function eachHook({ name, hook }: Named): readonly Finding[] {
  const problems: Finding[] = [];
  if (hook.disabled === true) problems.push(wrong(`Hook "${name}" is disabled.`, 'Take "disabled" out.'));
  if (hook.apikey === '' || /^(?:KEY|YOUR|CHANGE|<)/i.test(hook.apikey))
    problems.push(wrong(`Hook "${name}" has no key.`, 'Write "apikey": what `warder aperture keys add` prints.'));
  const form = hook.authorization ?? 'bearer';
  if (!authorizations.some((each) => each === form))
    problems.push(
      wrong(
        `Hook "${name}" has an unknown authorization ${pretty(form)}.`,
        `Write one of ${authorizations.join(', ')}.`,
      ),
    );
  if (/^https?:\/\/(?:localhost|127\.|\[::1\]|0\.0\.0\.0)/i.test(hook.url))
    problems.push(
      wrong(
        `Hook "${name}" points to ${new URL(hook.url).host}: that is the machine of Aperture itself.`,
        'Write the address of Warder in the tailnet (docs/aperture.md says how to serve it there).',
      ),
    );
  if (!/^https?:\/\//i.test(hook.url))
    problems.push(wrong(`Hook "${name}" has no http address.`, 'Write the whole address with https:// or http://.'));
  return problems;
}

/** A Go duration (`1500ms`, `1m30s`, `0`) in milliseconds; null when it is none. Source: Go, time.ParseDuration. */
export function durationMs(text: unknown): number | null {
  if (typeof text !== 'string') return null;
  if (text === '0') return 0;
  const units = { h: 3_600_000, m: 60_000, s: 1000, ms: 1, us: 0.001, µs: 0.001, ns: 0.000_001 };
  if (!/^(?:\d+(?:\.\d+)?(?:h|ms|m|s|us|µs|ns))+$/.test(text)) return null;
  let sum = 0;
  for (const [, count, unit] of text.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s|us|µs|ns)/g))
    sum += Number(count) * (Object.entries(units).find(([each]) => each === unit)?.[1] ?? 0);
  return sum;
}
