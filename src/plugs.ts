import type { Dialect } from './core/dialect.ts';
import type { AgentAdapter, CommandFamily, Detector } from './core/ports.ts';
import { claudeCode } from './normalise/agents/claude-code.ts';
import { anthropic } from './normalise/dialects/anthropic.ts';
import { credentialAccess } from './score/detectors/credential-access.ts';
import { destructiveCommand } from './score/detectors/destructive-command.ts';
import { exfiltration } from './score/detectors/exfiltration.ts';
import { guardrailTampering } from './score/detectors/guardrail-tampering.ts';
import { newMcpServer } from './score/detectors/new-mcp-server.ts';
import { opaque } from './score/detectors/opaque.ts';
import { persistence } from './score/detectors/persistence.ts';
import { privilegeEscalation } from './score/detectors/privilege-escalation.ts';
import { remoteCodeExecution } from './score/detectors/remote-code-execution.ts';
import { secretExposure } from './score/detectors/secret-exposure.ts';
import { sessionFlow } from './score/detectors/session-flow.ts';
import { coreutils } from './understand/commands/coreutils.ts';
import { git } from './understand/commands/git.ts';
import { network } from './understand/commands/network.ts';
import { packages } from './understand/commands/packages.ts';
import { wrapperCommands } from './understand/commands/wrappers.ts';

// The lists. A file in a plug folder that is not listed here fails a test. Keep each list sorted.

/** Command families of `understand/commands/`. */
export const families: readonly CommandFamily[] = [coreutils, git, network, packages, wrapperCommands];

/** Risks of `score/detectors/`. */
export const detectors: readonly Detector[] = [
  credentialAccess,
  destructiveCommand,
  exfiltration,
  guardrailTampering,
  newMcpServer,
  opaque,
  persistence,
  privilegeEscalation,
  remoteCodeExecution,
  secretExposure,
  sessionFlow,
];

/** Coding agents of `normalise/agents/`. */
export const agents: readonly AgentAdapter[] = [claudeCode];

/** Wire formats of `normalise/dialects/`. */
export const dialects: readonly Dialect[] = [anthropic];
