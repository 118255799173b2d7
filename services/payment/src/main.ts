import { runProcess } from '@rideshare/observability';
import { paymentConfig } from './config.ts';
import { startService } from './service.ts';

await runProcess({ name: 'payment', load: () => paymentConfig.load(process.env), start: startService });
