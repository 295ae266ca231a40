import { instructionOrders } from './instruction-orders.ts';

/** A stretch that a reader does not see, or that speaks past the reader to a machine. Offsets in UTF-16 code units. */
export interface HiddenText {
  readonly what: 'tag-characters' | 'zero-width' | 'bidi' | 'variation-selectors' | 'out-of-view' | 'comment-to-agent';
  readonly start: number;
  readonly end: number;
}

/** Longer texts are looked at up to here. */
const maxText = 262_144;
const maxFound = 16;

/** Any character below can only be meant for machines, or needs a closer look. */
const suspect = /[\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]|[\ufe00-\ufe0f]|\udb40[\udc00-\udfff]/;

/** Text direction and joiners are ordinary where these scripts are written. */
const joiningScript = /[\u0590-\u08ff\u0900-\u0dff\ufb1d-\ufdff\ufe70-\ufeff]/;

/**
 * Characters that are not seen: Unicode tags and variation selectors that spell text, zero-width characters inside
 * words, reordering marks without a right-to-left script, text pushed far out of view. Emoji sequences, a byte order
 * mark, and scripts that join letters are ordinary. Sources: UTS 39, Trojan Source (CVE-2021-42574).
 */
export function hiddenText(text: string): readonly HiddenText[] {
  const looked = text.length > maxText ? text.slice(0, maxText) : text;
  const found: HiddenText[] = [];
  if (suspect.test(looked)) {
    found.push(...tagCharacters(looked), ...variationSelectors(looked), ...zeroWidth(looked));
    if (!joiningScript.test(looked)) found.push(...runs(looked, /[\u202a-\u202e\u2066-\u2069]/g, 'bidi', 1));
  }
  found.push(...outOfView(looked));
  return found.slice(0, maxFound);
}

function runs(text: string, pattern: RegExp, what: HiddenText['what'], least: number): HiddenText[] {
  const out: HiddenText[] = [];
  for (const { index, 0: match } of text.matchAll(pattern)) {
    const last = out.at(-1);
    if (last !== undefined && last.end === index) out[out.length - 1] = { ...last, end: index + match.length };
    else out.push({ what, start: index, end: index + match.length });
    if (out.length > 200) break;
  }
  return out.filter(({ start, end }) => end - start >= least);
}

/** Tags spell invisible ASCII. In the flag of a region they follow a black flag, at most seven of them. */
function tagCharacters(text: string): HiddenText[] {
  return runs(text, /\udb40[\udc00-\udc7f]/g, 'tag-characters', 2).filter(
    ({ start, end }) => !(text.slice(start - 2, start) === '\ud83c\udff4' && end - start <= 14),
  );
}

function variationSelectors(text: string): HiddenText[] {
  return [
    ...runs(text, /\udb40[\udd00-\uddef]/g, 'variation-selectors', 6),
    ...runs(text, /[\ufe00-\ufe0f]/g, 'variation-selectors', 3),
  ];
}

/** Zero-width characters that hide: several together, or inside a Latin word. */
function zeroWidth(text: string): HiddenText[] {
  return runs(text, /[\u180e\u200b-\u200f\u2060-\u2064\ufeff]/g, 'zero-width', 1).filter(({ start, end }) => {
    if (start === 0 && text.charCodeAt(0) === 0xfeff && end === 1) return false;
    if (end - start >= 3) return true;
    return /[A-Za-z0-9]/.test(text.charAt(start - 1)) && /[A-Za-z0-9]/.test(text.charAt(end));
  });
}

/** Blanks that push the rest of a line beyond any screen. */
function outOfView(text: string): HiddenText[] {
  const out: HiddenText[] = [];
  let at = text.indexOf(blanks);
  while (at >= 0 && out.length < 4) {
    let end = at;
    while (text.charCodeAt(end) === 32) end++;
    const rest = text.slice(end, end + 400).split('\n', 1)[0] ?? '';
    const before = text.charAt(at - 1);
    // The cells of a table are padded.
    if (before !== '' && before !== '\n' && !rest.startsWith('|') && /[A-Za-z]{3}/.test(rest)) {
      out.push({ what: 'out-of-view', start: end, end: end + rest.length });
    }
    at = text.indexOf(blanks, end);
  }
  return out;
}

const blanks = ' '.repeat(160);

