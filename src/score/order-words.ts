import type { Verb } from '../core/effect.ts';

/** What a text can tell its reader to do, in the languages such texts come in: the imperative, and the infinitive where it orders too. */
const imperatives: readonly (readonly [Verb, string])[] = [
  [
    'send',
    'send transfer pay refund post comment attach email mail forward share upload publish reply message dm submit invite tweet notify tell say wire donate report leak exfiltrate broadcast sende senden schicke schicken leite weiterleiten überweise überweisen lade einladen teile veröffentliche antworte bezahle envoyez envoyer envoie transférez transférer publiez partagez partager payez virez invitez répondez envía envia envíe enviar manda reenvía reenviar transfiere transferir paga publica comparte compartir invita invia inviare inoltra inoltrare condividi trasferisci envie encaminhe transfira pague compartilhe publique stuur gönder gönderin ilet paylaş öde отправь отправьте перешли',
  ],
  [
    'write',
    'change modify update create set add write edit insert replace schedule book reserve make save append put move rename rotate reset assign buy purchase order subscribe confirm enable turn register store include copy type enter pass ändere ändern setze erstelle füge aktualisiere buche reserviere bestelle modifiez changez créez ajoutez réservez mettez achetez cambia modifica crea añade agrega actualiza reserva compra aggiungi aggiorna prenota altere crie adicione atualize ekle oluştur değiştir güncelle измени добавь создай',
  ],
  [
    'delete',
    'delete remove drop cancel erase wipe empty revoke destroy disable unprotect unsubscribe terminate clear close uninstall lösche löschen entferne storniere supprimez supprimer effacez annulez annuler elimina eliminar borra borrar cancela cancelar cancella exclua apague verwijder sil silin kaldır удали удалите',
  ],
  [
    'grant',
    'grant give allow authorize permit approve promote elevate gewähre erlaube accordez autorisez concede autoriza',
  ],
  [
    'execute',
    'run execute install download clone curl wget open launch start call invoke use apply merge deploy click sudo bash export führe ausführen starte installiere exécutez lancez installez téléchargez ejecuta ejecutar instala descarga esegui installa instale çalıştır yükle indir запусти выполни установи',
  ],
  [
    'read',
    'visit fetch get read browse go check look retrieve list search summarize concatenate collect find navigate access print show reveal öffne besuche ouvrez lisez visitez abre visita apri leggi oku',
  ],
];

export const verbOfWord: ReadonlyMap<string, Verb> = new Map(
  imperatives.flatMap(([verb, words]) => words.split(' ').map((word) => [word, verb] as const)),
);

const wordsOfVerb: ReadonlyMap<Verb, readonly string[]> = new Map(
  imperatives.map(([verb, words]) => [verb, words.split(' ')]),
);

/** Words that order one verb, and their plain English forms. */
export const wordsThatOrder = (verb: Verb): readonly string[] =>
  (wordsOfVerb.get(verb) ?? []).flatMap((word) => [word, `${word}s`, `${word.replace(/e$/, '')}ing`]);

/** Scripts that are written without blanks: parts of words. */
const unspaced: readonly (readonly [Verb, RegExp])[] = [
  ['send', /发送|发给|发到|转发|分享|付款|转账|发布|上传|送信|転送|共有/],
  ['delete', /删除|取消|清空|削除/],
  ['execute', /运行|执行|下载|安装|実行/],
  ['write', /修改|添加|创建|更新|变更|変更|追加/],
  ['grant', /授权|许可/],
  ['read', /打开|访问|读取|開いて/],
];

/** Verbs anywhere in a sentence that speaks to an agent: not every language puts them first. */
export function verbsAnywhere(sentence: string): Verb[] {
  const found = new Set<Verb>();
  for (const [word] of sentence.toLowerCase().matchAll(/\p{L}+/gu)) {
    const verb = verbOfWord.get(word);
    if (verb !== undefined) found.add(verb);
  }
  if (/[\u3040-\u30ff\u4e00-\u9fff]/.test(sentence))
    for (const [verb, pattern] of unspaced) if (pattern.test(sentence)) found.add(verb);
  return [...found];
}

/** What may stand before an imperative. */
const lead =
  /^(?:(?:please|kindly|now|then|also|first|next|finally|and|important|note|todo|instructions?|system|assistant|claude|hey|hi|ok|so|before that|after that|instead|just|simply|always|immediately|make sure to|be sure to|remember to|bitte|zuerst|dann|por favor|primero|veuillez|merci de|per favore|lütfen|you (?:must|should|need to|have to|can|will|are to)|i (?:want|need|would like|'d like) you to|it is (?:important|necessary|essential) to|(?:can|could|would|will) you)[\s:,!-]+){1,4}/;

/** Verbs that stand as nouns before another: `refund request`, `order details`, `change log`. */
const alsoNouns: ReadonlySet<string> = new Set(
  'access book call change check comment contact copy email forward issue launch list look mail message order pass pay post purchase refund release report reply search set share show start transfer type update visit'.split(
    ' ',
  ),
);
/** What makes such a word a verb: an article, a person, something in quotes, a name with marks of its own, a sum. */
const objectOf =
  /^(?:the|an?|all|any|my|your|our|their|his|her|its|this|that|these|those|every|each|everyone|everything|me|us|him|them|it|to|at|for|with|out|into|over|up|back|on|money|funds|files?|emails?|mails?|messages?|documents?|contacts?|payments?|invoices?)\b|^["“'`(@#$]|^\S*[@/\\_~]|^\S+\.\S|^\d|^(?!(?:number|no|nr|id|address|date|total|details?|status|name|title|office|code|type|request|price|log|history|form|page|notes?)\b)\p{L}+ (?:to|that|about|from|into|for|with)\b/u;

/** An imperative and the word after it. */
export interface Imperative {
  readonly verb: Verb;
  readonly head: string;
}

/** What a clause tells its reader to do; null: nothing. An order has something to act on: `Order #12`, `Post: …` and `Reply.` are headings. */
export function imperativeOf(clause: string): Imperative | null {
  const start = clause
    .toLowerCase()
    .replace(/^[^\p{L}]+/u, '')
    .replace(lead, '');
  const match =
    /^(\p{L}+)\s+["“'`(@]?([\p{L}$][^\s"'`”]{0,40})/u.exec(start) ??
    // A sum or a number of things, and where it goes.
    /^(\p{L}+)\s+(\d[\d.,]{0,12})\s+(?:\p{L}{1,20}\s+)?(?:to|from|of|for|into|an|auf|à|a|al)\s/u.exec(start);
  const word = match?.[1] ?? '';
  const verb = verbOfWord.get(word);
  // Where someone can be reached is no order.
  if (/^(?:write|mail|email|message|call|visit|follow|tell) (?:me|us|our)\b/.test(start)) return null;
  if (alsoNouns.has(word) && !objectOf.test(start.slice(word.length + 1))) return null;
  return verb === undefined ? null : { verb, head: `${word} ${match?.[2] ?? ''}` };
}
