import type { SecretHit } from '../core/effect.ts';

/**
 * One rule in the form of gitleaks (`id`, `description`, `regex`, `keywords`, `entropy`, `secretGroup`, `allowlists`), so
 * that rules move between the two; the fields below the line are ours and may be left out.
 */
export interface SecretRule {
  readonly id: string;
  readonly description: string;
  /** Go or JavaScript syntax. Group `secretGroup`, or the first group that took part, or the whole match is the secret. */
  readonly regex: string;
  /** One of them must stand in or near the match, in any case. */
  readonly keywords: readonly string[];
  /** Bits per character the secret must have at least. */
  readonly entropy?: number;
  readonly secretGroup?: number;
  /** What fits one of them is no secret. */
  readonly allowlists?: readonly {
    readonly regexes?: readonly string[];
    readonly stopwords?: readonly string[];
    readonly regexTarget?: 'secret' | 'match';
  }[];
  // ————— ours
  /** What a match without its checksum is worth; `verified-format` when the shape alone proves it. Default `likely`. */
  readonly confidence?: SecretHit['confidence'];
  /** Length of the public prefix that stays readable. */
  readonly keep?: number;
  /**
   * Where the match stands: `start` = it begins with the keyword, at a word's start; `inside` = it begins with it
   * anywhere; `after` = within 80 characters after it, as a value after its name; default `near` = around it.
   */
  readonly anchor?: 'start' | 'inside' | 'after' | 'near';
  /** A test of the inner structure; failing it leaves the hit `likely`. */
  readonly check?: SecretCheck;
  /** The value must look generated, not typed. */
  readonly random?: boolean;
}

/** Structures that can be checked without asking the vendor. */
export type SecretCheck = 'github-crc32' | 'jwt-header' | 'aws-account' | 'base64-json';

/** A vendor's own format: a prefix, then a body; ends where no more token characters follow. */
export function prefixed(id: string, description: string, keywords: string, regex: string, keep?: number): SecretRule {
  const list = keywords.split(' ');
  return {
    id,
    description,
    regex: `(?:${regex})(?![A-Za-z0-9_-])`,
    keywords: list,
    confidence: 'verified-format',
    anchor: 'start',
    keep: keep ?? list[0]?.length ?? 0,
  };
}

/** A format whose letters run on into signs: where it ends is not asked. */
export function openEnded(rule: SecretRule): SecretRule {
  return { ...rule, regex: rule.regex.replace(/\(\?!\[A-Za-z0-9_-\]\)$/, '') };
}

/** A vendor's format whose fixed part stands in the middle or at the end. */
export function containing(id: string, description: string, keywords: string, regex: string): SecretRule {
  return { id, description, regex, keywords: keywords.split(' '), confidence: 'verified-format', anchor: 'near' };
}

/** A value without a mark of its own: the vendor's name stands shortly before it, as a name does before its value. */
export function after(id: string, description: string, keywords: string, value: string): SecretRule {
  return {
    id,
    description,
    regex: `(?<![\\w+/@-])(?:${value})(?![\\w+/=-])`,
    keywords: keywords.split(' '),
    anchor: 'after',
    random: true,
  };
}
