import type { Place } from '../core/event.ts';
import type { CommandEffect } from '../core/ports.ts';
import { applescriptEffects } from './applescript.ts';
import { decodedCommand, powershellEffects } from './powershell.ts';

/** What code in a language of administrators touches by its own words, beside the calls it makes; empty for others. */
export function scriptEffects(language: string, text: string, place: Place): readonly CommandEffect[] {
  if (language === 'osascript') return applescriptEffects(text);
  if (language !== 'powershell') return [];
  const decoded = decodedCommand(text);
  return decoded === null ? powershellEffects(text, place) : powershellEffects(decoded, place, ['hidden']);
}
