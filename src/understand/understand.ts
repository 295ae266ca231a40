import type { Meaning } from '../core/effect.ts';
import type { Place, ToolCall } from '../core/event.ts';
import type { CommandFamily } from '../core/ports.ts';
import { understandAction } from './actions.ts';
import { maskDeep } from './secrets.ts';
import { createShell } from './shell/shell.ts';

/**
 * A tool call → what it would touch. Pure and total: whatever the input, a Meaning comes back; what could not be
 * understood is `unparsed` with a reason.
 */
export function createUnderstand(families: readonly CommandFamily[]): (call: ToolCall, place: Place) => Meaning {
  const shell = createShell(families);
  return (call, place) => {
    const { value: masked, hits: secrets } = maskDeep(call.input);
    try {
      const found = understandAction(call, place, shell);
      return { ...found, secrets, masked };
    } catch (error) {
      const why = `not understood: ${error instanceof Error ? error.name : 'error'}`;
      return { effects: [], unparsed: true, opaque: [why], programs: [], secrets, masked };
    }
  };
}
