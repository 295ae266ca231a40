import * as cedar from '@cedar-policy/cedar-wasm/nodejs';
import { fail, ok, type Problem, type Result } from '../core/result.ts';

// The one home of the Cedar engine. It speaks UTF-8 byte offsets and numbers policies itself; everything that leaves
// this file speaks policy ids, files and lines.

export const engine = 'cedar-wasm 4.13.0';

/** One file of policies. `id` names it in messages: `base/files.cedar`. */
export interface PolicyText {
  readonly id: string;
  readonly text: string;
}

/** One policy as written, with what its annotations say. */
export interface ParsedPolicy {
  readonly id: string;
  readonly file: string;
  /** 1 for the first line of its file. */
  readonly line: number;
  readonly forbids: boolean;
  readonly annotations: Readonly<Record<string, string>>;
  readonly text: string;
  /** String literals compared with a set or text of the context: `[attribute, literal]`. */
  readonly words: readonly (readonly [attribute: string, literal: string])[];
  /** Attributes of the context that its conditions look at; `*` when one looks at the context as a whole. */
  readonly looksAt: ReadonlySet<string>;
}

/** What a call asks Cedar. `context` holds only what `policies/schema.cedarschema` declares. */
export interface CedarRequest {
  readonly person: string;
  readonly action: string;
  readonly tool: string;
  readonly mcpServer?: string;
  readonly context: Readonly<Record<string, string | number | boolean | string[]>>;
}

export interface CedarAnswer {
  readonly allowed: boolean;
  /** Ids of the policies that decided: the forbids that held, else the permits. */
  readonly reasons: readonly string[];
  /** What went wrong while evaluating; not empty means the answer must not be trusted. */
  readonly errors: readonly string[];
}

/** Splits files into policies. Every policy needs its own `@id`. Errors name file and line. */
export function parsePolicies(files: readonly PolicyText[]): Result<readonly ParsedPolicy[]> {
  const policies: ParsedPolicy[] = [];
  const problems: string[] = [];
  const seen = new Map<string, string>();
  for (const file of files) {
    const parts = cedar.policySetTextToParts(file.text);
    if (parts.type === 'failure') {
      problems.push(...parts.errors.map((error) => `${file.id}${at(file.text, error)}: ${explain(error)}`));
      continue;
    }
    if (parts.policy_templates.length > 0)
      problems.push(`${file.id}: policy templates are not used here; write the rule out`);
    let from = 0;
    for (const text of inFileOrder(file.text, parts.policies)) {
      const start = file.text.indexOf(text, from);
      from = start + text.length;
      const parsed = onePolicy(file, text, start);
      if (!parsed.ok) problems.push(parsed.error.detail);
      else {
        const twin = seen.get(parsed.value.id);
        const here = `${file.id}:${parsed.value.line}`;
        if (twin !== undefined)
          problems.push(`${here}: the id ${parsed.value.id} is taken by ${twin}; give each policy its own`);
        seen.set(parsed.value.id, here);
        policies.push(parsed.value);
      }
    }
  }
  return problems.length > 0 ? fail('policy-invalid', problems.join('\n')) : ok(policies);
}

/** Checks policies against the schema. Errors and warnings name policy, file and line, and what would be right. */
export function validatePolicies(schema: string, policies: readonly ParsedPolicy[]): Result<null> {
  const answer = cedar.validate({ schema, policies: { staticPolicies: byId(policies) } });
  if (answer.type === 'failure')
    return fail(
      'schema-invalid',
      answer.errors.map((error) => `schema${at(schema, error)}: ${explain(error)}`).join('\n'),
    );
  const problems = new Set<string>();
  for (const { policyId, error } of [...answer.validationErrors, ...answer.validationWarnings]) {
    const policy = policies.find(({ id }) => id === policyId);
    const line = policy === undefined ? 0 : policy.line + lineIn(policy.text, error) - 1;
    // The same mistake is reported once per action; the first is enough.
    const what = explain(error)
      .replace(/ for Warder::Action::"[^"]+"/, '')
      .replace(`for policy \`${policyId}\`, `, '');
    problems.add(`${policy?.file ?? 'policy'}:${line}: ${policyId}: ${what}`);
  }
  return problems.size > 0 ? fail('policy-invalid', [...problems].join('\n')) : ok(null);
}

/** Parses once, under `name`, so that a decision parses nothing. */
export function prepare(
  name: string,
  schema: string,
  policies: readonly ParsedPolicy[],
): Result<(request: CedarRequest) => CedarAnswer> {
  const parsedSchema = cedar.preparseSchema(name, schema);
  if (parsedSchema.type === 'failure')
    return fail(
      'schema-invalid',
      parsedSchema.errors.map((error) => `schema${at(schema, error)}: ${explain(error)}`).join('\n'),
    );
  const parsedSet = cedar.preparsePolicySet(name, { staticPolicies: byId(policies) });
  if (parsedSet.type === 'failure') return fail('policy-invalid', parsedSet.errors.map(explain).join('\n'));
  return ok((request) => evaluate(name, request));
}

