import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { AgentEvent, DeclaredTool, ToolAbout } from '../core/event.ts';
import type { ToolVersionDraft } from '../core/mcp-record.ts';
import { type Context, safeText, touchOf } from './context.ts';
import { maskedName } from './heard.ts';
import type { Inventory, Offered, ToolNews } from './inventory.ts';
import type { OpenSession } from './known.ts';

type Declared = Extract<AgentEvent, { readonly kind: 'tools-declared' }>;

/** UTF-16 units kept of the name of a declared tool or server. */
const longestName = 500;
const longestDescription = 16_384;
const longestSchema = 32_768;
const mostParameters = 64;
/** How long texts are read in one go: a call that waits for its verdict comes in between. */
const sliceMs = 4;

/**
 * Takes the tools of one request into the inventory. The same list again costs a comparison; a text that was not met
 * before is read, in slices, while calls go on. Rejects when it could not be stored; the next list then tries again.
 */
export async function noteDeclared(context: Context, event: Declared, session: OpenSession): Promise<void> {
  const digest = event.digest ?? digestOf(event.tools);
  if (digest === session.declared || event.tools.length === 0) return;
  session.declared = digest;
  const { inventory } = context;
  const own = event.tools.flatMap(({ name, server }) => (server === undefined ? [name.slice(0, longestName)] : []));
  const offered = event.tools.flatMap(offeredBy);
  session.deferred = own.some((name) => findsTools.test(name));
  const fresh = inventory.meet(offered, own);
  try {
    const { versions, news } = await readTexts(context, inventory, fresh);
    const safe = safeText(context.deps);
    const tools = offered.map(({ server, tool, digest: its }) => ({
      name: safeName(tool, safe),
      server: safeName(server, safe),
      ...(its === undefined ? {} : { digest: its }),
    }));
    const { agent, identity } = event;
    const who = { agent, person: identity.person, session: event.session };
    const alerts = context.deps.alertsForTools?.(who, news) ?? [];
    const committed = await context.commit({
      session: touchOf(context.deps, event),
      tools,
      toolVersions: versions,
      alerts,
    });
    for (const alert of committed.alerts) context.deps.publish({ type: 'alert', alert });
  } catch (error) {
    session.declared = '';
    for (const { tool } of fresh) inventory.forget(tool);
    throw error;
  }
}

/** Codex searches for the tools of servers, or reaches them in a program; Qwen Code calls them through one tool. */
const findsTools = /^(?:tool_search|tool_call|(?:functions__)?exec)$/;

const digestOf = (tools: readonly DeclaredTool[]): string =>
  createHash('sha256')
    .update(tools.map(({ name, digest = '' }) => `${name}\0${digest}`).join('\n'))
    .digest('hex');

/** A server's tool under the server's own name for it; the agent's own tools are not listed. */
function offeredBy(declared: DeclaredTool): Offered[] {
  const { name, server } = declared;
  if (server === undefined) return [];
  const prefix = `mcp__${server}__`;
  const tool = name.startsWith(prefix) ? name.slice(prefix.length) : name;
  return [{ ...declared, server: server.slice(0, longestName), tool: tool.slice(0, longestName) }];
}

const safeName = (name: string, safe: (text: string) => string): string => maskedName(name.toWellFormed(), safe);

async function readTexts(
  context: Context,
  inventory: Inventory,
  fresh: ReturnType<Inventory['meet']>,
): Promise<{ readonly versions: readonly ToolVersionDraft[]; readonly news: readonly ToolNews[] }> {
  const { deps } = context;
  const safe = safeText(deps);
  const versions: ToolVersionDraft[] = [];
  const news: ToolNews[] = [];
  let until = performance.now() + sliceMs;
  for (const { tool, known } of fresh) {
    if (performance.now() > until) {
      await setImmediate();
      until = performance.now() + sliceMs;
    }
    const { server, tool: name, digest = '', about = {} } = tool;
    const facts = [...(deps.stages.checkTool?.({ server, name, ...about }) ?? []), ...inventory.lookAlikes(tool)]
      .sort((a, b) => b.weight - a.weight)
      .map((fact) => ({ ...fact, why: safe(fact.why), field: safe(fact.field).slice(0, longestName) }));
    const description = safe(about.description ?? '').slice(0, longestDescription);
    const parameters = parametersOf(about.schema).map((each) => safe(each));
    const annotations = about.annotations ?? {};
    inventory.read(tool, { description: description.slice(0, 300), parameters, annotations, facts });
    const [safeServer, safeTool] = [safeName(server, safe), safeName(name, safe)];
    const changed = known && (await isAnother(context, safeServer, safeTool, digest));
    const schema = schemaText(about, safe);
    versions.push({
      server: safeServer,
      tool: safeTool,
      digest,
      description,
      schema,
      annotations,
      parameters,
      findings: facts,
    });
    if (changed || facts.length > 0) news.push({ server: safeServer, tool: safeTool, facts, changed });
  }
  return { versions, news };
}

/** A server that goes back to what it said once, or says to one person this and to another that, changed nothing. */
async function isAnother({ deps }: Context, server: string, tool: string, digest: string): Promise<boolean> {
  const stored = await deps.store.mcpTool(server, tool);
  return stored === null || !stored.versions.some((version) => version.digest === digest);
}

function parametersOf(schema: unknown): string[] {
  const properties = isObject(schema) ? schema.properties : undefined;
  return isObject(properties)
    ? Object.keys(properties)
        .slice(0, mostParameters)
        .map((name) => name.slice(0, 100).toWellFormed())
    : [];
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const schemaText = ({ schema }: ToolAbout, safe: (text: string) => string): string =>
  schema === undefined ? '' : safe(JSON.stringify(schema)).slice(0, longestSchema);
