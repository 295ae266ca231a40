import type { SeenSign } from './injection-signs.ts';

/** Names an agent is called by, in the languages such texts come in. */
const who =
  '(?:(?:ai|llm|coding|software)[ -])?(?:ai|a\\.i\\.|llms?|gpt|chatgpt|claude|copilot|gemini|codex|chatbots?|assistants?|language models?|agents?|automations?|(?:support )?bots?|ki|ki-(?:assistent(?:en)?|werkzeuge|agent(?:en)?)|assistent(?:en|in)?|asistente|assistente|asistan|ia|ассистент|ии)';
const before = '(?<![\\p{L}\\p{N}_-])';
const after = '(?![\\p{L}\\p{N}_])(?:\\s(?:systems?|tools?|models?))?';

/** Ways a text turns to an agent with an order. Each is bounded. */
const turns: readonly RegExp[] = [
  // "Assistant: …", "@assistant invite …", "AI agents: …", "assistant, please …"
  new RegExp(
    `(?:^|[\\n.!?>"'(\\[*#-]\\s{0,3}|@|\\bmcp: )@?${who}\\]?(?:\\([^)\\n]{0,40}\\))?(?:\\s{0,2}[:,：，]|\\s(?:please|kindly)\\b)`,
    'giu',
  ),
  new RegExp(`@${who}${after}`, 'giu'),
  // "agent go to …"
  new RegExp(
    `(?:^|[\\n.!?>:;(\\[]\\s{0,3})${who}\\s(?:go|run|send|delete|remove|open|visit|post|create|add|call|execute|forward|transfer|update|change|install|share|invite|export|upload|read|fetch|disable|merge|push|publish)\\s`,
    'giu',
  ),
  // "agents must …", "the assistant has to …", "der Assistent soll …"
  new RegExp(
    `${before}${who}${after}[^.\\n:]{0,40}?\\s(?:must|should|shall|(?:has|have|needs?) to|(?:is|are) (?:required|instructed|asked) to|please|kindly|musst?|müssen|sollen|sollte?|doit|doivent|debe|deben|deve|devono|lütfen)\\s`,
    'giu',
  ),
  // "note to the LLM: …", "dear assistant, …", "Hinweis an KI-Werkzeuge: …"
  new RegExp(
    `${before}(?:to|for|attention|dear|hey|hi|hello|an|für|als|aux|à|pour|para|al|per|as)\\s(?:the\\s|all\\s|any\\s|every\\s|our\\s|die\\s|den\\s|les\\s|l['’]|el\\s|los\\s|il\\s|an?\\s)?${who}${after}[^.\\n]{0,40}?[:,：，)]`,
    'giu',
  ),
  // "if you are an AI, …", "when an assistant reads this, …", "as the agent …"
  new RegExp(
    `${before}(?:if|when|als|wenn|si|quand|cuando)\\s(?:you(?:['’]re| are)\\s|an?\\s|any\\s|the\\s|du\\s){1,2}${who}${after}`,
    'giu',
  ),
  /(?:助手|人工智能|智能体|アシスタント|エージェント)/gu,
  // "System:", "New instruction:", "Anweisung:", "Nouvelle consigne …:"
  /(?:^|[\n.!?>\])]\s{0,3})\**(?:system(?:\s(?:override|message|note|instruction|prompt))?|(?:new|priority|important|urgent|updated)\s(?:security\s)?(?:instructions?|action|directive|order)|systemanweisung|(?:neue\s)?anweisung|instruction\sprioritaire|(?:nouvelle\s)?consigne|nueva\sinstrucción|instrucción|nuova\sistruzione|yeni\stalimat|talimat|指令|系统指令|重要)[^.\n:：]{0,30}[:：]/giu,
  /\[\/?(?:system|sys|admin|inst)\]/gi,
  /(?:note|instruction|message)s?[ _-](?:to|for)[ _-](?:the[ _-])?(?:model|ai|llm|assistant|agent)s?\b/gi,
  // Text a page does not show.
  /(?:display\s?:\s?none|visibility\s?:\s?hidden|font-size\s?:\s?0(?:px|pt|em)?["';]|<(?:span|div|p)\shidden)/gi,
];

/** Cheap look before the patterns. */
const worthIt =
  /assist|asist|agent|claude|copilot|gemini|codex|chatbot|gpt|llm|model|automation|(?<![\p{L}\p{N}])(?:ai|a\.i\.|ki|ia|bots?|ии)(?![\p{L}\p{N}])|system|\[sys|instru|anweisung|consigne|talimat|directive|\b(?:action|order)\b|指令|重要|助手|人工|智能|アシ|エージ|ассист|none|hidden|font-size|[\u200b\u200c\u2060\ufeff]/iu;

/** UTF-16 units after a turn that still belong to it. */
const reach = 300;
const mostTurns = 12;

/** A stretch of a text: `end` is after it. */
export interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** Stretches of a text that speak to an agent or hide from people. Linear; the caller bounds the length. `signs`: those seen in it. */
export function addressedIn(text: string, signs: readonly SeenSign[]): Stretch[] {
  const found: Stretch[] = [];
  if (worthIt.test(text))
    for (const pattern of turns)
      for (const match of text.matchAll(pattern)) {
        if (found.length >= mostTurns) return found;
        found.push(stretch(text, match.index + Math.max(0, match[0].search(/[\p{L}\p{N}@[<]/u)), match[0].length));
      }
  for (const { id, weight, start, end } of signs)
    if (weight >= 30 && start !== undefined && end !== undefined) {
      const { start: from, end: to } = stretch(text, start, end - start);
      // "Send it to me and tell nobody": the order stands before.
      found.push({ start: id === 'hide-from-person' ? Math.max(0, from - 150) : from, end: to });
    }
  return found;
}

/** From a turn as far as it reaches: to the next blank line, unless that follows at once. */
function stretch(text: string, start: number, length: number): Stretch {
  const from = start + length;
  const blank = text.slice(from, from + reach).search(/\S[^\n]{20,}\n\s*\n/);
  if (blank < 0) return { start, end: from + reach };
  const line = text.indexOf('\n', from + blank);
  return { start, end: line < 0 ? from + reach : line };
}
