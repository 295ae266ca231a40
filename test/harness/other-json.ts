/**
 * A JSON reader that differs from JSON.parse wherever readers in use do: the first of two equal names wins, names are
 * matched whatever their case (they come in lower case). Null for text that is not JSON.
 */
export function otherJson(text: string): unknown {
  const at = { place: 0 };
  try {
    const value = valueAt(text, at);
    blanks(text, at);
    return at.place === text.length ? value : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

interface At {
  place: number;
}

function blanks(text: string, at: At): void {
  while (/[ \t\r\n]/.test(text[at.place] ?? '')) at.place += 1;
}

function valueAt(text: string, at: At): unknown {
  blanks(text, at);
  const first = text[at.place];
  if (first === '{') return objectAt(text, at);
  if (first === '[') return arrayAt(text, at);
  const rest = text.slice(at.place);
  const scalar = /^(?:"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false|null)/su.exec(rest)?.[0];
  if (scalar === undefined) throw new SyntaxError(`no value at ${at.place}`);
  at.place += scalar.length;
  return JSON.parse(scalar);
}

function objectAt(text: string, at: At): unknown {
  const object: Record<string, unknown> = Object.create(null);
  at.place += 1;
  for (blanks(text, at); text[at.place] !== '}'; blanks(text, at)) {
    const name = valueAt(text, at);
    blanks(text, at);
    if (typeof name !== 'string' || text[at.place] !== ':') throw new SyntaxError(`no name at ${at.place}`);
    at.place += 1;
    const value = valueAt(text, at);
    if (!(name.toLowerCase() in object)) object[name.toLowerCase()] = value;
    blanks(text, at);
    if (text[at.place] === ',') at.place += 1;
    else if (text[at.place] !== '}') throw new SyntaxError(`no end at ${at.place}`);
  }
  at.place += 1;
  return object;
}

function arrayAt(text: string, at: At): unknown {
  const array: unknown[] = [];
  at.place += 1;
  for (blanks(text, at); text[at.place] !== ']'; blanks(text, at)) {
    array.push(valueAt(text, at));
    blanks(text, at);
    if (text[at.place] === ',') at.place += 1;
    else if (text[at.place] !== ']') throw new SyntaxError(`no end at ${at.place}`);
  }
  at.place += 1;
  return array;
}
