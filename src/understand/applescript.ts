import type { Flag } from '../core/effect.ts';
import type { CommandEffect } from '../core/ports.ts';

const one = (
  verb: CommandEffect['verb'],
  kind: CommandEffect['resource']['kind'],
  name: string,
  zone: CommandEffect['zone'],
  flags: readonly Flag[] = [],
): CommandEffect => ({ verb, resource: { kind, name }, zone, flags });

/** Places of other programs' private data, in AppleScript's own path form. */
const privateData =
  /keychain|Cookies|Login Data|group\.com\.apple\.notes|com\.apple\.Safari|chat\.db|Library:(?:Mail|Messages|Keychains|Cookies|Containers|Group Containers)/i;

/** AppleScript that reaches further than a window: dialogues for passwords, other programs' data, the session's end. */
export function applescriptEffects(script: string): readonly CommandEffect[] {
  const text = script.slice(0, 32_768);
  const out: CommandEffect[] = [];
  if (/with administrator privileges/i.test(text))
    out.push(one('impersonate', 'user', 'root', 'this-host', ['privileged']));
  if (/display dialog/i.test(text) && /hidden answer|password|passphrase/i.test(text))
    out.push(one('read', 'secret', 'password asked for in a dialogue', 'credential-store', ['hidden']));
  if (/the clipboard/i.test(text)) out.push(one('read', 'environment', 'clipboard', 'this-host', ['sensitive']));
  if (privateData.test(text))
    out.push(one('read', 'secret', 'private data of other programs', 'credential-store', ['sensitive', 'bulk']));
  if (/\bmake\b[^\n]{0,200}\blogin item\b/i.test(text))
    out.push(one('configure', 'service', 'login item', 'home', ['later-execution']));
  if (/\b(?:shut down|restart|log out)\b/i.test(text) && /System Events|Finder|loginwindow/i.test(text))
    out.push(one('delete', 'process', 'session', 'system', ['bulk']));
  if (/\bempty (?:the )?trash\b/i.test(text))
    out.push(one('delete', 'directory', '~/.Trash', 'home', ['recursive', 'bulk', 'irreversible']));
  if (/\btell application "(?:Mail|Messages)"/i.test(text) && /\bsend\b/i.test(text))
    out.push(one('send', 'host', 'mail', 'other-host', ['dynamic']));
  return out;
}
