import { runProcess } from '@rideshare/observability';
import { driverConfig } from './config.ts';
import { SERVICE } from './logger.ts';
import { startService } from './service.ts';

await runProcess({ name: SERVICE, load: () => driverConfig.load(process.env), start: startService });
