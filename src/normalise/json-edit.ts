import type { JsonEdit } from '../core/aperture.ts';
import {
  afterBlanks,
  elementsOf,
  type JsonSpan,
  parsedJson,
  type Splice,
  spliced,
  stringEnd,
  valueEnd,
} from './strict-json.ts';

/** Replaces and takes out parts of a valid JSON text; every byte elsewhere stays. Null when a place is not there. */
export function editedJson(text: string, edits: readonly JsonEdit[]): string | null {
  const cuts: Splice[] = [];
  if (!cutsIn(text, afterBlanks(text, 0), edits, 0, cuts)) return null;
  cuts.sort((a, b) => a.start - b.start);
  return spliced(text, cuts);
}

/** A member or an element: `start` where its value begins, `from` where it begins itself. */
interface Place extends JsonSpan {
  readonly key: string | number;
  readonly from: number;
}

/** Collects what to cut of the container at `start`; false when a place is not there. */
function cutsIn(text: string, start: number, edits: readonly JsonEdit[], depth: number, cuts: Splice[]): boolean {
  const places = placesIn(text, start);
  const gone = new Set<number>();
  for (const [key, inner] of Map.groupBy(edits, ({ at }) => at[depth])) {
    const index = places.findLastIndex((place) => place.key === key);
    const place = places[index];
    if (!place) return false;
    const own = inner.find(({ at }) => at.length === depth + 1);
    if (own?.to === null) for (const [twin, each] of places.entries()) if (each.key === key) gone.add(twin);
    if (own && own.to !== null) cuts.push({ start: place.start, end: place.end, to: own.to });
    if (!own && !cutsIn(text, place.start, inner, depth + 1, cuts)) return false;
  }
  cuts.push(...without(places, gone));
  return true;
}

/** Takes out runs of places with the commas that go with them. */
function without(places: readonly Place[], gone: ReadonlySet<number>): Splice[] {
  const cuts: Splice[] = [];
  for (let at = 0; at < places.length; at++) {
    if (!gone.has(at)) continue;
    let last = at;
    while (gone.has(last + 1)) last++;
    const [first, before, after, end] = [places[at], places[at - 1], places[last + 1], places[last]];
    if (first && end) {
      if (after) cuts.push({ start: first.from, end: after.from, to: '' });
      else cuts.push({ start: before ? before.end : first.from, end: end.end, to: '' });
    }
    at = last;
  }
  return cuts;
}

function placesIn(text: string, start: number): readonly Place[] {
  if (text[start] === '[') return elementsOf(text, start).map((span, key) => ({ ...span, key, from: span.start }));
  const places: Place[] = [];
  if (text[start] !== '{') return places;
  let at = afterBlanks(text, start + 1);
  while (at < text.length && text[at] !== '}') {
    const keyEnd = stringEnd(text, at);
    const valueStart = afterBlanks(text, afterBlanks(text, keyEnd) + 1);
    const end = valueEnd(text, valueStart);
    places.push({ key: String(parsedJson(text.slice(at, keyEnd))?.value), from: at, start: valueStart, end });
    const next = afterBlanks(text, end);
    at = text[next] === ',' ? afterBlanks(text, next + 1) : next;
  }
  return places;
}
