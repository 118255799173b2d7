import { runProcess } from '@rideshare/observability';
import { notificationConfig } from './config.ts';
import { startService } from './service.ts';

await runProcess({ name: 'notification', load: () => notificationConfig.load(process.env), start: startService });
