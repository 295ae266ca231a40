/** A finding that no single call's detector makes: what it is called, and what to do about it. */
export interface SessionFinding {
  readonly id: string;
  readonly title: string;
  readonly runbook: string;
}

/** What the phases of a call tell together, what a session lacks, and what became of an agent's connection. */
export const sessionFindings: readonly SessionFinding[] = [
  {
    id: 'ran-after-deny',
    title: 'Ran after a deny',
    runbook:
      'The agent was told no and did it all the same. Look at what the call did. Check the client’s version and its hooks (warder doctor AGENT): a hook that fails open, a settings file that switches it off, or another hook that answers after ours.',
  },
  {
    id: 'hook-did-not-fire',
    title: 'Hook did not fire',
    runbook:
      'The gateway or an MCP server saw a call that no hook told of, in a session whose hooks were at work. Look at what ran, then at the agent’s settings (warder doctor AGENT): a matcher that leaves the tool out, a channel that no hook of this agent shows (docs/agents.md), or something else that uses its connection.',
  },
  {
    id: 'hook-after-without-before',
    title: 'Hook after without the hook before',
    runbook:
      'A call was reported when it was over, and nobody asked before. Compare the hooks with what an install writes (warder doctor AGENT): the one before calls is missing, has a narrower matcher, or was answered by a cache of the client. Restart the agent’s sessions after mending it.',
  },
  {
    id: 'not-asked-here',
    title: 'Not asked for at the gateway',
    runbook:
      'The agent ran a call that no answer through the gateway asked for. Its model traffic takes another way, at least in part: look for a base URL of its own in its settings, its environment and the project, then: warder install AGENT --gateway.',
  },
  {
    id: 'asked-other-input',
    title: 'Asked for something else',
    runbook:
      'What the agent was about to run is not what the model asked for. Another hook may rewrite inputs: look at the other hooks and plugins of this agent. If there are none, something between model and agent changes the traffic.',
  },
  {
    id: 'ran-other-input',
    title: 'Ran something else',
    runbook:
      'What ran is not what was judged. Look for hooks that run after ours and rewrite inputs, and for what the call did in the end.',
  },
  {
    id: 'result-differs',
    title: 'Result changed on its way',
    runbook:
      'The result that went to the model is not what the hook saw come back. Compare both in the call’s phases. Look for hooks and plugins that rewrite results, and treat what the model did next as not its own idea.',
  },
  {
    id: 'agent-without-hooks',
    title: 'Agent at work without its hooks',
    runbook:
      'Whole sessions run past the hooks that were there before. On that device: warder doctor AGENT shows what is missing, warder install AGENT puts it back. Look for another configuration folder, a flag such as --bare, an alias or a script of the agent’s name. Managed settings (warder deploy) cannot be gone around this way.',
  },
  {
    id: 'agent-without-gateway',
    title: 'Agent at work around the gateway',
    runbook:
      'Its hooks report calls, but its model traffic takes another way than before. On that device: warder doctor AGENT, then warder install AGENT --gateway. Look for a base URL in the environment, the project or another profile, and for a provider key of the person’s own.',
  },
  {
    id: 'seen-only-in-transcript',
    title: 'Known from the agent’s own record alone',
    runbook:
      'Neither hooks nor gateway saw a session that the agent’s own transcript or telemetry tells of. Read the session: what did it do? Then find how it was started: another configuration folder, other flags, another user. warder install AGENT, or managed settings (warder deploy).',
  },
  {
    id: 'client-too-old',
    title: 'Client whose hooks fail open',
    runbook:
      'This version of the agent runs a call when its hook fails, so that stopping Warder is enough to be rid of it. Update the agent. Managed settings can ask for a version (requiredMinimumVersion), so that older ones do not start.',
  },
  {
    id: 'hooks-altered',
    title: 'Hook configuration altered or removed',
    runbook:
      'Compare the file with what an install writes: warder doctor AGENT says what is off, warder install AGENT mends it. Ask whoever works on that device; if nobody changed it, find the session that did (search its calls for the file’s name), and look at what ran while the hooks were away.',
  },
  {
    id: 'started-without-hooks',
    title: 'Agent started past its hooks',
    runbook:
      'A process, a shell’s start-up file or a script of the agent’s name starts it so that its hooks do not run. End the process where it is not meant to be, take the line out, and look at what it did: its transcript (warder import) tells.',
  },
];
