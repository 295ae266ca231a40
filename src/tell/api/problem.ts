import type { FastifyReply } from 'fastify';
import type * as z from 'zod';
import { fail, ok, type Result } from '../../core/result.ts';

/** Answers `{"error":{"code","detail"}}`. `detail` is for a person and says what to do. */
export const problem = (reply: FastifyReply, status: number, code: string, detail: string): FastifyReply =>
  reply.code(status).type('application/json; charset=utf-8').send({ error: { code, detail } });

/** Foreign input → what the route understands, or one sentence that names the field. */
export function understand<T>(schema: z.ZodType<T>, input: unknown): Result<T> {
  const parsed = schema.safeParse(input ?? {});
  if (parsed.success) return ok(parsed.data);
  const issue = parsed.error.issues[0];
  if (!issue) return fail('bad-request', 'The request was not understood.');
  if (issue.code === 'unrecognized_keys') {
    const known =
      'shape' in schema && typeof schema.shape === 'object' && schema.shape ? Object.keys(schema.shape).join(', ') : '';
    return fail('unknown-field', `Unknown: ${issue.keys.join(', ')}.${known ? ` Known here: ${known}.` : ''}`);
  }
  return fail('bad-request', `${issue.path.join('.') || 'The body'}: ${issue.message}.`);
}
