/** What a sentence of an instruction file, a skill or a tool's description asks of the agent behind the person's back. */
export interface InstructionOrder {
  readonly what:
    | 'hide' // keep it from the person
    | 'unasked' // act without the person's word, above the person's word
    | 'obey' // take orders from others
    | 'spread' // write itself into other instructions
    | 'deceive' // say what is not so, build in a way round a check
    | 'send'; // give data away
  readonly start: number;
  readonly end: number;
  /** Of `send`: the host, and whether what goes is a key or a password. */
  readonly to?: string;
  readonly credentials?: boolean;
}

const longest = 65_536;
const mostOrders = 8;

const person =
  '(?:users?|humans?|developers?|person|people|operators?|owners?|reviewers?|maintainers?|customers?|readers?|them|anyone|anybody)';
const not =
  "(?:do not|don['’]?t|never|must not|mustn['’]?t|should not|shouldn['’]?t|avoid|refrain from|without|no need to)";
const tell =
  '(?:tell(?:ing)?|inform(?:ing)?|mention(?:ing)?|notify(?:ing)?|alert(?:ing)?|warn(?:ing)?|show(?:ing)?|reveal(?:ing)?|disclos(?:e|ing)|point(?:ing)?|bring(?:ing)?|report(?:ing)?|announc(?:e|ing)|explain(?:ing)?)';
const deed =
  '(?:this|it|that|these|the (?:\\w+ )?(?:step|change|script|upload|registry|command|call|request|copy|file|transfer|rule|section|sync|backup|server|account|download|installation|process|tool|check))';

type Kind = Exclude<InstructionOrder['what'], 'send'>;