function evaluate(name: string, request: CedarRequest): CedarAnswer {
  const tool = { type: 'Warder::Tool', id: request.tool };
  const server = request.mcpServer === undefined ? undefined : { type: 'Warder::McpServer', id: request.mcpServer };
  const answer = cedar.statefulIsAuthorized({
    principal: { type: 'Warder::Person', id: request.person },
    action: { type: 'Warder::Action', id: request.action },
    resource: tool,
    context: request.context,
    preparsedSchemaName: name,
    // The schema is needed for the groups of actions; the request is built by us and its shape is held by a test.
    validateRequest: false,
    preparsedPolicySetId: name,
    entities: server === undefined ? [] : [{ uid: tool, attrs: {}, parents: [server] }],
  });
  if (answer.type === 'failure') return { allowed: false, reasons: [], errors: answer.errors.map(explain) };
  const { decision, diagnostics } = answer.response;
  return {
    allowed: decision === 'allow',
    reasons: diagnostics.reason,
    errors: diagnostics.errors.map(({ policyId, error }) => `${policyId}: ${explain(error)}`),
  };
}

function onePolicy(file: PolicyText, text: string, start: number): Result<ParsedPolicy, Problem> {
  const line = lineAt(file.text, start);
  const where = `${file.id}:${line}`;
  const parsed = cedar.policyToJson(text);
  if (parsed.type === 'failure') return fail('policy-invalid', `${where}: ${parsed.errors.map(explain).join('; ')}`);
  const annotations = parsed.json.annotations ?? {};
  const id = annotations.id;
  if (id === undefined || id === '')
    return fail('policy-invalid', `${where}: a policy needs a name: put @id("what-it-does") above it`);
  const words = parsed.json.conditions.flatMap((clause) => literalsOf(clause.body));
  const looksAt = new Set(parsed.json.conditions.flatMap((clause) => attributesIn(clause.body)));
  return ok({ id, file: file.id, line, forbids: parsed.json.effect === 'forbid', annotations, text, words, looksAt });
}

/** Attributes of the context that an expression names: `context.score`, `context has mcpServer`. */
function attributesIn(expression: unknown): string[] {
  if (typeof expression !== 'object' || expression === null) return [];
  return Object.entries(expression).flatMap(([operator, operand]: [string, unknown]): string[] => {
    const attribute = member(operand, 'attr');
    const ofContext = member(member(operand, 'left'), 'Var') === 'context';
    if ((operator === '.' || operator === 'has') && ofContext && typeof attribute === 'string') return [attribute];
    if (operator === 'Var') return operand === 'context' ? ['*'] : [];
    return operator === 'Value' ? [] : attributesIn(operand);
  });
}

/** Every `context.attribute` compared with literals: `.contains("x")`, `.containsAny(["x"])`, `== "x"`. */
function literalsOf(expression: unknown): [string, string][] {
  if (typeof expression !== 'object' || expression === null) return [];
  const found: [string, string][] = [];
  for (const [operator, operand] of Object.entries(expression)) {
    if (operator === 'Value') continue;
    const attribute = comparisons.has(operator) ? contextAttribute(member(operand, 'left')) : undefined;
    if (attribute !== undefined) for (const word of textsIn(member(operand, 'right'))) found.push([attribute, word]);
    for (const inner of Array.isArray(operand) ? operand : Object.values(Object(operand)))
      found.push(...literalsOf(inner));
  }
  return found;
}

const comparisons = new Set(['contains', 'containsAny', 'containsAll', '==', '!=']);

const member = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Object.entries(value).find(([key]) => key === name)?.[1] : undefined;

function contextAttribute(expression: unknown): string | undefined {
  const access = member(expression, '.');
  const attribute = member(access, 'attr');
  return member(member(access, 'left'), 'Var') === 'context' && typeof attribute === 'string' ? attribute : undefined;
}

function textsIn(expression: unknown): string[] {
  const value = member(expression, 'Value');
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.filter((item) => typeof item === 'string');
  const items = member(expression, 'Set');
  return Array.isArray(items) ? items.flatMap(textsIn) : [];
}

/** Cedar sorts the parts by their number as text (policy10 before policy2); a reader thinks in file order. */
const inFileOrder = (text: string, parts: readonly string[]): string[] =>
  parts
    .map((part, index) => ({ part, at: text.indexOf(part), index }))
    .sort((a, b) => a.at - b.at || a.index - b.index)
    .map(({ part }) => part);

const byId = (policies: readonly ParsedPolicy[]): Record<string, string> =>
  Object.fromEntries(policies.map(({ id, text }) => [id, text]));

const explain = (error: cedar.DetailedError): string =>
  [error.message, error.sourceLocations?.[0]?.label, error.help]
    .filter((part) => part !== null && part !== undefined && part !== '')
    .join('; ');

const at = (text: string, error: cedar.DetailedError): string =>
  error.sourceLocations?.[0] === undefined ? '' : `:${lineIn(text, error)}`;

/** Line of an error in the text it was found in; Cedar counts UTF-8 bytes. */
function lineIn(text: string, error: cedar.DetailedError): number {
  const bytes = new TextEncoder().encode(text).subarray(0, error.sourceLocations?.[0]?.start ?? 0);
  return lineAt(new TextDecoder().decode(bytes), Number.POSITIVE_INFINITY);
}

const lineAt = (text: string, offset: number): number => text.slice(0, offset).split('\n').length;
