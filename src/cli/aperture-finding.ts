import { z } from 'zod';

/** One thing looked at. `mend`: what to write where; absent when it is fine. */
export interface Finding {
  readonly ok: boolean;
  readonly what: string;
  readonly mend?: string;
}

/** How this Warder is set, as far as the hooks have to fit it. */
export interface WarderSide {
  /** What is answered when a request cannot be judged; `open` while observing. */
  readonly failMode: 'open' | 'closed';
  readonly answerWithinMs: number;
  readonly mode: 'observe' | 'enforce';
}

const some = z.unknown().optional();
export const hookSchema = z.looseObject({
  url: z.string().catch(''),
  apikey: z.string().catch(''),
  authorization: some,
  timeout: some,
  disabled: some,
  fail_policy: some,
});
const sendSchema = z.looseObject({ name: z.string().catch(''), events: some, send: some });
export const capabilitySchema = z.looseObject({
  models: some,
  providers: some,
  send_hooks: z.array(sendSchema).catch([]),
});
export const grantSchema = z.looseObject({ src: some, dst: some, app: z.record(z.string(), z.unknown()).catch({}) });

export type Hook = z.infer<typeof hookSchema>;
export type Grant = z.infer<typeof grantSchema>;

export const right = (what: string): Finding => ({ ok: true, what });
export const wrong = (what: string, mend: string): Finding => ({ ok: false, what, mend });
export const listOf = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
export const pretty = (value: unknown): string => JSON.stringify(value);
