import type { Meaning } from '../core/effect.ts';
import type { Place, ToolCall } from '../core/event.ts';
import type { CommandFamily } from '../core/ports.ts';
import { understandAction } from './actions.ts';
import type { ToolKnowledge } from './mcp.ts';
import { findPiiDeep } from './pii-input.ts';
import { type SecretScanner, shippedSecrets } from './secrets.ts';
import { createShell } from './shell/shell.ts';
import { secretsSent } from './web.ts';

/**
 * A tool call → what it would touch. Pure and total: whatever the input, a Meaning comes back; what could not be
 * understood is `unparsed` with a reason. `knowledge`: what the user and the servers say of MCP tools. `maskDeep`: finds
 * and masks secrets, by our own rules unless given.
 */
export function createUnderstand(
  families: readonly CommandFamily[],
  knowledge?: ToolKnowledge,
  maskDeep: SecretScanner['maskDeep'] = shippedSecrets.maskDeep,
): (call: ToolCall, place: Place) => Meaning {
  const shell = createShell(families);
  return (call, place) => {
    const { value: masked, hits: secrets } = maskDeep(call.input);
    const pii = findPiiDeep(masked);
    try {
      const found = understandAction(call, place, shell, knowledge);
      const effects = secretsSent(found.effects, call.action, call.tool, secrets);
      return { ...found, effects, secrets, pii, masked };
    } catch (error) {
      const why = `not understood: ${error instanceof Error ? error.name : 'error'}`;
      return { effects: [], unparsed: true, opaque: [why], programs: [], secrets, pii, masked };
    }
  };
}
