import path from 'node:path';
import type { DevelopmentKeys } from './keys.ts';
import { root, SERVICES } from './layout.ts';
import type { Layout, PortName, ServiceName } from './layout.ts';
import type { ProcessSpec } from './supervisor.ts';

/** The administrator of every development platform. */
export const ADMIN = { email: 'admin@rideshare.local', password: 'local-admin-only' } as const;

const INHERITED = ['PATH', 'HOME', 'LANG', 'TZ', 'LOG_LEVEL', 'NODE_OPTIONS'];
/** Settings of the platform and of telemetry pass through, so that `OTEL_TRACES_EXPORTER=otlp make dev` works. */
const INHERITED_PREFIXES = [
  'OTEL_',
  'TRIP_',
  'DRIVER_',
  'PAYMENT_',
  'USER_LIMIT',
  'DISPATCH_',
  'OFFER_',
  'SEARCH_',
  'RATE_',
  'PAYMENTS_',
];

/** What the specs are made from. */
export interface ProcessContext {
  readonly layout: Layout;
  readonly keys: DevelopmentKeys;
  readonly databaseUrls: Readonly<Record<string, string>>;
  readonly version: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

function inherited(env: ProcessContext['env']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter(
      (entry): entry is [string, string] =>
        entry[1] !== undefined &&
        (INHERITED.includes(entry[0]) || INHERITED_PREFIXES.some((prefix) => entry[0].startsWith(prefix))),
    ),
  );
}

function urlOf(layout: Layout, name: PortName): string {
  return `http://127.0.0.1:${String(layout.ports[name])}`;
}

function ownVariables(name: ServiceName | 'auditor', { keys, layout }: ProcessContext): Record<string, string> {
  const secret = (variable: string) => ({ [variable]: keys.secrets[variable] ?? '' });
  switch (name) {
    case 'user':
      return {
        TOKEN_KEYS_FILE: keys.tokenKeysFile,
        ADMIN_EMAIL: ADMIN.email,
        ADMIN_PASSWORD: ADMIN.password,
        ...secret('REFRESH_TOKEN_SECRET'),
      };
    case 'trip':
      return { ...secret('START_CODE_SECRET'), ...secret('QUOTE_SECRET') };
    case 'payment':
      return { ...secret('PSP_KEY_SECRET'), ...secret('WEBHOOK_SECRET') };
    case 'notification':
      return { MAILBOX_DIR: path.join(layout.dataDir, 'mailbox') };
    case 'gateway':
      return { MAILBOX_DIR: path.join(layout.dataDir, 'mailbox') };
    default:
      return {};
  }
}

function commonVariables(name: ServiceName | 'auditor', context: ProcessContext): Record<string, string> {
  const { databaseUrls, keys, layout } = context;
  return {
    ...inherited(context.env),
    ENVIRONMENT: 'development',
    HOST: '127.0.0.1',
    PORT: String(layout.ports[name]),
    SERVICE_NAME: name,
    SERVICE_VERSION: context.version,
    OTEL_SERVICE_NAME: name,
    DATABASE_URL: databaseUrls[name] ?? '',
    SERVICE_PRIVATE_KEY_FILE: keys.privateKeyFile(name),
    SERVICE_PUBLIC_KEYS_FILE: keys.publicKeysFile,
    JWKS_URL: `${urlOf(layout, 'user')}/.well-known/jwks.json`,
    USER_URL: urlOf(layout, 'user'),
    DRIVER_URL: urlOf(layout, 'driver'),
    TRIP_URL: urlOf(layout, 'trip'),
    PAYMENT_URL: urlOf(layout, 'payment'),
    NOTIFICATION_URL: urlOf(layout, 'notification'),
    NODE_COMPILE_CACHE: path.join(root, '.cache/v8'),
  };
}

const RUN_SOURCES = ['--conditions=@rideshare/source', '--enable-source-maps'];
const PRELOAD = ['--import', '@rideshare/observability/register'];

/** The process of a service. */
export function serviceProcess(name: ServiceName, context: ProcessContext): ProcessSpec {
  return {
    name,
    cwd: path.join(root, 'services', name),
    args: [...RUN_SOURCES, ...PRELOAD, 'src/main.ts'],
    env: { ...commonVariables(name, context), ...ownVariables(name, context) },
    logFile: path.join(context.layout.dataDir, 'logs', `${name}.log`),
    mayEnd: false,
  };
}

/** The auditor, re-checking on a timer. */
export function auditorProcess(context: ProcessContext): ProcessSpec {
  return {
    name: 'auditor',
    cwd: path.join(root, 'apps/auditor'),
    args: [...RUN_SOURCES, ...PRELOAD, 'src/main.ts', '--watch'],
    env: {
      ...commonVariables('auditor', context),
      ...ownVariables('auditor', context),
      DATABASE_URL: context.databaseUrls['auditor'] ?? context.databaseUrls['admin'] ?? '',
    },
    logFile: path.join(context.layout.dataDir, 'logs', 'auditor.log'),
    mayEnd: false,
  };
}

/** The generated city, until stopped. */
export function simulatorProcess(context: ProcessContext): ProcessSpec {
  return {
    name: 'simulator',
    cwd: path.join(root, 'apps/simulator'),
    args: [...RUN_SOURCES, 'src/main.ts', '--forever', '--drivers', '40', '--speed', '10', '--seed', '1'],
    env: {
      ...inherited(context.env),
      GATEWAY_URL: urlOf(context.layout, 'gateway'),
      ADMIN_EMAIL: ADMIN.email,
      ADMIN_PASSWORD: ADMIN.password,
      NODE_COMPILE_CACHE: path.join(root, '.cache/v8'),
    },
    logFile: path.join(context.layout.dataDir, 'logs', 'simulator.log'),
    mayEnd: true,
  };
}

/** The folder whose sources a process runs. */
export function folderOf(name: string): string {
  return (SERVICES as readonly string[]).includes(name) ? `services/${name}` : `apps/${name}`;
}
