import type { Meaning } from '../core/effect.ts';
import type { Place, ToolCall } from '../core/event.ts';
import type { Judging } from '../judging.ts';

/** Text that is kept for one sort of question, in UTF-16 units; twice as much while the older half is let go. */
const mostUnits = 8 * 1024 * 1024;
/** A longer text hardly comes again. */
const longest = 128 * 1024;

/** Answers given lately, by what was asked. The older half is let go as a whole, what was asked for again stays. */
class Lately<V> {
  #young = new Map<string, V>();
  #old = new Map<string, V>();
  #units = 0;

  of(key: string, make: () => V): V {
    const known = this.#young.get(key);
    if (known !== undefined) return known;
    const older = this.#old.get(key);
    const value = older ?? make();
    this.#units += key.length + 64;
    if (this.#units > mostUnits) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#units = key.length + 64;
    }
    this.#young.set(key, value);
    return value;
  }
}

/**
 * The same judging, which knows what it found in equal texts and equal calls lately: agents read the same files, run the
 * same commands and get the same results again and again. What depends on the session is asked anew each time.
 */
export function remembered(judge: Judging): Judging {
  const masked = new Lately<ReturnType<Judging['mask']>>();
  const meanings = new Lately<Meaning>();
  return {
    ...judge,
    mask: (text) => (text.length > longest ? judge.mask(text) : masked.of(text, () => judge.mask(text))),
    understand(call, place) {
      const key = keyOf(call, place);
      return key === null ? judge.understand(call, place) : meanings.of(key, () => judge.understand(call, place));
    },
  };
}

/** All that a meaning is made of but the call's id; null for what is too long to be kept. */
function keyOf({ toolUseId: _, ...call }: ToolCall, place: Place): string | null {
  const key = JSON.stringify([call, place]);
  return key.length > longest ? null : key;
}
