import { cline, droid, openClaw } from './harness/own-model-agents.ts';
import { realAgentsBehindTheGateway } from './harness/real-agents-suite.ts';

realAgentsBehindTheGateway([droid, openClaw, cline]);
