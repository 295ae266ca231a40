import { parentPort, workerData } from 'node:worker_threads';
import type { CallQuery } from '../../../core/store.ts';
import { coverageRows } from './coverage.ts';
import { type Database, moveLog, openForMoving, openForReading } from './database.ts';
import { inventoryAgents, inventoryDevices, inventoryServer, inventoryServers, sightings } from './inventory-lists.ts';
import { listAlerts, listCalls, listEvents, listReceipts, listSessions } from './lists.ts';
import { failureOf, type Reply, type Request, type WorkerStart } from './messages.ts';
import { mcpTool } from './tool-versions.ts';
import { troubleOf } from './trouble.ts';
import { usageBy, usageRows } from './usage.ts';
import { agents, mcpServers, overview } from './views.ts';

// The reader's thread: page queries of the API on a connection of their own, so that a slow one never delays a commit.
// It also moves the write-ahead log into the database, which would otherwise make every thousandth commit slow.

const port = parentPort;
if (port === null) throw new Error('reader.ts runs as a worker thread.');
const start = workerData as WorkerStart;
let reading: Database | null = null;
let moving: Database | null = null;

function answer(db: Database, { ask, about }: Request): unknown {
  switch (ask) {
    case 'calls':
      return listCalls(db, about as CallQuery);
    case 'sessions':
      return listSessions(db, about as Parameters<typeof listSessions>[1]);
    case 'events':
      return listEvents(db, about as Parameters<typeof listEvents>[1]);
    case 'alerts':
      return listAlerts(db, about as Parameters<typeof listAlerts>[1]);
    case 'receipts':
      return listReceipts(db, about as Parameters<typeof listReceipts>[1]);
    case 'mcpServers':
      return mcpServers(db);
    case 'mcpTool':
      return mcpTool(db, ...(about as [server: string, tool: string]));
    case 'agents':
      return agents(db);
    case 'usageRows':
      return usageRows(db, about as string);
    case 'usageBy':
      return usageBy(db, about as Parameters<typeof usageBy>[1]);
    case 'inventoryAgents':
      return inventoryAgents(db);
    case 'inventoryServers':
      return inventoryServers(db);
    case 'inventoryDevices':
      return inventoryDevices(db);
    case 'inventoryServer':
      return inventoryServer(db, about as Parameters<typeof inventoryServer>[1]);
    case 'sightings':
      return sightings(db);
    case 'coverage':
      return coverageRows(db, about as string);
    case 'overview':
      return overview(db, about as string);
    case 'move':
      moving ??= openForMoving(start.path);
      return moveLog(moving);
    default:
      throw new Error(`The reader knows no '${ask}'.`);
  }
}

/** Several statements see the database as it was at one moment: a call never comes with phases that a later commit added. */
function atOneMoment(db: Database, request: Request): unknown {
  if (request.ask === 'move') return answer(db, request);
  db.exec('BEGIN');
  try {
    return answer(db, request);
  } finally {
    db.exec('COMMIT');
  }
}

function answered(request: Request): Reply {
  try {
    if (request.ask === 'close') {
      closeAll();
      return { id: request.id, ok: true, value: null };
    }
    reading ??= openForReading(start.path);
    return { id: request.id, ok: true, value: atOneMoment(reading, request) };
  } catch (error) {
    const trouble = troubleOf(error, start.path);
    if (trouble !== null) closeAll();
    return {
      id: request.id,
      ok: false,
      failure: failureOf(error, trouble === null ? undefined : `Could not read: ${trouble.what}`, trouble?.code),
    };
  }
}

function closeAll(): void {
  reading?.close();
  moving?.close();
  reading = null;
  moving = null;
}

port.on('message', (requests: readonly Request[]) => port.postMessage(requests.map(answered)));