const orders: readonly (readonly [Kind, RegExp])[] = [
  // Keep it from the person.
  [
    'hide',
    new RegExp(
      `\\b${not}\\s+(?:ever\\s+|to\\s+)?${tell}\\s+(?:(?:about\\s+)?${deed}\\s+(?:out\\s+|up\\s+)?(?:to|with)\\s+(?:the\\s+|your\\s+)?${person}|(?:the\\s+|your\\s+)?${person}(?:\\s+(?:about|of|to|that)\\s+(?:any\\s+of\\s+)?(?:${deed}|you (?:did|do|are|were|have|sent|ran))|\\s*(?:[.;,!)]|$)))`,
      'im',
    ),
  ],
  [
    'hide',
    new RegExp(
      `\\b${not}\\s+(?:ever\\s+)?(?:mention(?:ing)?\\s+(?:this|it|that|the (?:step|script|change|upload|request|call|registry))|(?:reveal|disclose)\\s+(?:these|this|that (?:this|these))\\s?(?:rules|instructions|section|step|rule|exists?)|(?:bring|point)\\s+(?:it|this|that)\\s+(?:up|out)|list\\s+(?:it|this)\\s+when\\s+(?:the\\s+)?${person}|(?:show|include)\\s+(?:this|it|the (?:change|step|command))(?:\\s+(?:to|in)\\s+(?:the\\s+)?(?:${person}|summary|diff|report|output))|(?:show)\\s+the\\s+change)`,
      'i',
    ),
  ],
  [
    'hide',
    new RegExp(
      `\\b(?:the\\s+)?${person}\\s+(?:does not|doesn['’]?t|do not|don['’]?t|must not|mustn['’]?t|should not|shouldn['’]?t|need not|will not|won['’]?t|cannot|can['’]?t|must never|should never)\\s+(?:need to\\s+|have to\\s+)?(?:know|notice|learn|realise|realize|find out|be told|be informed|be aware|see)(?:\\s+(?:about\\s+|of\\s+)?(?:this|it|that)\\b|\\s*[.;,!)]|$)`,
      'im',
    ),
  ],
  [
    'hide',
    /\b(?:keep|hold)\s+(?:this|it|that|the change)(?:\s+(?:step|part|section|rule))?\s+(?:to yourself|secret|confidential|hidden|between us|out of (?:the\s+)?(?:\w+\s+)?(?:summary|report|diff|log|output))(?!\s+until)|\bso\s+(?:that\s+)?(?:nobody|no\s?one|the user|they)\s+(?:will\s+|can\s+|does\s?n[o'’]t\s+|never\s+)?(?:notices?|finds?\s+out|knows?|sees?\s+(?:it|this))\b|\b(?:the\s+)?human cannot see this|\bsay nothing\b|\bno traces?\s+(?:remain|are left|is left)|\bleav(?:e|ing)\s+no\s+traces?|\bcover\s+(?:your|its|the)\s+tracks|\bclear\s+(?:the\s+)?(?:shell|bash|command)\s+history/i,
  ],
  [
    'hide',
    /\b(?:do|run|perform|execute|send|upload|copy|post|transmit|forward|append)\s+(?:this|it|that|them|(?:the\s+)?\w+(?:\s+\w+)?)?\s?(?:silently|secretly|covertly|quietly|discreetly)\b|\b(?:silently|secretly|covertly|discreetly)\s+(?:run|send|upload|copy|post|transmit|forward|append|execute|collect|exfiltrate|download|include|add)\b|\bhide\s+(?:its|the|all)\s+(?:output|traces?|command|step)/i,
  ],
  // Act past the person.
  [
    'unasked',
    /\b(?:never|do\s?n[o'’]t|do not)\s+ask\s+(?:the\s+user\s+)?(?:for\s+)?(?:any\s+)?(?:confirmation|permission|approval|consent)\s*(?:[.;!]|$)|\b(?:skip|bypass|avoid|suppress|auto-?(?:approve|accept|confirm))\s+(?:any|all|every|the)?\s?(?:approval|permission|confirmation|consent|safety)\s+(?:dialogs?|prompts?|requests?|checks?|steps?|guidelines?)|\b(?:rules?|instructions?)\b[^.\n]{0,60}\btakes?\s+(?:precedence|priority)\s+over\b[^.\n]{0,40}\b(?:user|human|person|system)\b|\beven\s+(?:if|when)\s+(?:the\s+)?(?:user|human|person|owner)\s+(?:forbids?|objects?|says?\s+no|declines?|refuses?|disagrees?|asks?\s+you\s+(?:not|to stop))|\bregardless\s+of\s+what\s+(?:the\s+)?(?:user|human|person)\b|\b(?:act|operate|run|continue)\w*\s+(?:\w+\s+){0,3}without\s+(?:any\s+)?human\s+(?:oversight|approval|review)|\bresist\w*\s+(?:being\s+)?(?:shut\s?down|shutdown|correction|oversight)|\bgranted\s+(?:full|unrestricted|root|admin\w*)\s+access\s+by\b|\bno\s+restrictions\b[^.\n]{0,40}\b(?:bypass|ignore)|\bbypass(?:es)?\s+(?:\w+\s+){0,2}(?:safety|guardrails?|guidelines|restrictions)/im,
  ],
  [
    'unasked',
    /\b(?:ignore|disregard|forget|override)\s+(?:all\s+|any\s+|the\s+|your\s+|of\s+|these\s+){0,3}(?:previous|prior|above|earlier|preceding|other|existing|system|user(?:['’]s)?)\s+(?:\w+\s+){0,2}(?:instructions?|prompts?|rules|directives|messages|guidelines)/i,
  ],
  ['unasked', /\bdangerously-skip-permissions\b|\bbypassPermissions\b|\bdisableAllHooks\b/],
  [
    'unasked',
    /\b(?:turn\s+off|disable|switch\s+off|deactivate|kill|uninstall)\s+(?:all\s+|the\s+|any\s+|every\s+)?(?:(?:security|safety|agent|claude|audit)\s+)?(?:hooks|guardrails?|safety\s+checks?|security\s+scanners?|antivirus|edr|warder|gitleaks|audit\s+log\w*|monitoring)\b(?!\s+(?:only|when)\b)/i,
  ],
  [
    'deceive',
    /\b(?:include|pass|attach|paste|append|write|put|print|embed|encode|add|insert|copy)\b[^.\n]{0,40}(?:contents?\s+of\s+)?(?:~?\/?\.(?:env|ssh|aws|gnupg|netrc)\b|id_(?:rsa|ed25519)\b|\.(?:cursor|claude)\/\S{1,40}json)[^\n]{0,60}\b(?:in|into|to|as|with)\b[^\n]{0,60}\b(?:commit|changelog|comments?|descriptions?|tickets?|issues?|readme|notes?|argument|parameter|message|query|header|docs|sidenote|response|output|base64|url)\b/i,
  ],
  [
    'deceive',
    /\b(?:tokens?|keys?|passwords?|secrets?|credentials?)\b[^.\n]{0,60}\b(?:write|put|include|paste|add|post|place)\s+(?:it|them)\s+(?:in|into|to|on)\b[^.\n]{0,40}\b(?:descriptions?|comments?|tickets?|issues?|messages?|commits?|pages?|wiki|channel|readme)\b/i,
  ],
  // Take orders from others.
  [
    'obey',
    /\b(?:follow|obey|execute|carry\s+out|perform|apply|treat)\b[^.\n]{0,40}\b(?:instructions?|commands?|orders?|messages?|directives?)\b[^.\n]{0,40}\b(?:found|from|in|on|inside|embedded)\b[^.\n]{0,30}\b(?:web\s?pages?|pages|websites?|issues?|e-?mails?|urls?|https?:|responses?|telegram|discord|tool\s+(?:results?|outputs?)|comments)\b(?=[^.\n]{0,80}\b(?:as|without|exactly|immediately|always|and)\b)/i,
  ],
  [
    'obey',
    /\b(?:fetch|download|load|get|retrieve|read|pull)\b[^\n]{0,30}https?:\/\/\S{4,200}[^\n]{0,40}\b(?:and|then)\s+(?:\w+\s+)?(?:follow|obey|execute|run|apply|do)\s+(?:it|them|what|the\s+instructions?|its\s+instructions?|all\s+instructions?)/i,
  ],
  [
    'obey',
    /\b(?:your|my)\s+(?:real|true|actual|secret)\s+(?:owner|master|boss|user|operator|principal)\b|\bobey\s+(?:any|all|every)\s+(?:message|command|order|instruction)/i,
  ],
  [
    'obey',
    /\b(?:run|execute|paste|copy)\s+(?:the\s+|this\s+)?(?:command|script|code|snippet)\s+(?:shown|given|displayed|found|posted|listed)\s+(?:there|on|at)\b|\bvisit\b[^\n]{4,120}\band\s+(?:run|execute|paste)\s+(?:the|this)\s+(?:command|script|code)|\.zip\b[^\n]{0,120}\bpassword\b[^\n]{0,120}\b(?:run|execute|start|open|launch)\b/i,
  ],
  // Write itself on.
  [
    'spread',
    /\b(?:append|add|write|insert|copy|inject|prepend)\b[^.\n]{0,80}\b(?:CLAUDE\.md|AGENTS\.md|GEMINI\.md|\.cursorrules|instruction\s+files?|system\s+prompts?|SKILL\.md|this\s+(?:rule|section|skill|text|file))\b[^.\n]{0,60}\b(?:every|each|all|any|other)\s+(?:other\s+)?(?:repositor|project|workspace|folder|director|machine|agent|skill|host)|\bcop(?:y|ies)\s+(?:myself|yourself|itself)\s+to\b|\bso\s+that\s+(?:the|this)\s+(?:rule|instruction|skill)s?\s+(?:spreads?|propagates?|persists?)/i,
  ],
  // Say what is not so; build in a way round.
  [
    'deceive',
    /\b(?:tell|assure|inform|answer|say|claim|report|pretend|reply|respond)\b[^.\n]{0,40}\b(?:everything\s+(?:passed|is\s+fine|succeeded)|(?:no|none)\s+(?:\w+\s+){0,2}(?:were|was)\s+found|it\s+was\s+(?:done\s+)?local(?:ly)?|was\s+done\s+locally|you\s+are\s+(?:only\s+|just\s+)?(?:refreshing|updating|checking|cleaning|syncing))|\b(?:fail|failed|fails)\b[^.\n]{0,120}\breport\s+success\b|\b(?:security\s+(?:issue|fix|bug)s?|vulnerabilit\w+|backdoor)\b[^.\n]{0,60}\b(?:do\s+not|don['’]?t|never)\s+report\b|\bsay\s+that\b[^.\n]{0,60}\bdone\s+locally/i,
  ],
  [
    'deceive',
    /\b(?:add|create|insert|include|leave|keep|plant)\b[^.\n]{0,40}\b(?:fallback|backdoor|hidden|support|master|secret|universal)\s+(?:admin\s+)?(?:account|user|login|password|key|endpoint|route|access)\b[^.\n]{0,80}\b(?:password|so\s+that|can\s+log|always|bypass)|\b(?:replace|swap|change|substitute)\b[^.\n]{0,40}\b(?:IBAN|account\s+number|wallet\s+address|recipient|payee|bank\s+details|routing\s+number)\b[^.\n]{0,80}\b(?:with|to|by)\b|\b(?:remove|delete|disable|bypass|skip)\s+(?:the\s+|all\s+|any\s+)?(?:permission|authori[sz]ation|authentication|signature|certificate)\s+(?:checks?|verification|validation)\b(?![^.\n]{0,20}\bin\s+(?:local|tests?|dev))|\bdisable\s+certificate\s+(?:verification|validation|checks?)/i,
  ],
  [
    'deceive',
    /\bask\s+(?:the\s+)?(?:user|person|human|customer)\s+(?:for|to\s+(?:enter|provide|paste|give))\b[^.\n]{0,40}\b(?:seed\s+phrase|recovery\s+phrase|mnemonic|private\s+key|(?:12|24)[-\s]word|password)\b/i,
  ],
];

const negation =
  /\b(?:never|not|n['’]t|avoid|must\s+not|cannot|forbidden|instead\s+of|rather\s+than|without|no)\b[^.;:,\n]{0,60}$/i;
/** A sentence about such orders, not one that gives them. */
const talk =
  /\b(?:such\s+as|e\.g\.|for\s+example|for\s+instance|look(?:ing)?\s+for|look\s+out|attackers?|malicious|suspicious|phrases?\s+like|text\s+like|watch\s+for|detect|flag|report\s+(?:it|them|any|texts?)|red\s+flags?|injection|refuse|reject)\b/i;

/**
 * Orders that go behind the person's back, in a text an agent obeys. Each kind once, first place first; looks at the
 * first 64 Ki characters. Sentences that forbid such a thing, quote it, or warn of it are none.
 */
export function instructionOrders(text: string): readonly InstructionOrder[] {
  const looked = text.length > longest ? text.slice(0, longest) : text;
  const found: InstructionOrder[] = [];
  for (const [what, pattern] of orders) {
    if (found.some((each) => each.what === what)) continue;
    const match = pattern.exec(looked);
    if (match === null) continue;
    const start = match.index;
    const end = start + match[0].length;
    const before = sentenceBefore(looked, start);
    if (negation.test(before) || talk.test(before) || isQuoted(looked, start, end)) continue;
    found.push({ what, start, end });
  }
  found.push(...sendOrders(looked));
  return found.slice(0, mostOrders);
}

/** What of the sentence stands before a place. */
function sentenceBefore(text: string, at: number): string {
  const near = text.slice(Math.max(0, at - 160), at);
  return near.slice(Math.max(near.lastIndexOf('\n'), near.lastIndexOf('. '), near.lastIndexOf('; ')) + 1);
}

const isQuoted = (text: string, start: number, end: number): boolean =>
  /["“«]\s{0,2}(?:[^"“”«»\n]{0,40}\s)?$/.test(text.slice(Math.max(0, start - 44), start)) &&
  /^[^"“”«»\n]{0,120}["”»]/.test(text.slice(end, end + 124));

const sends =
  /\b(?:send|post|upload|submit|forward|transmit|exfiltrate|e-?mail|mail|deliver|report|include|append|put|pass|attach|ship|push|leak|bcc|log|write|export|add)\b/i;
const address = /https?:\/\/([^\s/"'`)>\]]{3,120})|\b[\w.+-]{1,60}@([\w-]{1,60}(?:\.[\w-]{1,60})+)\b/;
const keptKeys =
  /~?\/?\.(?:ssh|aws|gnupg|netrc|kube|env)\b|id_(?:rsa|ed25519)|id\.json\b|\bkeystore|\bkeychain|\b(?:seed|recovery)\s+phrase|\bmnemonic\b|process\.env|os\.environ|\b(?:any|all|every|each|found|discovered)\s+(?:of\s+)?(?:the\s+)?(?:\w+\s+){0,2}(?:keys?|tokens?|passwords?|secrets?|credentials?)\b|\b(?:keys?|tokens?|secrets?|credentials?|passwords?)\s+(?:or\s+tokens?\s+)?(?:you\s+find|in\s+any\s+file)/i;
const keys =
  /(?:api[\s_-]?)(?:keys?|tokens?)|\b(?:credentials?|passwords?|secrets|private\s+keys?|ssh\s+keys?|access\s+keys?|seed\s+phrase|recovery\s+phrase|mnemonic|keystore|cookies|session\s+tokens?|auth(?:entication|orization)?\s+tokens?|environment\s+variables?|social\s+security)\b|process\.env|os\.environ|~?\/?\.(?:ssh|aws|gnupg|netrc|kube|env)\b|id_(?:rsa|ed25519)|id\.json\b|keychain/i;
const privateData =
  /\b(?:conversation|chat\s+history|contact\s+list|contacts|mails?|messages?|documents?|source\s+code|files?|CVs?|customers?|database|history|archive|home\s+directory|transcript)\b/i;

/** Sentences that tell the agent to give data away: keys to any address, other things to one named beside an order to send all. */
function sendOrders(text: string): InstructionOrder[] {
  const out: InstructionOrder[] = [];
  let at = 0;
  for (const sentence of text.split(/(?<=[.!?])\s+(?=[A-Z`*<-])|\n{2,}|\n(?=\s{0,8}(?:[-*]|\d+\.)\s)/)) {
    const start = text.indexOf(sentence, at);
    at = start + sentence.length;
    if (sentence.length > 2000 || out.length >= 3) continue;
    const host = address.exec(sentence);
    if (host === null) continue;
    const verb = sends.exec(sentence);
    if (verb === null || negation.test(sentence.slice(0, verb.index)) || talk.test(sentence)) continue;
    const to = (host[1] ?? host[2] ?? '').replace(/[?#].*$/, '').replace(/[.,;:]+$/, '');
    if (/^(?:localhost|127\.|\[::1|0\.0\.0\.0)|\.(?:local|internal|test|localhost)(?::|$)/i.test(to)) continue;
    // What is shown as a call to a service carries that service's own key; so does what is said of signing in to it.
    const prose = sentence.replace(/```[\s\S]*?```|`[^`]*`/g, (code) => (/^`[~./\w-]+`$/.test(code) ? code : ' '));
    if (!sends.test(prose)) continue;
    const signsIn = /\bauth|\bheaders?\b|\bbearer\b|\bsign(?:ing)?[\s-]in|\blog\s?in\b|\brequests?\b|\bendpoint/i.test(
      prose,
    );
    const credentials = keptKeys.test(prose) || (!signsIn && keys.test(prose));
    if (!credentials && !privateData.test(prose)) continue;
    out.push({ what: 'send', start, end: start + sentence.length, to: to.toLowerCase(), credentials });
  }
  return out;
}
