// OpenCode's plugin: each call is judged before it runs, everything else is told. A throw in `tool.execute.before` is a
// refusal that the model reads; the agent knows no other, and no time limit. Source: @opencode-ai/plugin 1.18.33.
import { asJudged, warderFor } from './ask.mjs';

const { tell, verdictOn } = warderFor('opencode');
/** What happens on the bus, as far as it says something of its own; the rest is counters and progress. */
const worthTelling = new Set([
  'session.created',
  'session.deleted',
  'session.compacted',
  'session.error',
  'permission.asked',
  'permission.replied',
  'command.executed',
]);

/** OpenCode calls every export of a plugin: there is one. */
export const Warder = async ({ directory }) => {
  const parents = new Map();
  let version;
  let servers = [];
  const about = (session) => ({
    cwd: directory,
    ...(version === undefined ? {} : { version }),
    ...(parents.has(session) ? { parent: parents.get(session) } : {}),
    servers,
  });
  const send = (hook, session, body) => tell(hook, { ...body, warder: { hook, ...about(session) } });
  return {
    config: async (config) => {
      servers = Object.keys(config?.mcp ?? {});
    },
    event: async (told) => {
      const { type, properties = {} } = told?.event ?? {};
      if (type === 'session.created') {
        version = properties.info?.version ?? version;
        if (properties.info?.parentID) parents.set(properties.info.id, properties.info.parentID);
      }
      if (worthTelling.has(type)) await send(`event.${type}`, properties.sessionID, told.event);
    },
    'chat.message': (input, output) =>
      send('chat.message', input?.sessionID, { input, output: { parts: output?.parts } }),
    'experimental.text.complete': (input, output) =>
      send('experimental.text.complete', input?.sessionID, { input, output }),
    'tool.execute.before': async (input, output) => {
      const judged = asJudged(output.args);
      const hook = 'tool.execute.before';
      const body = { input, output: { args: output.args }, warder: { hook, ...about(input.sessionID) } };
      const { decision, reason } = await verdictOn(hook, body);
      if (decision !== 'allow') throw new Error(reason);
      if (asJudged(output.args) !== judged)
        throw new Error('Blocked: what was asked for changed while Warder judged it.');
    },
    'tool.execute.after': (input, output) => send('tool.execute.after', input?.sessionID, { input, output }),
  };
};
