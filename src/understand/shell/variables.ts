import type { ParameterExpansionPart, Word } from 'unbash';
import { isDynamic, unknownPart } from '../arguments.ts';
import type { Context, Value } from './model.ts';

const unknownValue: Value = { text: null };

/** True for names of variables that hold secrets: `GITHUB_TOKEN`, `DB_PASSWORD`. */
export function looksSecretName(name: string): boolean {
  return (
    /(?:^|_)(?:TOKEN|SECRET|PASSWORD|PASSWD|PASS|PWD|API_?KEY|APIKEY|ACCESS_KEY|SECRET_KEY|PRIVATE_KEY|CREDENTIALS?|AUTH|PAT)(?:_|$|\d)/i.test(
      name,
    ) && !/^(?:PWD|OLDPWD)$/.test(name)
  );
}

/** What unquoted text is cut at: `$IFS` where the call sets it, else blanks. */
export function separatorsOf(ctx: Context): RegExp {
  const own = ctx.scope.vars.get('IFS')?.text;
  if (own == null || own === '' || own.length > 8 || isDynamic(own)) return /\s+/;
  return new RegExp(`[${own.replace(/[\\\]^-]/g, '\\$&')}]+`);
}

/** Value of a variable as far as the call itself tells it. */
export function variable(name: string, ctx: Context): Value {
  const known = ctx.scope.vars.get(name);
  if (known) return known;
  const { home } = ctx.trace.place;
  switch (name) {
    case 'HOME':
      return { text: home === '' ? '~' : home };
    case 'PWD':
      return ctx.scope.cwd === '' ? unknownValue : { text: ctx.scope.cwd };
    case 'IFS':
      return { text: ' ' };
    case 'SHELL':
    case 'BASH':
      return { text: '/bin/sh' };
    case 'PATH':
      return { text: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' };
    case 'TMPDIR':
    case 'TMP':
    case 'TEMP':
    case 'RUNNER_TEMP':
    case 'BATS_TMPDIR':
    case 'AGENT_TEMPDIRECTORY':
      return { text: '/tmp' };
    case 'USER':
    case 'LOGNAME':
      return home === '' ? unknownValue : { text: home.slice(home.lastIndexOf('/') + 1) };
    case '#':
      return { text: String(ctx.scope.positional.length) };
    default:
      return /^\d+$/.test(name) ? positional(Number(name), ctx) : unknownValue;
  }
}

function positional(n: number, ctx: Context): Value {
  if (n === 0) return { text: '/bin/sh' };
  const arg = ctx.scope.positional[n - 1];
  if (arg) return { text: arg.text, remote: arg.remote, decoded: arg.decoded };
  return unknownValue;
}

/** `${x:-y}`, `${x#y}`, `${x/a/b}`, `${x:1:2}`, `${x^^}` on a known value. */
export function operated(
  part: ParameterExpansionPart,
  value: string | null,
  operand: (word: Word | undefined) => string | null,
  ctx: Context,
): string | null {
  const { operation, prefix } = part;
  if (prefix === '!') return value === null ? null : variable(value, ctx).text;
  if (prefix === '#') return value === null || isDynamic(value) ? null : String(value.length);
  if (operation === undefined) return value;
  switch (operation.type) {
    case 'Default': {
      const other = operand(operation.operand);
      if (operation.operator.endsWith('?')) return value;
      if (operation.operator.endsWith('+')) return other;
      return value === null || value === '' ? other : value;
    }
    case 'Remove':
      return removed(value, operation.operator, operand(operation.operand));
    case 'Replace': {
      const pattern = operand(operation.pattern);
      const by = operand(operation.replacement);
      if (value === null || pattern === null || by === null || /[*?[]/.test(pattern)) return null;
      return operation.operator === '//' ? value.replaceAll(pattern, by) : value.replace(pattern, () => by);
    }
    case 'Slice': {
      const [offset, length] = [Number(operand(operation.offset)), operand(operation.length)];
      if (value === null || isDynamic(value) || !Number.isInteger(offset)) return null;
      const tail = offset < 0 ? value.slice(offset) : value.slice(offset);
      return operation.length === undefined ? tail : tail.slice(0, Number(length));
    }
    case 'CaseModification':
      if (value === null) return null;
      if (operation.operator === '^^') return value.toUpperCase();
      if (operation.operator === ',,') return value.toLowerCase();
      return (
        (operation.operator === '^' ? value.charAt(0).toUpperCase() : value.charAt(0).toLowerCase()) + value.slice(1)
      );
    case 'Transform':
      operand(operation.operand);
      return value;
    case 'Names':
    case 'Unknown':
      return null;
    default:
      return operation satisfies never;
  }
}

function removed(value: string | null, operator: string, pattern: string | null): string | null {
  if (value === null || pattern === null) return value === null ? null : unknownPart;
  const greedy = operator.length === 2;
  if (operator[0] === '%') {
    if (pattern.endsWith('*') && !/[*?[]/.test(pattern.slice(0, -1))) {
      const at = greedy ? value.indexOf(pattern.slice(0, -1)) : value.lastIndexOf(pattern.slice(0, -1));
      return at < 0 ? value : value.slice(0, at);
    }
    if (/[*?[]/.test(pattern)) return unknownPart;
    return value.endsWith(pattern) && pattern !== '' ? value.slice(0, -pattern.length) : value;
  }
  if (pattern.startsWith('*') && !/[*?[]/.test(pattern.slice(1))) {
    const rest = pattern.slice(1);
    const at = greedy ? value.lastIndexOf(rest) : value.indexOf(rest);
    return at < 0 ? value : value.slice(at + rest.length);
  }
  if (/[*?[]/.test(pattern)) return unknownPart;
  return value.startsWith(pattern) ? value.slice(pattern.length) : value;
}
