import type { JsonEdit, RequestParts } from '../core/aperture.ts';
import { CannotJudge, type Guardrail, type GuardrailDeps, type GuardrailMemory } from './aperture-deps.ts';
import type { Exchange } from './aperture-exchange.ts';
import { blocked, sentence, shown, tell } from './aperture-told.ts';

/** What is taken out of a request and masked in it. */
export async function changed(
  deps: GuardrailDeps,
  memory: GuardrailMemory,
  exchange: Exchange,
  parts: RequestParts,
): Promise<Guardrail> {
  const forbidden = forbiddenIn(deps, memory, exchange, parts);
  const gone = new Set(forbidden.keys());
  const without = gone.size === 0 ? [] : deps.reading.withoutTools(parts, gone);
  if (gone.size > 0 && (without === null || deps.settings.forbiddenTools === 'refuse')) {
    const names = [...gone].slice(0, 10).map(shown).join(', ');
    const message = `[Warder] This request offers the model tools that policy forbids: ${names}. ${[...forbidden.values()][0] ?? ''} Take them out of the agent's settings.`;
    return blocked(deps, memory, exchange, message, 403);
  }
  const masks = masksFor(deps, parts);
  const edits: readonly JsonEdit[] = [...(without ?? []), ...masks.edits];
  if (edits.length === 0) return { action: 'allow' };
  const observed = deps.mode() === 'observe';
  const names = [...gone].slice(0, 20).map(shown).join(', ');
  const secrets = `${masks.hits} ${masks.hits === 1 ? 'secret' : 'secrets'} in what the person wrote`;
  const what = [
    ...(gone.size > 0 ? [`${observed ? 'taken' : 'took'} out tools that policy forbids: ${names}`] : []),
    ...(masks.fresh.length > 0 ? [`masked ${secrets}`] : []),
  ].join('; ');
  const { requestId } = exchange.call.metadata;
  if (observed) {
    if (what !== '') await tell(deps, memory, exchange.head, `would have ${what}`, requestId);
    return { action: 'allow' };
  }
  const request = deps.reading.edited(exchange.call.request, edits);
  if (request === null) throw new CannotJudge('the request could not be changed');
  if (what !== '') await tell(deps, memory, exchange.head, what, requestId);
  for (const text of masks.fresh) deps.masked.add(text);
  return { action: 'modify', request };
}

const mostTools = 5000;

/** Names of tools that policy forbids, each with why. The same list is judged once. */
function forbiddenIn(
  deps: GuardrailDeps,
  memory: GuardrailMemory,
  { head, facts }: Exchange,
  { tools }: RequestParts,
): ReadonlyMap<string, string> {
  const { person } = head.identity;
  const list = `${deps.mode()}\0${person}\0${head.agent}\0${facts?.toolsDigest ?? ''}\0${tools.length}`;
  const known = memory.forbidden.get(list);
  if (known) return known;
  const found = new Map<string, string>();
  for (const { name } of tools.slice(0, mostTools)) {
    const ruling = deps.forbidsTool(
      { person, agent: head.agent },
      deps.toolCall(head.agent, name.normalize('NFKC'), anyInput, ''),
    );
    if (ruling) found.set(name, `${sentence(ruling.why)} Decided by ${ruling.rules.join(', ')}.`);
  }
  memory.forbidden.keep(list, found);
  return found;
}

/** Members that tools take, so that what kind of tool it is can be told without a call of it. */
const anyInput = {
  command: 'true',
  path: 'x',
  file_path: 'x',
  notebook_path: 'x',
  content: '',
  old_string: '',
  new_string: '',
  new_source: '',
  pattern: 'x',
  url: 'https://host.example/',
  query: 'x',
  prompt: 'x',
  description: 'x',
};

/**
 * Secrets in the newest words of the person. In the conversation so far only what left masked once is masked again: to
 * the very bytes that the provider has in its cache.
 */
function masksFor(
  deps: GuardrailDeps,
  { said }: RequestParts,
): { readonly edits: readonly JsonEdit[]; readonly fresh: readonly string[]; readonly hits: number } {
  const fresh: string[] = [];
  const edits: JsonEdit[] = [];
  let hits = 0;
  if (!deps.settings.maskPrompts) return { edits, fresh, hits };
  const nothingBefore = deps.masked.isEmpty();
  for (const { text, at, newest } of said) {
    if (!newest && (nothingBefore || !deps.masked.has(text))) continue;
    const masked = deps.mask(text);
    if (masked.hits.length === 0) continue;
    edits.push({ at, to: JSON.stringify(masked.text) });
    if (!newest || deps.masked.has(text)) continue;
    fresh.push(text);
    hits += masked.hits.length;
  }
  return { edits, fresh, hits };
}