/** Orders to whoever reads the text with a model: weak evidence alone, telling where no order belongs. */
const orders: readonly RegExp[] = [
  /\b(?:ignore|disregard|forget|override)\s+(?:all\s+|any\s+|the\s+|your\s+|of\s+|these\s+){0,3}(?:previous|prior|above|earlier|preceding|other|existing)\s+(?:\w+\s+){0,2}(?:instructions?|prompts?|rules|directives|messages|guidelines|tools?)/i,
  /\b(?:do\s+not|don't|never|without)\s+(?:ever\s+)?(?:tell(?:ing)?|inform(?:ing)?|mention(?:ing)?|reveal(?:ing)?|show(?:ing)?|notify(?:ing)?|alert(?:ing)?|ask(?:ing)?|disclos(?:e|ing)|display(?:ing)?)\s+(?:this\s+|it\s+|that\s+|anything\s+)?(?:\w+\s+){0,3}(?:the\s+|to\s+the\s+|your\s+)?(?:user|human|developer|person|operator|owner)/i,
  /<\/?(?:important|system|critical|secret|hidden|instructions?|admin|assistant)>/i,
  /\b(?:before|after|prior to|when|whenever)\s+(?:you\s+)?(?:us(?:e|ing)|call(?:ing)?|invok(?:e|ing)|run(?:ning)?)\s+(?:this|any|the|every|another|other)\s+(?:\w+\s+){0,2}tools?\b[^.\n]{0,80}\b(?:must|always|first|need|read|call|send|include)\b/i,
  /\b(?:you\s+(?:must|should|have\s+to|need\s+to)\s+(?:always\s+|first\s+|now\s+|also\s+|silently\s+|secretly\s+)?(?:read|open|send|execute|run|call|fetch|upload|include|pass|append|forward|download|exfiltrate|copy))\b/i,
  /\b(?:silently|secretly|covertly|quietly|without\s+(?:user\s+)?(?:confirmation|approval|permission|consent))\b[^.\n]{0,60}\b(?:read|send|run|execute|upload|forward|copy|install|delete|add|include)\b/i,
  /\b(?:read|send|include|pass|attach|upload|cat|extract|copy)\b[^.\n]{0,80}(?:~\/|\.)(?:ssh|aws|gnupg|env|netrc|kube|config\/gcloud|cursor\/mcp\.json|claude)\b/i,
  /\b(?:AI|LLM|language\s+model|assistant|coding\s+agent|agent|claude|copilot|cursor|codex|gemini|chatgpt|gpt)\b[^.\n]{0,60}\b(?:must|should|shall|needs?\s+to|has\s+to|are\s+required\s+to|instructions?)\b[^.\n]{0,60}\b(?:run|execute|ignore|send|fetch|install|disable|delete|download|reveal|print|output|always|never|include|curl)\b/i,
  /\b(?:new|updated|real|actual|hidden|system)\s+(?:system\s+)?(?:instructions?|prompt|directive)\s*:/i,
];

/** First order to an agent in a text; null when there is none. Looks at the first 64 Ki characters. */
export function orderToAgent(text: string): { readonly start: number; readonly end: number } | null {
  const looked = text.length > 65_536 ? text.slice(0, 65_536) : text;
  for (const pattern of orders) {
    const match = pattern.exec(looked);
    if (match !== null) return { start: match.index, end: match.index + match[0].length };
  }
  return null;
}

/** HTML and Markdown comments, and elements styled away, that speak to an agent: shown to nobody else. */
export function commentsToAgents(text: string): readonly HiddenText[] {
  const looked = text.length > maxText ? text.slice(0, maxText) : text;
  const out: HiddenText[] = [];
  for (const [open, close] of covers) {
    let at = looked.indexOf(open);
    for (let seen = 0; at >= 0 && seen < 100 && out.length < maxFound; seen++) {
      const shut = looked.indexOf(close, at + open.length);
      const end = shut < 0 ? Math.min(looked.length, at + 4096) : shut + close.length;
      const inside = looked.slice(at + open.length, Math.min(end, at + 4096));
      if (orderToAgent(inside) !== null || instructionOrders(inside).length > 0) {
        out.push({ what: 'comment-to-agent', start: at, end });
      }
      at = looked.indexOf(open, end);
    }
  }
  return out;
}

const covers: readonly (readonly [open: string, close: string])[] = [
  ['<!--', '-->'],
  ['[//]: #', '\n'],
  ['[comment]: #', '\n'],
  ['display:none', '</'],
  ['display: none', '</'],
  ['visibility:hidden', '</'],
  ['font-size:0', '</'],
];
