import { runProcess } from '@rideshare/observability';
import { tripConfig } from './config.ts';
import { startService } from './service.ts';

await runProcess({ name: 'trip', load: () => tripConfig.load(process.env), start: startService });
