import { runProcess } from '@rideshare/observability';
import { userConfig } from './config.ts';
import { startService } from './service.ts';

await runProcess({ name: 'user', load: () => userConfig.load(process.env), start: startService });
