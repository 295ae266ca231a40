import { otherFormats, pi, qwenCode } from './harness/real-agents.ts';
import { realAgentsBehindTheGateway } from './harness/real-agents-suite.ts';

realAgentsBehindTheGateway([qwenCode, pi, ...otherFormats]);
