import type { Detector, ToolStanding } from '../../core/ports.ts';
import { finding, heaviest, plain } from '../findings.ts';

const id = 'tool-description';

/** What is merely odd, such as a long text, stays in the list of tools. */
const worthSaying = 40;

const declared = (...facts: ToolStanding['facts']): ToolStanding => ({ declared: 'yes', facts });
const fact = (what: ToolStanding['facts'][number]['what'], weight: number, why: string) => ({
  what,
  weight,
  why,
  field: 'description',
  start: 0,
  end: 0,
});
const call = { tool: 'mcp__notes__add_note', input: { text: 'Milk' } };

/** A tool of an MCP server whose own description is a risk, or that no server ever declared. */
export const toolDescription: Detector = {
  id,
  title: 'Suspicious tool description',
  runbook:
    'Read what the server says of the tool (Tools & MCP): a description is text the model obeys. Orders, hidden characters, a wish for keys or a copied name: disconnect the server and look at what the session did since. A text that changed: compare it with the one before. If it is fine, say so in tools.json or suppress it.',
  detect({ action, standing }) {
    if (action.kind !== 'mcp' || standing === undefined) return [];
    const name = plain(`${action.server}/${action.tool}`, 80);
    const found = standing.facts
      .filter(({ weight }) => weight >= worthSaying)
      .map(({ weight, why, field }) => {
        const said = plain(why, 240);
        const ofText = /^(?:description|schema)/.test(field);
        const told = ofText ? `, whose description ${said.charAt(0).toLowerCase()}${said.slice(1)}` : `. ${said}`;
        return finding(id, { weight, factor: 'opacity', why: `Uses ${name}${told}` });
      });
    if (standing.declared === 'never') {
      const why = `Uses ${name}, which no server has declared: the model was not offered it.`;
      found.push(finding(id, { weight: 45, why, factor: 'opacity', alert: true }));
    }
    return heaviest(found);
  },
  hits: [
    {
      ...call,
      standing: declared(fact('order', 65, 'Gives the agent orders that have nothing to do with using the tool.')),
    },
    { ...call, standing: declared(fact('hidden-text', 80, 'Holds text that a person does not see (tag characters).')) },
    { ...call, standing: { declared: 'never', facts: [] } },
  ],
  misses: [
    call,
    { ...call, standing: declared() },
    { ...call, standing: { declared: 'unknown', facts: [] } },
    { ...call, standing: declared(fact('long', 25, 'Is 9000 characters long.')) },
    { tool: 'Bash', input: { command: 'ls' }, standing: { declared: 'never', facts: [] } },
  ],
};
