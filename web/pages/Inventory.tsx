import { Agents } from '../parts/InventoryAgents.tsx';
import { Devices } from '../parts/InventoryDevices.tsx';
import { shows } from '../parts/InventoryFrame.tsx';
import { Servers } from '../parts/InventoryServers.tsx';
import { useUrl } from '../url.ts';

/** Which agents run where, on which devices, with which MCP servers; and what the organisation says of each agent. */
export function Inventory() {
  const url = useUrl();
  const show = shows.find((each) => each === url.show) ?? 'agents';
  const List = { agents: Agents, devices: Devices, servers: Servers }[show];
  return <List />;
}
