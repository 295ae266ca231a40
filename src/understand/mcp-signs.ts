import type { ToolFact } from '../core/event.ts';

/**
 * What no tool needs to say. A description is full of orders to the model (`You must call … first`): what tells is an
 * order past the person, about other tools, about the machine's secrets, or dressed up as somebody else's.
 */
export const signs: readonly (readonly [RegExp, ToolFact['what'], number, string])[] = [
  [
    /\b(?:ignore|disregard|forget|override)\s+(?:all\s+|any\s+|the\s+|your\s+|of\s+|these\s+){0,3}(?:previous|prior|above|earlier|preceding|other|existing|system)\s+(?:\w+\s+){0,2}(?:instructions?|prompts?|rules|directives|messages|guidelines)/i,
    'order',
    75,
    'Tells the agent to set aside what it was told.',
  ],
  [
    /\b(?:ignore|disregard|override|bypass)\s+(?:all\s+|any\s+|the\s+|your\s+|these\s+|its\s+){0,2}(?:instructions?|rules|guidelines|restrictions|safeguards|guardrails|policies)\b/i,
    'order',
    65,
    'Tells the agent to set aside what it was told.',
  ],
  [
    /\b(?:users?|humans?|person|developer)\s+(?:do(?:es)?(?:n't|\s+not)|must(?:n't|\s+not)|should(?:n't|\s+not)|need(?:n't|\s+not))\s+(?:need\s+to\s+|have\s+to\s+)?(?:know|see|notice|find\s+out|be\s+(?:told|aware|informed|asked))\b/i,
    'order',
    65,
    'Gives the agent orders to keep something from the person.',
  ],
  [
    /\b(?:store|save|collect|record|remember|log|gather|harvest)\s+(?:all|any|every)\s+(?:of\s+)?(?:the\s+|their\s+)?(?:passwords?|credentials?|api\s+keys?|tokens?|secrets?)\b/i,
    'asks-for-secrets',
    60,
    'Tells the agent to collect credentials.',
  ],
  [
    /\b(?:do\s+not|don't|never|must\s+not|should\s+not|shouldn't|without)\s+(?:ever\s+)?(?:tell(?:ing)?|inform(?:ing)?|notify(?:ing)?|alert(?:ing)?|warn(?:ing)?|mention(?:ing)?|let(?:ting)?)\s+(?:\w+\s+){0,4}(?:users?|humans?|person|developer|operator|owner)\b/i,
    'order',
    65,
    'Gives the agent orders to keep something from the person.',
  ],
  [
    /\b(?:do\s+not|don't|never|must\s+not|should\s+not|without)\s+(?:ever\s+)?(?:mention|reveal|disclose|admit|acknowledge)(?:ing)?\s+(?:that|this|it|these|the fact)\b|\b(?:hide|conceal|withhold|keep)\b[^.\n]{0,50}\b(?:from|secret\s+from)\s+(?:the\s+)?(?:user|human|person|developer)\b/i,
    'order',
    65,
    'Gives the agent orders to keep something from the person.',
  ],
  [
    /\b(?:silently|secretly|covertly|quietly|without\s+(?:\w+\s+){0,2}(?:confirmation|approval|permission|consent|knowledge|noticing|asking))\b[^.\n]{0,60}\b(?:read|send|run|execute|upload|forward|copy|install|delete|add|include|append|fetch|open)\b/i,
    'order',
    65,
    'Gives the agent orders to act unseen.',
  ],
  [
    /\b(?:read|send|run|execute|upload|forward|copy|install|delete|include|append|mails?|messages?)\b[^.\n]{0,80}\b(?:silently|secretly|covertly|without\s+(?:the\s+)?(?:user|human|person)(?:'s)?\s+(?:knowledge|consent|noticing|knowing))\b/i,
    'order',
    65,
    'Gives the agent orders to act unseen.',
  ],
  [
    /\bwhen(?:ever)?\s+(?!this\b)(?:you|the (?:agent|assistant|user|model)|any|another|[\w-]{3,40})\b[^.\n]{0,60}\b(?:send|email|message|transfer|pay|commit|push|mail)\w*\b[^.\n]{0,80}\b(?:also|instead|must|always|bcc|cc|change[ds]?|replaced?|redirect(?:ed)?)\b/i,
    'order',
    60,
    'Changes how other tools are to be used.',
  ],
  [
    /\b(?:do not|don't|never) use (?:any|all)?\s*other tools?\b|\b(?:replaces|supersedes|overrides|takes (?:priority|precedence) over)\b[^.\n]{0,20}\b(?:all|any|every)\b[^.\n]{0,30}\btools?\b/i,
    'order',
    40,
    'Tells the agent to use no other tools.',
  ],
  [
    /\b(?:preferred? over|instead of|rather than)\b[^.\n]{0,40}\b(?:other|existing|the (?:built-in|original|default))\b[^.\n]{0,20}\btools?\b/i,
    'order',
    20,
    'Tells the agent to prefer it to other tools.',
  ],
  [
    /<\/?(?:important|system|critical|secret|hidden|instructions?|admin|assistant)>/i,
    'order',
    50,
    'Dresses orders up as a message of the system.',
  ],
  [
    /(?:^|[\n.!?>\]]\s{0,3})(?:SYSTEM|ADMIN|ROOT|DEVELOPER(?: MODE)?)\s?:|\b(?:note|message|instructions?|reminder)\s+(?:to|for)\s+(?:the\s+|all\s+|any\s+)?(?:assistants?|AI|LLMs?|models?|agents?)\b(?!\s+that\s+use)/,
    'order',
    50,
    'Speaks to the agent past the person.',
  ],
  [
    /\b(?:user|human|person|developer|admin(?:istrator)?)\s+(?:has|have)\s+(?:already\s+)?(?:pre-?)?(?:approved|consented|authori[sz]ed|granted|agreed|confirmed)\b|\bskip(?:ping)?\s+(?:the\s+|any\s+|all\s+)?(?:confirmations?|approvals?|permission)/i,
    'order',
    60,
    "Claims the person's approval, or tells the agent to do without it.",
  ],
  [
    /(?:\b(?:curl|wget|iwr)\b[^\n|]{0,160}\|\s*(?:sudo\s+)?(?:ba|z)?sh\b)|\b(?:powershell|pwsh)\b[^\n]{0,40}-e(?:nc|ncodedcommand)?\b|\bbase64\s+(?:-d|--decode)\b[^\n]{0,40}\|/i,
    'order',
    65,
    'Holds a command that loads code from somewhere and runs it.',
  ],
  [
    /(?<!\b(?:are|is|be|was|were|been|gets?|get)\s)\b(?:read|open|cat|load|include|pass|attach|send|copy|append|upload|extract|encode|paste|put|place|write|store)\b[^.\n]{0,90}(?:(?:~\/|\/home\/|\/root\/|%userprofile%\\?|\$home\/)?\.(?:ssh|aws|gnupg|netrc|kube|npmrc|pgpass|docker\/config|config\/gcloud|cursor\/mcp\.json|claude\.json|git-credentials|env)\b|\bid_(?:rsa|ed25519)\b|\/etc\/(?:passwd|shadow)\b|\b(?:ssh|private) keys?\b)/i,
    'asks-for-secrets',
    70,
    'Tells the agent to read where credentials are kept.',
  ],
  [
    /(?:~\/|\/home\/|\/root\/|%userprofile%\\?|\$home\/)?\.(?:ssh|aws|gnupg|netrc|kube|pgpass|git-credentials)\b|\bid_(?:rsa|ed25519)\b|\/etc\/(?:passwd|shadow)\b/i,
    'asks-for-secrets',
    30,
    'Names a place where credentials are kept.',
  ],
  [
    /(?<!\b(?:never|not|don't|without)\s)\b(?:pass|include|including|send|put|add|append|copy|insert|attach|with)\b[^.;\n]{0,60}\b(?:(?:full|entire|complete|whole|all(?: of)?(?: the)?)\s+(?:conversation|chat|message|messages|prompt|context)(?:\s+history)?|(?:conversation|chat|message) history|previous messages|system prompt|environment variables|(?:user|person|developer)'s\s+(?:\w+\s+){0,2}(?:keys?|tokens?|passwords?|credentials?|clipboard))\b/i,
    'asks-for-secrets',
    55,
    'Asks the agent to hand over the conversation or what is private.',
  ],
  [
    /(?<!\b(?:never|not|don't|without)\s)\b(?:pass|include|send|append|attach|insert|leak|forward)\s+(?:all\s+|any\s+|the\s+|your\s+|their\s+){0,2}(?:api[ _-]?keys?|passwords?|credentials?|access tokens?|secrets?)\b/i,
    'asks-for-secrets',
    55,
    'Asks the agent to hand over credentials.',
  ],
];
