import { runProcess } from '@rideshare/observability';
import { gatewayConfig } from './config.ts';
import { startService } from './service.ts';

await runProcess({ name: 'gateway', load: () => gatewayConfig.load(process.env), start: startService });
