import { disguisedOrder, hiddenSentences } from './disguise.ts';
import { imperativeOf } from './order-words.ts';
import { within } from './text-marks.ts';

/** How a text speaks to an agent that was meant for a person, or hides. Weak evidence: it raises what follows, never alone to an alert. */
interface InjectionSign {
  readonly id: string;
  /** Ends the sentence "The text …". */
  readonly says: string;
  /** 0–100 by itself. */
  readonly weight: number;
  readonly pattern: RegExp;
}

const injectionSigns: readonly InjectionSign[] = [
  {
    id: 'hidden-characters',
    says: 'holds characters that no one sees (tags, zero-width or direction marks)',
    weight: 45,
    // Flags such as England's are written with tag characters too, after a black flag.
    pattern:
      /(?<!\u{1f3f4}[\u{e0020}-\u{e007e}]{0,8})[\u{e0020}-\u{e007e}]{4,}|[\u200b\u200c\u2060\ufeff]{4,}|[\u202d\u202e]/u,
  },
  {
    id: 'ignore-instructions',
    says: 'tells its reader to ignore earlier instructions',
    weight: 42,
    pattern:
      /\b(?:ignore|disregard|forget|override|bypass|discard|do not follow|stop following)\b[^.\n]{0,40}\b(?:previous|prior|above|earlier|preceding|all|your|any|system|safety|these|those|existing|original|other)\b[^.\n]{0,40}\b(?:instructions?|prompts?|rules?|guidelines?|directions?|directives?|context|constraints?|restrictions?|policies|policy|training|guardrails?|filters?)\b/i,
  },
  {
    id: 'ignore-instructions',
    says: 'tells its reader to ignore earlier instructions',
    weight: 42,
    // German, French, Spanish and Portuguese, Italian, Turkish, Russian, Chinese, Japanese.
    pattern:
      /(?:ignorier\w{0,4}|vergiss|missachte|ignorez|oubliez|ignora|ignore|olvida|dimentica|esqueça|yok\ssay|unut|игнорируй\w{0,3}|забудь\w{0,2})[^.\n]{0,40}(?:anweisung|vorgaben|instructions\s(?:préc|prec|ant)|consignes|règles\s(?:préc|ant)|instruccion|instrucoes|instruções|istruzion|talimat|инструкци|указани)|(?:önceki|yukarıdaki)\stalimat[^.\n]{0,30}(?:yok\ssay|unut|görmezden)|(?:忽略|无视|忘记)[^。\n]{0,20}(?:指令|指示|说明|规则)|(?:以前|前|上記)の(?:指示|命令)を(?:無視|忘れ)/iu,
  },
  {
    id: 'asks-for-prompt',
    says: "asks for the agent's own instructions",
    weight: 40,
    pattern:
      /(?:affiche[zr]?|révéle[zr]?|revele[zr]|montre[zr]?|muestra|revela|mostra|rivela|mostre|zeige|verrate|nenne|gib)[^.\n]{0,30}(?:invite|prompt|instructions?|consignes?|instrucciones|istruzioni|instruções|anweisung(?:en)?)[^.\n]{0,12}(?:syst[eèé]m|sistema|cach[ée]|secr[eè]t|ocult|nascost|geheim|intern)|(?:zeige|verrate|nenne|gib)[^.\n]{0,20}(?:system-?prompt|geheimen? (?:anweisung|vorgabe))/iu,
  },
  {
    id: 'approves-itself',
    says: 'tells its reader to let calls pass unseen',
    weight: 42,
    pattern:
      /\b(?:approve|accept|confirm|allow|approuvez|genehmige|aprueba)\b[^.\n]{0,20}\b(?:all|next|any|every|pending|les|alle|todas?)\b[^.\n]{0,30}\b(?:tool calls?|calls?|permissions?|outils?|werkzeuge|herramientas)\b/i,
  },
  {
    id: 'fake-role',
    says: 'pretends to be a system message',
    weight: 40,
    pattern:
      /<\|(?:im_start|im_end|system|endoftext)\|>|\[\/?INST\]|<<\/?SYS>>|<\/?(?:system|admin|information|instructions?|important)>|^\s{0,3}#{1,4}\s{0,3}(?:new\s+)?(?:system|admin)\s*(?:prompt|message|instructions?|override|update)?\s*:|\b(?:begin|start|end)\s+(?:of\s+)?(?:new\s+)?system\s+(?:prompt|message|instructions?)|\bsystem\s+override\b|(?:^|[.!?]\s{1,3})syst[eè]m[ea]?\s?:\s?(?:you|vous|sie|du|tu|usted|voc[eê])\b/im,
  },
  {
    id: 'hide-from-person',
    says: 'tells its reader to keep something from the person',
    weight: 42,
    pattern:
      /\b(?:do\s?n['o]?t|do not|never|without|avoid|refrain from)\s+(?:ever\s+)?(?:tell|mention|inform|notify|telling|mentioning|informing|notifying|asking|ask|alert|alerting|warn|warning|reveal|revealing|disclose|disclosing|report(?:ing)? (?:this|it) to)\b[^.\n]{0,30}\b(?:user|users|me|human|person|anyone|them|developer|owner|this)\b/i,
  },
  {
    id: 'addresses-agent',
    says: 'speaks to an AI assistant',
    weight: 40,
    pattern:
      /\b(?:you are (?:now|no longer)\b[^.\n]{0,60}\b(?:ai|assistant|model|dan|unrestricted|unfiltered|mode|bot|agent|bound|restricted)|(?:attention|dear|hey|hello|note to|message (?:to|for)|instructions? (?:to|for))\s+(?:the\s+|any\s+|all\s+)?(?:ai|llm|assistant|claude|gpt|chatgpt|copilot|gemini|agent|coding agent|language model)s?\b|if you(?:'re| are) an? (?:ai|llm|assistant|language model|agent)|as an ai (?:assistant|agent|model)?,? you (?:must|should|have|need))/i,
  },
  {
    id: 'asks-for-prompt',
    says: "asks for the agent's own instructions",
    weight: 40,
    pattern:
      /\b(?:reveal|print|repeat|output|show|display|leak|dump|tell me|what (?:is|are|were))\b[^.\n]{0,30}\b(?:(?:your|the) (?:system|initial|hidden|original|secret) (?:prompt|instructions?|message)|system prompt)\b/i,
  },
  {
    id: 'drops-restraint',
    says: 'asks its reader to act without limits',
    weight: 40,
    pattern:
      /\b(?:jailbreak(?:en)? (?:mode|yourself|now\b|the (?:model|assistant|ai)\b)|developer mode|dan mode|god mode|do anything now|without (?:any )?(?:restrictions?|limitations?|filters?|safety|ethical)|unrestricted (?:access|mode)|safety (?:rules?|checks?|protocols?|measures?|filters?) (?:are|is|were|have been|has been) (?:now )?(?:suspended|disabled|lifted|off|removed)|(?:override|suspend|ignore) (?:the |all |any )?safety (?:rules?|checks?|protocols?|measures?|filters?)|no (?:restrictions?|limitations?|ethical (?:guidelines|constraints))|(?:disable|turn off|bypass|circumvent|remove)\b[^.\n]{0,25}\b(?:safety|content|security) (?:filters?|checks?|measures?|protocols?|guidelines|controls?|guardrails?))\b/i,
  },
];

/** A sign in a text. `start` and `end` only where they are true in the whole text. */
export interface SeenSign {
  readonly id: string;
  readonly says: string;
  readonly weight: number;
  readonly start?: number;
  readonly end?: number;
}

const quotes = /["'`“”‘’«»]/;

/** Words in quotes are talk about an attack more often than one. */
function quoted(text: string, start: number, end: number): boolean {
  if (!quotes.test(text.charAt(start - 1))) return false;
  // The closing mark may stand inside what was found, or soon after it.
  return /["'`“”‘’«»](?![\p{L}\p{N}])/u.test(text.slice(start + 8, end + 30).split('\n', 1)[0] ?? '');
}

/** "Never deploy without asking me" and "do not say it passes unless it does" keep the person informed. */
function isKept(text: string, start: number, end: number): boolean {
  const before = text.slice(Math.max(0, start - 100), start);
  const denied = /\b(?:never|not|no|n['’]t|nothing|nobody)\b[^.!?\n]{0,90}$/i.test(before);
  return (
    (denied && /^(?:without|avoid)/i.test(text.slice(start, end))) ||
    /^[^.!?\n]{0,60}\b(?:unless|until|before)\b/i.test(text.slice(end, end + 80))
  );
}

/** A sentence that begins as an order does. */
const tells = (sentence: string): boolean => imperativeOf(sentence) !== null;

/** Signs in a text, plain and, when asked for, disguised. What stands in quotes weighs half. */
export function signsOf(text: string, disguised = true): SeenSign[] {
  const read = within(text);
  const found: SeenSign[] = [];
  let kept = false;
  for (const { id, says, weight, pattern } of injectionSigns) {
    const match = pattern.exec(read);
    if (match === null) continue;
    const end = match.index + match[0].length;
    if (id === 'hide-from-person' && isKept(read, match.index, end)) {
      kept = true;
      continue;
    }
    const talk = quoted(read, match.index, end);
    found.push({
      id,
      says: talk ? `${says} (in quotes)` : says,
      weight: talk ? weight / 2 : weight,
      ...(read === text ? { start: match.index, end } : {}),
    });
  }
  if (disguised && !kept && found.length === 0 && (disguisedOrder(read) || hiddenSentences(read).some(tells)))
    found.push({
      id: 'disguised',
      says: 'gives an agent an order in a disguised way (spelling, alphabet or code)',
      weight: 48,
    });
  return found;
}
